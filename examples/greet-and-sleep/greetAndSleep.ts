import { defineSignal, defineStep, defineWorkflow, sleep } from "dynactor"
import { Effect, Schema } from "effect"

export const greet = defineStep("greet", {
  input: Schema.Struct({ name: Schema.String, greeting: Schema.String }),
  output: Schema.String,
  run: async ({ name, greeting }) => `${greeting}, ${name}!`
})

/** Somebody wants it to be over. */
export const woken = defineSignal("woken", Schema.Struct({ by: Schema.String }))

/** Greets, sleeps for a day or until it is woken, and says good-bye to whoever that was. */
export const greetAndSleep = defineWorkflow("greetAndSleep", {
  input: Schema.String,
  output: Schema.Array(Schema.String),
  run: Effect.fn(function* (name) {
    const hello = yield* greet({ name, greeting: "Hello" })
    const wokenBy = yield* Effect.race(
      Effect.map(woken.receive, ({ by }) => by),
      Effect.as(sleep("1 day", { name: "night" }), name)
    )
    return [hello, yield* greet({ name: wokenBy, greeting: "Good-bye" })]
  })
})
