import { defineStep, defineWorkflow, forEachStep, ItemsFailed, itemsFailed, outputsOrFail } from "dynactor"
import { Effect, Schema } from "effect"

class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { message: Schema.String }) {}

export const addSeven = defineStep("addSeven", {
  input: Schema.Int,
  output: Schema.Int,
  error: TooLarge,
  retry: { nonRetryable: ["TooLarge"] },
  run: (number) =>
    number > 1_000_000
      ? Effect.fail(new TooLarge({ message: `${number} is more than this example takes` }))
      : Effect.succeed(number + 7)
})

const Numbers = Schema.Array(Schema.Int)

/** Every number of a list and seven, ten at a time. One that fails is one too many. */
export const mapAdd = defineWorkflow("mapAdd", {
  input: Numbers,
  output: Numbers,
  error: ItemsFailed,
  run: (numbers) => forEachStep(numbers, addSeven, { concurrency: 10 }).pipe(outputsOrFail)
})

/** As many as can be had: up to a tenth may fail, and what failed is told. One more, and no further one is tried. */
export const mapAddMost = defineWorkflow("mapAddMost", {
  input: Numbers,
  output: Schema.Struct({ sums: Numbers, failed: Numbers }),
  error: ItemsFailed,
  run: Effect.fn(function* (numbers) {
    const many = yield* forEachStep(numbers, addSeven, { concurrency: 10, tolerate: { percent: 10 } })
    switch (many._tag) {
      case "AllSucceeded":
        return { sums: yield* many.outputs, failed: [] }
      case "Enough": {
        const outcomes = yield* many.outcomes
        const sums = outcomes.flatMap((one) => (one._tag === "Succeeded" ? [one.output] : []))
        const failed = outcomes.flatMap((one) => (one._tag === "Failed" ? [numbers[one.index] ?? 0] : []))
        return { sums, failed }
      }
      case "NotEnough":
        return yield* itemsFailed(many)
    }
  })
})
