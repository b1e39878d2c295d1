import { callback, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })

/** Tokens that were handed out and not answered. */
export const tokens: Array<string> = []

const tell = defineStep("tell", {
  input: Schema.String,
  output: Schema.Null,
  inline: true,
  run: async (token) => {
    tokens.push(token)
    return null
  }
})

/** Asks so often, one question after the other. */
export const asking = defineWorkflow("asking", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    for (let i = 0; i < n; i++) {
      const { receive, token } = yield* callback("question", { payload: Schema.Number })
      yield* tell(token)
      yield* receive
    }
    return n
  })
})

export const questions = { workflows: [asking], steps: [tell] } as const
