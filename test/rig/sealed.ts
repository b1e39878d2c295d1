import { defineSignal, defineState, defineStep, defineWorkflow } from "dynactor"
import { kmsCodec } from "dynactor/codec"
import { Effect, Schema } from "effect"

// What the functions store is sealed with the key that the construct was given.

export const go = defineSignal("go", Schema.String)
/** Nobody waits for it: it has the run turned. */
export const noise = defineSignal("noise", Schema.String)
export const shown = defineState("shown", Schema.String)

const shout = defineStep("shout", {
  input: Schema.String,
  output: Schema.String,
  retry: { attempts: 2, initial: "100 millis" },
  run: (text, { attempt }) =>
    attempt === 1 ? Effect.die(new Error(`not yet: ${text}`)) : Effect.succeed(text.toUpperCase())
})

const child = defineWorkflow("child", {
  input: Schema.String,
  output: Schema.String,
  run: (text) => Effect.orDie(shout(text))
})

export const conversation = defineWorkflow("conversation", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (text) {
    yield* shown.set(`shown ${text}`)
    const first = yield* Effect.orDie(child.child(text))
    const told = yield* go.receive
    return `${first} ${told}`
  })
})

export const workflows = [conversation, child]
export const steps = [shout]
export const codec = kmsCodec({ maxAge: "2 seconds" })
