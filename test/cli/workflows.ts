import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  callback,
  defineCallback,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow
} from "../../src/index.ts"

/** An entry as a user writes it: what the tests of the command line start and tell. */

export const Order = Schema.Struct({ id: Schema.String, amount: Schema.Int })

export class TooMuch extends Schema.TaggedError<TooMuch>()("TooMuch", { most: Schema.Int }) {}

export const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
export const progress = defineState("progress", Schema.Struct({ done: Schema.Int, of: Schema.Int }))
export const raise = defineUpdate("raise", { input: Schema.Int, output: Schema.Int, error: TooMuch })
export const words = defineStream("words", Schema.String)
export const receipt = defineCallback("receipt", {
  payload: Schema.Struct({ number: Schema.Int }),
  error: Schema.String
})
/** Where the token of a callback is to be read. */
export const token = defineState("token", Schema.String)

export const charge = defineStep("charge", {
  input: Schema.Int,
  output: Schema.Int,
  run: (amount: number) => Effect.succeed(amount * 2)
})

/** Ends at once: with twice the amount, or with an error above a hundred. */
export const order = defineWorkflow("order", {
  input: Order,
  output: Schema.Int,
  error: TooMuch,
  run: Effect.fn(function* ({ amount }: typeof Order.Type) {
    if (amount > 100) return yield* new TooMuch({ most: 100 })
    return yield* charge(amount)
  })
})

/** Shows its progress, takes updates, and ends when it is told. */
export const patient = defineWorkflow("patient", {
  input: Schema.Int,
  output: Schema.String,
  run: Effect.fn(function* (first: number) {
    let amount = first
    yield* raise.handle(
      Effect.fn(function* (by: number) {
        if (by > 10) return yield* new TooMuch({ most: 10 })
        amount += by
        yield* progress.set({ done: amount, of: 100 })
        return amount
      })
    )
    yield* progress.set({ done: amount, of: 100 })
    yield* words.emit("one")
    yield* words.emit("two")
    const { by } = yield* approved.receive
    yield* words.emit("three")
    return `by ${by}`
  })
})

/** Asks somebody outside. */
export const asking = defineWorkflow("asking", {
  input: Schema.Null,
  output: Schema.Int,
  error: Schema.String,
  run: Effect.fn(function* () {
    const asked = yield* callback(receipt)
    yield* token.set(asked.token)
    return (yield* asked.receive).number
  })
})

export const workflows = [order, patient, asking]
export const steps = [charge]
export const signals = [approved]
export const states = [progress, token]
export const updates = [raise]
export const streams = [words]
export const callbacks = [receipt]
