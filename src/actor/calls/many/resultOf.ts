import * as Effect from "effect/Effect"
import type { Run } from "../../definitions/run.ts"
import type { ItemFailed, ItemOutcome, ManyResult } from "./manyResult.ts"
import type { Tally } from "./tally.ts"

type Page<Out, Err> = Effect.Effect<ReadonlyArray<ItemOutcome<Out, Err>>, never, Run>

export const resultOf = <Out, Err>(
  tally: Tally,
  failures: ReadonlyArray<ItemFailed<Err>>,
  pages: ReadonlyArray<Page<Out, Err>>
): ManyResult<Out, Err> => {
  const outcomes = Effect.map(Effect.all(pages), (all) => all.flat())
  const counted = { ...tally.counts, failures, outcomes, pages }
  const { verdict } = tally
  return verdict === "AllSucceeded"
    ? { _tag: verdict, ...counted, outputs: Effect.map(outcomes, outputsIn) }
    : { _tag: verdict, ...counted }
}

export const outputsIn = <Out>(outcomes: ReadonlyArray<ItemOutcome<Out, unknown>>): ReadonlyArray<Out> =>
  outcomes.flatMap((outcome) => (outcome._tag === "Succeeded" ? [outcome.output] : []))

/** For a message, and for a look at what went wrong. */
export const failuresIn = <Err>(
  outcomes: ReadonlyArray<ItemOutcome<unknown, Err>>,
  most = mostFailures
): ReadonlyArray<ItemFailed<Err>> => {
  const failures: Array<ItemFailed<Err>> = []
  for (const outcome of outcomes) {
    if (failures.length >= most) break
    if (outcome._tag === "Failed") failures.push(outcome)
  }
  return failures
}

export const mostFailures = 100
