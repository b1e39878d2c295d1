import * as Effect from "effect/Effect"
import { doctorAws, doctorSqlite } from "../../../inspection/doctor/doctor.ts"
import type { DoctorReport } from "../../../inspection/shapes/doctor.ts"
import { endWith, wrongUse } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printResult, showProgress } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import type { Style } from "../../framework/style.ts"
import { endpointsOf } from "../../targets/openStore.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"

export const doctor = defineTargetCommand("doctor", {
  summary: "Say what is misconfigured",
  description:
    "Looks at a file, or at table, stream, index, queues, bucket and schedules of a deployment, at the rights of whoever asks, at clocks and versions, with calls that change nothing, and says what is wrong and what to do. Exit code 1 if something is.",
  json: "{ target, healthy, checks }",
  examples: [
    ["doctor --file runs.db", "Of a file"],
    ["doctor --stack Prod", "Of a deployment, with the rights of your own credentials"]
  ],
  input: {},
  run: Effect.fnUntraced(function* () {
    const target = yield* Target
    const { environment } = yield* Screen
    const { place } = target
    yield* showProgress(`looking at ${target.description}`)
    if (place.kind === "http")
      return yield* wrongUse("an HTTP API tells nothing of what is behind it.", "say --file, --table or --stack")
    const definitions = yield* target.definitions
    const longest = Math.max(0, ...(definitions?.steps ?? []).map(({ timeoutMs }) => timeoutMs))
    const report =
      place.kind === "file"
        ? yield* doctorSqlite(place.filename)
        : yield* doctorAws({
            ...place,
            endpoints: endpointsOf(environment),
            schedulerGroupName: environment.DYNACTOR_SCHEDULER_GROUP,
            schedulerRoleArn: environment.DYNACTOR_SCHEDULER_ROLE_ARN,
            ...(longest === 0 ? {} : { longestStepMs: longest })
          })
    yield* showProgress(undefined)
    yield* printResult(report, (style) => reportText(report, style))
    if (!report.healthy) return yield* endWith(exitCodes.failed)
  })
})

const marks: { readonly [result in DoctorReport["checks"][number]["result"]]: (style: Style) => string } = {
  ok: (style) => style.green("ok     "),
  warning: (style) => style.yellow("warning"),
  error: (style) => style.red("error  "),
  skipped: (style) => style.dim("skipped")
}

const reportText = ({ checks }: DoctorReport, style: Style): string => {
  const count = (result: string) => checks.filter((check) => check.result === result).length
  return [
    ...checks.flatMap(({ result, sentence, todo }) => [
      `${marks[result](style)}  ${sentence}`,
      ...(todo === undefined ? [] : [`         ${todo}`])
    ]),
    "",
    style.bold(`${count("error")} errors, ${count("warning")} warnings, ${count("skipped")} skipped`)
  ].join("\n")
}
