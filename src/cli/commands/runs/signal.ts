import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readJson } from "../../framework/jsonInput.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"
import { idOfMany, sharedBy } from "../many/idOfMany.ts"
import { idempotencyFlag } from "./arguments.ts"

export const signal = defineRunsCommand("signal", {
  summary: "Send a signal to runs",
  description:
    "Sends a signal to a run that goes on; it is kept until the workflow receives it. With an --id it is idempotent. To many runs by ids or by filters: then those that are running, all under one --id, which is told: the same again sends to none twice.",
  json: "{ runIds, done, failed }, of many { runIds, done, failed, id }; --dry-run: { runIds, dryRun }",
  examples: [
    ['signal rental-17 returned --payload \'{"at":"station 4"}\'', "To one run"],
    ["signal rental-17 returned --id scan-991", "May be sent again when its answer was lost"],
    ["signal closing --workflow rentBike --yes", "To all that are running"]
  ],
  elseStatus: "running",
  last: { name: "signal", description: "the signal's name" },
  input: {
    payload: Flag.String("payload").pipe(
      Flag.withAlias("p"),
      Flag.withMetavar("JSON"),
      Flag.withDescription("As JSON, as @file, or - for standard input. Default: null"),
      Flag.withDefault("null")
    ),
    id: idempotencyFlag,
    for: Flag.String("for").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("What it is for: only who waits for that receives it"),
      Flag.optional
    )
  },
  act: Effect.fnUntraced(function* ({ payload, id: given, for: target }, name, isOne) {
    const { runs } = yield* Target
    const value = yield* readJson("--payload", payload)
    const id = isOne ? given : yield* idOfMany(given)
    return {
      ...sharedBy(id, isOne),
      done: `sent ${name} to`,
      question: (count) => `Send the signal ${name} to ${count}?`,
      each: (runId) =>
        runs.signal(runId, {
          name,
          payload: value,
          ...(Option.isSome(id) ? { id: id.value } : {}),
          ...(Option.isSome(target) ? { for: target.value } : {})
        })
    }
  })
})
