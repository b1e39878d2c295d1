import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import { freshId } from "../../../client/send.ts"
import { confirm } from "../../framework/question.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"
import { byNumberFlag, checkCutOfMany } from "./cutOfMany.ts"
import { atFlag, childrenFlag, cutOf, requestIdFlag, requestOf, whyFlag } from "./repairFlags.ts"
import { resetManyQuestion, resetQuestion } from "./repairText.ts"
import { repairPlan, tellRepair } from "./tellRepair.ts"

export const reset = defineRunsCommand("reset", {
  summary: "Let runs go on from an earlier message",
  description:
    "A run in any state goes on from message --at, in its next generation. All behind that message is dropped as it stands, without compensation; steps that had succeeded there take effect again if the run comes to them. By ids, or by filters: then those that have failed, unless --status says otherwise. Asks first. Of many --at is the key of a message, and the same --request-id again goes on where it was interrupted. Needs the code of the workflow (--entry; an HTTP API has its own).",
  json: "{ how, runId, generation, requestId?, isNew, at, dropped, taken, asked, again }, of many { runIds, done, failed, answers, requestId }; --dry-run: { how, runId, generation, requestId?, isNew, at, dropped, taken, asked, again }, of many { runIds, dryRun, plans, failed }",
  examples: [
    ["reset rental-17 --at 4 --entry src/workflows.ts --dry-run", "What would be kept, dropped and run again"],
    ["reset rental-17 --at 4 --entry src/workflows.ts --reason 'the address was wrong'", "Do it, after a question"],
    [
      "reset --workflow rentBike --newer-than 2h --at step/charge#0 --request-id friday",
      "All that have failed since then, before their charge; the same again goes on with what is left"
    ]
  ],
  elseStatus: usualStatus.reset,
  input: {
    at: atFlag,
    byNumber: byNumberFlag,
    children: childrenFlag,
    reason: whyFlag,
    requestId: requestIdFlag
  },
  act: Effect.fnUntraced(function* ({ at, byNumber, requestId, ...given }, _last, isOne) {
    yield* checkCutOfMany(at, isOne, byNumber)
    const { runs } = yield* Target
    const options = { at, ...cutOf(given), ...requestOf(requestId) }
    const plan = (runId: string) => runs.repairs.reset(runId, { ...options, dryRun: true })
    if (isOne)
      return {
        done: "reset",
        each: (runId) => runs.repairs.reset(runId, options),
        whole: Effect.fnUntraced(function* (runId, { dryRun, yes }) {
          // What would be refused anyhow is refused before anybody is asked.
          if (!dryRun && !yes) yield* confirm(resetQuestion(yield* plan(runId)), false)
          yield* tellRepair(yield* runs.repairs.reset(runId, { ...options, dryRun }), runId, dryRun)
        })
      }
    // Runs that were reset look like others that are not yet: only by its id a request is known again.
    const id = Option.isSome(requestId) ? requestId.value : yield* freshId
    return {
      done: "reset",
      request: { flag: "--request-id", id },
      question: (count) => resetManyQuestion(count, at),
      asksNamed: true,
      hasAnswers: true,
      each: (runId) => runs.repairs.reset(runId, { ...options, requestId: id }),
      plan: (runId) => Effect.map(plan(runId), repairPlan)
    }
  })
})
