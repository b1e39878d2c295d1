import { defineSignal, defineState, defineStep, defineStream, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Runs that hold something of a person in every place that a run has.

export const told = defineSignal("told", Schema.String)
export const shown = defineState("shown", Schema.String)
export const words = defineStream("words", Schema.String)

/** Beyond what stands in a row. */
const large = (text: string) => `${text}${"-".repeat(300_000)}`

const repeat = defineStep("repeat", {
  input: Schema.String,
  output: Schema.String,
  run: (text, { emit }) => Effect.as(emit(words, `said ${text}`), large(text))
})

const child = defineWorkflow("child", {
  input: Schema.String,
  output: Schema.String,
  run: (text) => repeat(text)
})

export const about = defineWorkflow("about", {
  input: Schema.String,
  output: Schema.String,
  error: Schema.String,
  run: Effect.fn(function* (person: string) {
    yield* shown.set(`shown ${person}`)
    const heard = yield* told.receive
    const whole = yield* child.child(`${person} ${heard}`)
    return yield* Effect.fail(whole)
  })
})

export const workflows = [about, child]
export const steps = [repeat]
