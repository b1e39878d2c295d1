import { Client, defineSchedule, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

export const countSales = defineStep("countSales", {
  input: Schema.Struct({ shop: Schema.String, day: Schema.String }),
  output: Schema.Int,
  run: async ({ day }) => day.length
})

export const salesReport = defineWorkflow("salesReport", {
  input: Schema.Struct({ shop: Schema.String, day: Schema.String }),
  output: Schema.Struct({ day: Schema.String, sold: Schema.Int }),
  run: Effect.fn(function* ({ day, shop }) {
    return { day, sold: yield* countSales({ shop, day }) }
  })
})

/** Given to hosts with the workflows: `{ workflows, steps, schedules: [nightly] }`. */
export const nightly = defineSchedule("nightly", {
  workflow: salesReport,
  // The time that the run is for, also when it starts late, or is filled in a month later.
  input: ({ scheduledAt }) => ({ shop: "all", day: scheduledAt.toISOString().slice(0, 10) }),
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  overlap: "queue",
  jitter: "5 minutes"
})

/** One for each shop that asks for it, at run time: as data. */
export const reportWeekly = Effect.fn(function* (shop: string) {
  const { schedules } = yield* Client
  const weekly = defineSchedule(`weekly-${shop}`, {
    workflow: salesReport,
    input: { shop, day: "this week" },
    cron: "0 6 * * 1"
  })
  yield* schedules.ensure(weekly)
  // The first report at once.
  return yield* schedules.trigger(weekly.scheduleName, { id: "first" })
})
