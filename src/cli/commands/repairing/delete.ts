import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"
import { durationFlag } from "../runs/arguments.ts"

export const deleteCommand = defineRunsCommand("delete", {
  summary: "Delete runs that have ended",
  description:
    "Deletes runs that have ended, with everything that is stored of them. From then on nobody finds them; on AWS a purge deletes what is stored within the hour. A run that goes on is not deleted: cancel or terminate it first. Child runs stay. By ids, or by filters: then those that succeeded, unless --status says otherwise, and after a question.",
  json: "{ runIds, done, failed }; --dry-run: { runIds, dryRun }",
  examples: [
    ["delete rental-17", "One run; its id is taken for 14 days"],
    ["delete anna@example.com --no-tombstone", "One whose id says who somebody is"],
    ["delete --workflow rentBike --older-than 90d --dry-run", "Which runs it would be"]
  ],
  elseStatus: usualStatus.delete,
  input: {
    tombstone: durationFlag("tombstone", "How long their ids are taken: a start under one fails. Default 14 days"),
    noTombstone: Flag.Boolean("no-tombstone").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription(
        "Not even the ids are kept, once all is deleted; what is still under way for them may begin them anew"
      )
    ),
    noScrub: Flag.Boolean("no-scrub").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("On a SQLite file: what was deleted is left in it until it is written over")
    )
  },
  act: ({ noScrub, noTombstone, tombstone }) =>
    Effect.map(Target, ({ runs }) => {
      const tombstoneMs = noTombstone ? 0 : Option.getOrUndefined(tombstone)
      return {
        done: "deleted",
        question: (count) => `Delete ${count}, with everything that is stored of them? That cannot be undone.`,
        each: (runId) => runs.delete(runId, { tombstoneMs, scrub: !noScrub })
      }
    })
})
