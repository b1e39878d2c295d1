import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// What `npm run cost:measure` deploys: runs of five steps, as the tables of prices have them.

const options = { input: Schema.Int, output: Schema.Int, run: (number: number) => Effect.succeed(number + 1) }
const queuedStep = defineStep("queuedStep", options)
const inlineStep = defineStep("inlineStep", { ...options, inline: true })

const shape = { input: Schema.Int, output: Schema.Int }

const fiveTimes = (step: typeof queuedStep | typeof inlineStep) =>
  Effect.fn(function* (first: number) {
    let number = first
    for (let steps = 0; steps < 5; steps++) number = yield* step(number)
    return number
  })

export const queued = defineWorkflow("queued", { ...shape, run: fiveTimes(queuedStep) })
export const inline = defineWorkflow("inline", { ...shape, run: fiveTimes(inlineStep) })

export const workflows = [queued, inline]
export const steps = [queuedStep, inlineStep]
