import * as Effect from "effect/Effect"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"

export const resume = defineRunsCommand("resume", {
  summary: "Let paused runs go on",
  description:
    "Hands over what has come for them meanwhile, in its order. By ids, or by filters: then those that are paused, unless --status says otherwise, and after a question.",
  json: "{ runIds, done, failed }; --dry-run: { runIds, dryRun }",
  examples: [
    ["resume rental-17", "One run"],
    ["resume --workflow rentBike --yes", "All that are paused"]
  ],
  elseStatus: usualStatus.resume,
  input: {},
  act: () =>
    Effect.map(Target, ({ runs }) => ({
      done: "resumed",
      question: (count) => `Resume ${count}?`,
      each: (runId) => runs.resume(runId)
    }))
})
