import * as Effect from "effect/Effect"
import type { Run } from "../../definitions/run.ts"
import { ItemsFailed } from "../../errors.ts"
import type { ManyResult } from "./manyResult.ts"
import { outputsIn } from "./resultOf.ts"

/**
 * The outputs of the items that have succeeded, in the order of the items; fails with {@link ItemsFailed} where they are not enough.
 *
 * @example
 * const sums = yield* forEachStep(numbers, addSeven, { concurrency: 10 }).pipe(outputsOrFail)
 */
export const outputsOrFail = <Out, Err, E, R>(
  many: Effect.Effect<ManyResult<Out, Err>, E, R>
): Effect.Effect<ReadonlyArray<Out>, E | ItemsFailed, R | Run> =>
  Effect.flatMap(
    many,
    (result): Effect.Effect<ReadonlyArray<Out>, ItemsFailed, Run> =>
      result._tag === "NotEnough" ? Effect.fail(itemsFailed(result)) : Effect.map(result.outcomes, outputsIn)
  )

/** The error that says how it went. */
export const itemsFailed = <Out, Err>({
  failures,
  failed,
  reason,
  started,
  succeeded,
  total
}: ManyResult<Out, Err>) => {
  const [first] = failures
  const why = first === undefined ? "" : `; the first was item ${first.index}: ${textOf(first.error)}`
  return new ItemsFailed({
    message: `${failed} of ${total} items failed, ${succeeded} succeeded, and it ended as ${ends[reason]}${why}`,
    reason,
    total,
    started,
    succeeded,
    failed,
    firstFailed: failures.slice(0, 10).map(({ index, error }) => ({ index, message: textOf(error) }))
  })
}

const ends = {
  completed: "all had been tried",
  minSuccessful: "enough had succeeded",
  toleratedCount: "more had failed than were tolerated",
  toleratedPercent: "more had failed than the tolerated percentage of all"
} as const

const textOf = (error: unknown): string => {
  const { _tag, message } = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>
  const words = [_tag, message].filter((part) => typeof part === "string" && part !== "")
  return (words.length > 0 ? words.join(": ") : String(error)).slice(0, 300).toWellFormed()
}
