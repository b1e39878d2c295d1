import * as Effect from "effect/Effect"
import type { Run } from "../../definitions/run.ts"
import type { StepFailed } from "../../errors.ts"
import type { Limits } from "./manyOptions.ts"
import type { ItemOutcome } from "./manyResult.ts"
import { Tally } from "./tally.ts"

export interface Ended<Out, Err> {
  readonly tally: Tally
  readonly outcomes: ReadonlyArray<ItemOutcome<Out, Err>>
}

/** All items in the run's own history, until they are through or it is stopped. */
export const inOneRun = <In, Out, Err>(
  items: ReadonlyArray<In>,
  call: (item: In) => Effect.Effect<Out, Err | StepFailed, Run>,
  limits: Limits,
  stopped?: Effect.Effect<unknown, never, Run>
): Effect.Effect<Ended<Out, Err>, never, Run> =>
  Effect.suspend(() => {
    const tally = new Tally(limits)
    const outcomes: Array<ItemOutcome<Out, Err>> = items.map((_, index) => ({ _tag: "NotStarted", index }))
    const settle = (outcome: ItemOutcome<Out, Err>) => {
      outcomes[outcome.index] = outcome
      if (outcome._tag === "Succeeded") tally.succeeded++
      else tally.failed++
      tally.judge()
      return tally.isOver ? stop : Effect.void
    }
    const one = (item: In, index: number) =>
      Effect.suspend(() => {
        // Where nothing can be interrupted, those after the end come to here.
        if (tally.isOver) return Effect.void
        tally.started++
        outcomes[index] = { _tag: "Cancelled", index }
        return Effect.matchEffect(call(item), {
          onSuccess: (output) => settle({ _tag: "Succeeded", index, output }),
          onFailure: (error) => settle({ _tag: "Failed", index, error })
        })
      })
    const all = Effect.forEach(items, one, { concurrency: limits.concurrency, discard: true })
    return (stopped === undefined ? all : Effect.raceFirst(all, stopped)).pipe(
      Effect.catch(() => Effect.void),
      Effect.map(() => ({ tally, outcomes }))
    )
  })

/** Fails, so that what is under way is interrupted: its steps are cancelled. */
const stop = Effect.fail("over" as const)
