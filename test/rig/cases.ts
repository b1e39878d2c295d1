import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// A deployment that does everything a deployment can do, once each.

const greet = defineStep("greet", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => Effect.succeed(`Hello, ${name}`)
})

/** Beyond what a row holds: its output is an object in the bucket. */
const produce = defineStep("produce", {
  input: Schema.Number,
  output: Schema.String,
  run: (length) => Effect.succeed("x".repeat(length))
})

/** Takes its function down with it. */
const crash = defineStep("crash", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => Effect.sync(() => process.exit(1))
})

export const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

export const greeting = defineWorkflow("greeting", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => greet(name)
})

export const large = defineWorkflow("large", {
  input: Schema.Number,
  output: Schema.Number,
  run: (length) => Effect.map(produce(length), (text) => text.length)
})

/** A timer of more than a quarter of an hour is a schedule; the signal clears it. */
export const patient = defineWorkflow("patient", {
  input: Schema.Void,
  output: Schema.String,
  run: Effect.fn(function* () {
    const name = yield* Effect.race(
      Effect.as(Effect.sleep("2 hours"), "nobody"),
      Effect.map(approved.receive, ({ by }) => by)
    )
    return yield* greet(name)
  })
})

export const doomed = defineWorkflow("doomed", {
  input: Schema.Void,
  output: Schema.String,
  run: () =>
    Effect.catch(Effect.as(crash.orFail(undefined), "done"), ({ reason }) => Effect.succeed(`failed: ${reason}`))
})

const child = defineWorkflow("child", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => greet(name)
})

export const parent = defineWorkflow("parent", {
  input: Schema.Array(Schema.String),
  output: Schema.Array(Schema.String),
  run: (names) => Effect.forEach(names, (name) => child.child(name), { concurrency: "unbounded" })
})

/** Parks its run: workflow code may not wait for promises. */
export const violating = defineWorkflow("violating", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => Effect.promise(() => Promise.resolve())
})

export const workflows = [greeting, large, patient, doomed, child, parent, violating]
export const steps = [greet, produce, crash]
export const signals = [approved]
