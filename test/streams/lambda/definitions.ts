import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Seen by tests that run the handlers in their own process. */
export const seen = { greeted: [] as Array<string>, stuck: 0, mayEnd: false }

const greet = defineStep("greet", {
  input: Schema.String,
  output: Schema.String,
  run: (name) =>
    Effect.sync(() => {
      seen.greeted.push(name)
      return `Hello, ${name}`
    })
})

const stick = defineStep("stick", {
  input: Schema.Void,
  output: Schema.String,
  timeout: "Infinity",
  retry: { attempts: 1 },
  run: () =>
    Effect.suspend(() => {
      seen.stuck++
      return seen.mayEnd ? Effect.succeed("free") : Effect.never
    })
})

/** Within the turn: it is the stream function's time that it takes. */
const hang = defineStep("hang", {
  input: Schema.Void,
  output: Schema.String,
  inline: true,
  run: () =>
    Effect.suspend(() => {
      seen.stuck++
      return seen.mayEnd ? Effect.succeed("free") : Effect.never
    })
})

export const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

export const greeting = defineWorkflow("greeting", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => greet(name)
})

/** Two steps, and a signal between them. */
export const approval = defineWorkflow("approval", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (name: string) {
    const hello = yield* greet(name)
    const { by } = yield* approved.receive
    return `${hello}, approved by ${by}`
  })
})

export const sticking = defineWorkflow("sticking", {
  input: Schema.Void,
  output: Schema.String,
  run: () => Effect.catch(stick.orFail(undefined), ({ reason }) => Effect.succeed(`failed: ${reason}`))
})

export const hanging = defineWorkflow("hanging", {
  input: Schema.Void,
  output: Schema.String,
  run: () => hang()
})

/** Parks its run: workflow code may not wait for promises. */
export const violating = defineWorkflow("violating", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => Effect.promise(() => Promise.resolve())
})

export const workflows = [greeting, approval, sticking, hanging, violating]
export const steps = [greet, stick, hang]
export const signals = [approved]
