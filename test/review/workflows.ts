import { defineSignal, defineStep, defineWorkflow, deprecatePatch, patched } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

// One workflow in its four lives; the last is what the command is shown.

const text = { input: Schema.String, output: Schema.String }
export const old = defineStep("old", { ...text, run: async (input) => `old ${input}` })
export const fresh = defineStep("fresh", { ...text, run: async (input) => `new ${input}` })
export const go = defineSignal("go", Schema.Void)

const define = (body: (input: string) => Effect.Effect<string, never, any>) =>
  defineWorkflow("changing", {
    ...text,
    run: Effect.fn(function* (input) {
      const result = yield* body(input)
      yield* go.receive
      return result
    })
  })

export const lives = {
  before: define((input) => old(input)),
  patched: define((input) => Effect.flatMap(patched("p"), (isNew) => (isNew ? fresh(input) : old(input)))),
  deprecated: define((input) => Effect.andThen(deprecatePatch("p"), fresh(input))),
  removed: define((input) => fresh(input))
}

export const steps = [old, fresh]
const { LIFE = "patched" } = process.env
export const workflows = [lives[LIFE as keyof typeof lives]]
