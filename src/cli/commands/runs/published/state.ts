import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { printLine, printResult } from "../../../framework/output.ts"
import { shownOperations } from "../../../targets/target.ts"
import { defineTargetCommand } from "../../defineCommand.ts"
import { runIdArgument } from "../arguments.ts"
import { printPublished } from "./printPublished.ts"

export const state = defineTargetCommand("state", {
  summary: "Print what a run has published",
  description:
    "Prints the value of a state that a run has set last, as of its last commit; the run is not woken. With --follow each other value too, until the run has ended.",
  json: "the value; --follow: each on a line",
  examples: [
    ["state rental-17 progress", "The value that there is"],
    ["state rental-17 progress --follow", "And each other one, until the run has ended"]
  ],
  input: {
    runId: runIdArgument,
    name: Argument.String("state").pipe(Argument.withDescription("The state's name")),
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Go on until the run has ended")
    )
  },
  run: Effect.fnUntraced(function* ({ runId, name, follow }) {
    const runs = yield* shownOperations
    if (follow)
      return yield* printPublished({
        runId,
        kind: "state",
        name,
        isLive: true,
        values: runs.watch(runId, name),
        print: (value) => printLine(value, () => JSON.stringify(value))
      })
    const value = yield* runs.state(runId, name)
    return yield* printResult(value, () => JSON.stringify(value, null, 2))
  })
})
