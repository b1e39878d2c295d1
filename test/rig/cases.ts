import { defineSignal, defineState, defineStep, defineStream, defineUpdate, defineWorkflow } from "dynactor"
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

/** Its answer is as large as what it is asked. */
const echo = defineStep("echo", {
  input: Schema.String,
  output: Schema.String,
  run: (text) => Effect.succeed(text)
})

/** Longer than a message is hidden at first without being renewed. */
const linger = defineStep("linger", {
  input: Schema.String,
  output: Schema.String,
  run: (text) => Effect.as(Effect.sleep("6 seconds"), text)
})

/**
 * Whoever makes a turn of it has all to do that there is in a turn: payloads to read and write, a step to send, a schedule to clear
 * and one to make. The turns are of the function that has started it, of the one that works on steps, and, after the step that
 * crashes, of the one for dead letters. Give it an input beyond what a row holds.
 */
export const thorough = defineWorkflow("thorough", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (text: string) {
    const beforeLong = <A, E, R>(what: Effect.Effect<A, E, R>) =>
      Effect.race(Effect.as(Effect.sleep("2 hours"), undefined), what)
    yield* beforeLong(linger(`${text}1`))
    yield* beforeLong(echo(`${text}2`))
    yield* beforeLong(Effect.catch(crash.orFail(undefined), () => Effect.void))
    yield* beforeLong(echo(`${text}3`))
    yield* beforeLong(approved.receive)
    return yield* echo(`${text}4`)
  })
})

export const seen = defineState("seen", Schema.Int)
export const said = defineStream("said", Schema.String)
export const ask = defineUpdate("ask", { input: Schema.String, output: Schema.String })

/** Waits for its signal, and shows, says and answers what can be shown, said and answered meanwhile. */
export const holding = defineWorkflow("holding", {
  input: Schema.String,
  output: Schema.Int,
  run: Effect.fn(function* (text: string) {
    yield* ask.handle((question) => Effect.succeed(question))
    yield* said.emit("begun")
    yield* seen.set(text.length)
    yield* approved.receive
    return text.length
  })
})

export const workflows = [greeting, large, patient, doomed, child, parent, violating, thorough, holding]
export const steps = [greet, produce, crash, echo, linger]
export const signals = [approved]
export const states = [seen]
export const streams = [said]
export const updates = [ask]
