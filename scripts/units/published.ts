import { defineState, defineStep, defineUpdate, defineWorkflow } from "dynactor"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })

export const ask = defineUpdate("ask", { input: Schema.Number, output: Schema.Number })
const progress = defineState("progress", Schema.Struct({ done: Schema.Number, of: Schema.Number }))
const shownStep = defineStep("shownStep", { input: N, output: N, run: (input) => Effect.succeed(input) })

/** Until it has been asked so often. */
export const asked = defineWorkflow("asked", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    const last = yield* Deferred.make<number>()
    yield* ask.handle((number) => Effect.as(number === n ? Deferred.succeed(last, number) : Effect.void, number))
    return yield* Deferred.await(last)
  })
})

/** So many queued steps, each of which is told. */
export const shown = defineWorkflow("shown", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    for (let i = 0; i < n; i++) {
      yield* shownStep({ n: i })
      yield* progress.set({ done: i, of: n })
    }
    return n
  })
})

export const published = { workflows: [asked, shown], steps: [shownStep] } as const
