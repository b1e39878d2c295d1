import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"

export const cancel = defineRunsCommand("cancel", {
  summary: "Cancel runs",
  description:
    "Asks runs to cancel: their bodies are interrupted, finalizers and compensations run. By ids, or by filters: then those that are running, unless --status says otherwise, and after a question. Said again after an interruption, it goes on with what is left.",
  json: "{ runIds, done, failed }; --dry-run: { runIds, dryRun }",
  examples: [
    ["cancel rental-17 --reason 'the bike is broken'", "One run"],
    ["cancel --workflow rentBike --status running --older-than 1h --dry-run", "Which runs it would be"],
    ["cancel --workflow rentBike --older-than 1h --yes", "All of them, without a question"]
  ],
  elseStatus: usualStatus.cancel,
  input: {
    reason: Flag.String("reason").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Why: stands in the history and in the outcome"),
      Flag.optional
    )
  },
  act: ({ reason }) =>
    Effect.map(Target, ({ runs }) => ({
      done: "cancelled",
      question: (count) => `Cancel ${count}? That cannot be undone.`,
      each: (runId) => runs.cancel(runId, Option.getOrUndefined(reason))
    }))
})
