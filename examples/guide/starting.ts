import { Client, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

const Month = Schema.Struct({ month: Schema.String, currency: Schema.optionalKey(Schema.String) })
type Month = typeof Month.Type

export const add = defineStep("add", {
  input: Schema.String,
  output: Schema.Number,
  run: async (month) => month.length
})

export const report = defineWorkflow("report", {
  input: Month,
  output: Schema.Number,
  run: ({ month }) => add(month)
})

/** Somebody has pressed a button: what runs is of no more interest. `click` makes it one start, however often the request is sent. */
export const again = Effect.fn(function* (month: Month, click: string) {
  const client = yield* Client
  const handle = yield* client.start(report, { runId: "report", input: month, policy: "replace", requestId: click })
  yield* Effect.logInfo(`generation ${handle.generation} at the earliest`)
  return yield* client.wait(report, handle.runId)
})

/** In the morning, once what runs by then is over. */
export const tomorrow = Effect.fn(function* (month: Month, morning: Date) {
  const client = yield* Client
  return yield* client.start(report, { runId: "report", input: month, policy: "afterFinish", startAt: morning })
})

/** At each change: ten seconds after the last of them, and within two minutes of the first. */
export const changed = Effect.fn(function* (month: Month) {
  const client = yield* Client
  const times = { delay: "10 seconds", maxDelay: "2 minutes" } as const
  return yield* client.start(report, { runId: "report", input: month, policy: "debounce", ...times })
})

/** The same by a key that is computed from the input: changes of one month are one run, and those of another month another. */
export const changedIn = Effect.fn(function* (month: Month) {
  const client = yield* Client
  const runId = `report/${month.month}`
  return yield* client.start(report, { runId, input: month, policy: "debounce", delay: "3 seconds" })
})
