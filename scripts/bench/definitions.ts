import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { measured } from "./measured.ts"

/** The shapes that `bench/peers` measures for other engines: trivial steps, so that what is timed is the engine. */
const Work = Schema.Struct({ id: Schema.String, n: Schema.Number })
const Sum = Schema.Struct({ sum: Schema.Number })

export const step = defineStep("step", {
  input: Work,
  output: Schema.Struct({ n: Schema.Number }),
  run: ({ id, n }) =>
    Effect.sync(() => {
      measured.hit(id)
      return { n }
    })
})

const mark = defineStep("mark", {
  input: Schema.Struct({ id: Schema.String, what: Schema.Literals(["slept", "armed"]) }),
  output: Schema.Void,
  run: ({ id, what }) => Effect.sync(() => measured[what](id))
})

export const go = defineSignal("go", Sum)

export const sequential = defineWorkflow("sequential", {
  input: Work,
  output: Sum,
  run: Effect.fnUntraced(function* ({ id, n }: typeof Work.Type) {
    let sum = 0
    for (let i = 1; i <= n; i++) sum += (yield* step({ id, n: i })).n
    return { sum }
  })
})

export const fanOut = defineWorkflow("fanOut", {
  input: Work,
  output: Sum,
  run: Effect.fnUntraced(function* ({ id, n }: typeof Work.Type) {
    const steps = Array.from({ length: n }, (_, i) => step({ id, n: i }))
    const results = yield* Effect.all(steps, { concurrency: "unbounded" })
    return { sum: results.reduce((sum, result) => sum + result.n, 0) }
  })
})

export const sleeper = defineWorkflow("sleeper", {
  input: Work,
  output: Sum,
  run: Effect.fnUntraced(function* ({ id, n }: typeof Work.Type) {
    yield* mark({ id, what: "slept" })
    yield* Effect.sleep(n)
    yield* mark({ id, what: "armed" })
    return yield* go.receive
  })
})

export const workflows = [sequential, fanOut, sleeper]
export const steps = [step, mark] as const
