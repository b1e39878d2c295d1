import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"

export const pause = defineRunsCommand("pause", {
  summary: "Let runs stand still",
  description:
    "From their next turn on nothing is handed to them; what comes for them waits. Steps under way come to their ends. By ids, or by filters: then those that are running, unless --status says otherwise, and after a question.",
  json: "{ runIds, done, failed }; --dry-run: { runIds, dryRun }",
  examples: [
    ["pause rental-17 --reason 'looking at it'", "One run"],
    ["pause --workflow rentBike --yes", "All that are running"]
  ],
  elseStatus: usualStatus.pause,
  input: {
    reason: Flag.String("reason").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Why: stands in the history and in what `get` shows"),
      Flag.optional
    )
  },
  act: ({ reason }) =>
    Effect.map(Target, ({ runs }) => ({
      done: "paused",
      question: (count) => `Pause ${count}?`,
      each: (runId) => runs.pause(runId, Option.getOrUndefined(reason))
    }))
})
