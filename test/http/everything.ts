import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  callback,
  defineCallback,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow
} from "../../src/index.ts"

class Negative extends Schema.TaggedError<Negative>()("Negative", {}) {}

export const done = defineSignal("done", Schema.Null)
const add = defineUpdate("add", { input: Schema.Int, output: Schema.Int, error: Negative })
export const shown = defineState("shown", Schema.Struct({ count: Schema.Int, token: Schema.String }))
const log = defineStream("log", Schema.String)
const answer = defineCallback("answer", { payload: Schema.String })
const echo = defineStep("echo", { input: Schema.Int, output: Schema.Int, run: async (count) => count })

/** A run that shows, emits, takes and waits for all that the API has a route for. */
export const everything = defineWorkflow("everything", {
  input: Schema.Int,
  output: Schema.Struct({ count: Schema.Int, answer: Schema.String }),
  run: Effect.fn(function* (begin) {
    let count = begin
    let token = ""
    yield* add.handle((by) =>
      Effect.gen(function* () {
        if (by < 0) return yield* new Negative({})
        count += by
        yield* shown.set({ count, token })
        return count
      })
    )
    yield* log.emit("begun")
    count = yield* echo(count)
    const asked = yield* callback(answer)
    token = asked.token
    yield* shown.set({ count, token })
    const given = yield* asked.receive
    yield* done.receive
    yield* log.emit("over")
    return { count, answer: given }
  })
})

/** Of the host and of the API alike. */
export const definitions = {
  workflows: [everything],
  steps: [echo],
  signals: [done],
  updates: [add],
  states: [shown],
  streams: [log],
  callbacks: [answer]
}
