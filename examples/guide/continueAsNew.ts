import { continueAsNew, defineSignal, defineStep, defineWorkflow, historyLength, Run } from "dynactor"
import { Effect, Option, Schema } from "effect"

/** What one generation hands to the next: all that the run has to know, and no more. */
const Totals = Schema.Struct({ readings: Schema.Int, sum: Schema.Number, alarms: Schema.Int })
type Totals = typeof Totals.Type

export const reading = defineSignal("reading", Schema.Number)

export const raiseAlarm = defineStep("raiseAlarm", {
  input: Schema.Struct({ sensor: Schema.String, value: Schema.Number }),
  output: Schema.Void,
  // The key is another in each generation: the first alarm of the second is not the first one once more.
  run: async ({ sensor, value }, { idempotencyKey }) => console.log(`${idempotencyKey}: ${sensor} reads ${value}`)
})

/** Listens to a sensor for as long as it says something at least once a day: for years, as one run with one id. */
export const listen = defineWorkflow("listen", {
  input: Totals,
  output: Schema.Struct({ ...Totals.fields, generations: Schema.Int }),
  run: Effect.fn(function* (before: Totals) {
    const { runId, generation } = yield* Run
    let totals = before
    for (;;) {
      const next = yield* Effect.timeoutOption(reading.receive, "1 day")
      if (Option.isNone(next)) return { ...totals, generations: generation + 1 }
      const isHigh = next.value > 100
      if (isHigh) yield* raiseAlarm({ sensor: runId, value: next.value })
      totals = {
        readings: totals.readings + 1,
        sum: totals.sum + next.value,
        alarms: totals.alarms + (isHigh ? 1 : 0)
      }
      // The next generation begins with these totals and an empty history. Readings that have come meanwhile go along.
      if ((yield* historyLength) >= 200) return yield* continueAsNew(totals satisfies Totals)
    }
  })
})
