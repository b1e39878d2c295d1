import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"

export const terminate = defineRunsCommand("terminate", {
  summary: "End runs by force",
  description:
    "Ends runs as they stand, whatever state they are in: parked, paused, of code that no host has. Their code is not asked: nothing is compensated, and what their steps have done stays done. By ids, or by filters: then those that are parked, unless --status says otherwise, and after a question.",
  json: "{ runIds, done, failed }; --dry-run: { runIds, dryRun }",
  examples: [
    ["terminate rental-17 --reason 'refunded by hand'", "One run"],
    ["terminate --workflow rentBike --status parked --older-than 30d --dry-run", "Which runs it would be"]
  ],
  elseStatus: usualStatus.terminate,
  input: {
    reason: Flag.String("reason").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Why: stands in the history and in the outcome"),
      Flag.optional
    )
  },
  act: ({ reason }) =>
    Effect.map(Target, ({ runs }) => ({
      done: "terminated",
      question: (count) => `Terminate ${count}? Nothing is compensated, and that cannot be undone.`,
      each: (runId) => runs.terminate(runId, Option.getOrUndefined(reason))
    }))
})
