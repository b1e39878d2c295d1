import { defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })

const failsOnce = defineStep("failsOnce", {
  input: N,
  output: N,
  retry: { attempts: 2, initial: 0, jitter: 0 },
  run: (input, { attempt }) => (attempt === 1 ? Effect.die(new Error("not yet")) : Effect.succeed(input))
})

/** So many queued steps, each of which fails once. */
export const retriedSteps = defineWorkflow("retriedSteps", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    for (let i = 0; i < n; i++) yield* failsOnce({ n: i })
    return n
  })
})

export const retried = { workflows: [retriedSteps], steps: [failsOnce] } as const
