import { defineSignal, defineStep, defineStream, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })
const words = defineStream("words", Schema.String, { flushEvery: 0 })
const go = defineSignal("go", Schema.Void)

/** So many chunks, far enough from each other that each is a write. */
export const speak = defineStep("speak", {
  input: N,
  output: N,
  inline: true,
  run: (input, { emit }) =>
    Effect.as(
      Effect.forEach(
        Array.from({ length: input.n }, (_, index) => `one of the words, ${index}`),
        (word) => Effect.andThen(emit(words, word), Effect.sleep("50 millis"))
      ),
      input
    )
})

export const speaks = defineWorkflow("speaks", {
  input: N,
  output: Schema.Number,
  run: (input) => Effect.map(speak(input), ({ n }) => n)
})

/** With each signal that it receives, its body says a word. */
export const answers = defineWorkflow("answers", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    yield* go.receive
    for (let i = 0; i < n; i++) {
      yield* go.receive
      yield* words.emit(`one of the words, ${i}`)
    }
    return n
  })
})
