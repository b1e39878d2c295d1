import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { continueAsNew } from "../../../../src/actor/calls/continueAsNew.ts"
import { defineStep } from "../../../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../../../src/actor/definitions/workflow.ts"
import type { WhenParentEnds } from "../../../../src/actor/history/command.ts"
import { attempts, Declined, retryInitialMs } from "../../feature.ts"
import { CurrentStepWatch } from "../../stepWatch.ts"
import type { Trace } from "../../trace.ts"
import { chairs, entries } from "./drawnLimits.ts"

/** A child run that holds a place from its beginning to its end. */
export interface Seat {
  readonly what: "sits" | "sleeps" | "goesOn" | "moves" | "declines"
  readonly key: "even" | "odd"
  readonly priority: number
  readonly policy: WhenParentEnds
}

const SeatInput = Schema.Struct({
  what: Schema.String,
  key: Schema.String,
  rank: Schema.Int,
  value: Schema.Number,
  /** Generations to come. */
  left: Schema.Int
})
type SeatInput = typeof SeatInput.Type

/** Has no limit of its own: whoever asks for it is to hold a place. */
export const sits = defineStep("sits", {
  input: Schema.Number,
  output: Schema.Number,
  error: Declined,
  retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 },
  timeout: "45 seconds",
  run: (value, context) =>
    Effect.flatMap(CurrentStepWatch, (watch) =>
      watch.execute("sits", context, (_, pause) => Effect.as(pause(300), value % 100))
    )
})

const sit = (value: number) => Effect.catch(sits.orFail(value), ({ _tag }) => Effect.succeed(-_tag.length))

const body = Effect.fn(function* (input: SeatInput) {
  const { key, left, value, what } = input
  const sat = yield* sit(value)
  switch (what) {
    case "sleeps":
      yield* Effect.sleep(8_000)
      return sat
    case "goesOn":
      return left > 0 ? yield* continueAsNew({ ...input, left: left - 1 }) : sat
    case "moves":
      return left > 0 ? yield* continueAsNew({ ...input, key: key === "even" ? "odd" : "even", left: left - 1 }) : sat
    case "declines":
      return yield* new Declined({ code: sat % 10 })
    default:
      return sat
  }
})

export const seatedName = "seated"

export const seated = defineWorkflow(seatedName, {
  input: SeatInput,
  output: Schema.Number,
  error: Declined,
  limits: [
    { limit: chairs, key: ({ key }: SeatInput) => key, priority: ({ rank }: SeatInput) => rank },
    { limit: entries, key: ({ key }: SeatInput) => key }
  ],
  run: body
})

const counts = new WeakMap<Trace, number>()

/** As children are named beside which others judge what becomes of them (`otherRuns.ts`): by their policy, and that they are called. */
export const seatKeyOf = (trace: Trace, policy: WhenParentEnds): string => {
  const count = (counts.get(trace) ?? 0) + 1
  counts.set(trace, count)
  return `${policy}-${count}0`
}

export const seats = {
  what: fc.constantFrom<Seat["what"]>("sits", "sleeps", "sleeps", "sleeps", "goesOn", "goesOn", "moves", "declines"),
  priority: fc.nat(2),
  policy: fc.constantFrom<WhenParentEnds>("cancel", "abandon", "wait")
}
