import { defineStep, defineWorkflow, forEachStep, outputsOrFail, type Workflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })

type Counted = Workflow<string, typeof N.Type, number, never>

const item = defineStep("item", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n + 7) })

const over = (name: string, options: Parameters<typeof forEachStep>[2]): Counted =>
  defineWorkflow(name, {
    input: N,
    output: Schema.Number,
    run: ({ n }) =>
      forEachStep(
        Array.from({ length: n }, (_, index) => index),
        item,
        options
      ).pipe(
        outputsOrFail,
        Effect.map(({ length }) => length),
        Effect.orDie
      )
  })

/** In one run, twenty at a time. */
export const fewAtOnce = over("fewAtOnce", { concurrency: 20 })
/** In one run, all at once. */
export const allAtOnce = over("allAtOnce", { concurrency: "unbounded" })
/** In child runs of a thousand, two hundred items at a time. */
export const inChildRuns = over("inChildRuns", { concurrency: 200, batch: 1_000 })

export const many = { workflows: [fewAtOnce, allAtOnce, inChildRuns], steps: [item] }
