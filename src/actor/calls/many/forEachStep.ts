import * as Effect from "effect/Effect"
import { show } from "../../definitions/assertOptions.ts"
import type { AnyStep, Step } from "../../definitions/definition.ts"
import type { Run } from "../../definitions/run.ts"
import { type ForEachStepOptions, limitsOf } from "./manyOptions.ts"
import type { ManyResult } from "./manyResult.ts"
import { inOneRun } from "./oneRun.ts"
import { failuresIn, resultOf } from "./resultOf.ts"
import { spread } from "./spread.ts"

/**
 * One execution of `step` for each item, so many at a time. Never fails by itself: what it comes to counts, and has to be
 * looked at by its tag. {@link outputsOrFail} makes an error of what is not enough.
 *
 * Of more than 4,000 items (or with the option `batch`) each 1,000 are a child run. Then limits are looked at between child runs, each of
 * which keeps to what is left of them when it starts, and results that are too large for a row are kept by the payload store.
 *
 * Throws a `RangeError` or a `TypeError` for options that cannot be.
 *
 * @example
 * const sent = yield* forEachStep(subscribers, sendMail, { concurrency: 20, tolerate: { percent: 5 } })
 * if (sent._tag === "NotEnough") return yield* new MailingFailed({ failed: sent.failed, of: sent.total })
 */
export const forEachStep = <Name extends string, In, Out, Err, R>(
  items: ReadonlyArray<In>,
  step: Step<Name, In, Out, Err, R>,
  options: ForEachStepOptions
): Effect.Effect<ManyResult<Out, Err>, never, Run> => {
  if (typeof step !== "function" || !("stepName" in step))
    throw new TypeError(
      `forEachStep is given ${show(step)}, which is no step: what calls several steps for an item is a workflow`
    )
  const what = `forEachStep of ${step.stepName}`
  if (!Array.isArray(items)) throw new TypeError(`${what}: its items are no array`)
  const limits = limitsOf(what, items.length, options)
  const { batch } = limits
  return batch === undefined
    ? Effect.map(inOneRun(items, step.orFail, limits), ({ outcomes, tally }) =>
        resultOf(tally, failuresIn(outcomes), [Effect.succeed(outcomes)])
      )
    : Effect.map(spread<Out, Err>(items, step as AnyStep, limits, batch), ({ failures, pages, tally }) =>
        resultOf(tally, failures, pages)
      )
}
