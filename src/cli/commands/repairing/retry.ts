import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"
import { byNumberFlag, checkCutOfMany } from "./cutOfMany.ts"
import { atFlag, childrenFlag, cutOf, requestIdFlag, requestOf, whyFlag } from "./repairFlags.ts"
import { repairPlan } from "./tellRepair.ts"

export const retry = defineRunsCommand("retry", {
  summary: "Let runs that have failed go on from their failure",
  description:
    "What had succeeded is kept, and what failed is asked for anew, in the next generation of the run. Needs the code of the workflow (--entry; an HTTP API has its own). With --dry-run it says of each run what would be kept, dropped and run again. By ids, or by filters: then those that have failed, unless --status says otherwise, and after a question.",
  json: "{ runIds, done, failed }; --dry-run: { runIds, dryRun, plans, failed }",
  examples: [
    ["retry rental-17 --entry src/workflows.ts --dry-run", "What would be kept, dropped and run again"],
    ["retry rental-17 --entry src/workflows.ts --reason 'the bank is back'", "One run"],
    ["retry --workflow rentBike --newer-than 2h --yes", "All that have failed since then"]
  ],
  elseStatus: usualStatus.retry,
  input: {
    at: Flag.optional(atFlag),
    byNumber: byNumberFlag,
    compensated: Flag.Literals("compensated", ["rerun", "keep"]).pipe(
      Flag.withDescription(
        "What if compensations have run? rerun: what they have undone runs once more; keep: it counts as done all the same. Default: such a run is refused"
      ),
      Flag.optional
    ),
    children: childrenFlag,
    reason: whyFlag,
    requestId: requestIdFlag
  },
  act: Effect.fnUntraced(function* ({ at, byNumber, compensated, requestId, ...given }, _last, isOne) {
    yield* checkCutOfMany(Option.getOrUndefined(at), isOne, byNumber)
    const { runs } = yield* Target
    const options = {
      ...cutOf(given),
      ...requestOf(requestId),
      ...(Option.isNone(at) ? {} : { at: at.value }),
      ...(Option.isNone(compensated) ? {} : { compensated: compensated.value })
    }
    return {
      done: "retried",
      question: (count) => `Retry ${count}?`,
      each: (runId) => runs.repairs.retry(runId, options),
      plan: (runId) => Effect.map(runs.repairs.retry(runId, { ...options, dryRun: true }), repairPlan)
    }
  })
})
