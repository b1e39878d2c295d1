import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Run } from "../../src/actor/definitions/run.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"

/** Steps, signals and workflows that many tests use. Steps are never run here: the tests answer for them. */
export class Declined extends Schema.TaggedError<Declined>()("Declined", { code: Schema.Number }) {}

const run = () => Effect.die("the core runs no step")

export const echo = defineStep("echo", { input: Schema.Any, output: Schema.Any, run })
export const charge = defineStep("charge", { input: Schema.Number, output: Schema.Number, error: Declined, run })
export const refund = defineStep("refund", { input: Schema.Number, output: Schema.Null, error: Declined, run })
export const lookUp = defineStep("lookUp", { input: Schema.Any, output: Schema.Any, inline: true, run })
export const approved = defineSignal("approved", Schema.Number)

export const pack = defineWorkflow("pack", {
  input: Schema.Number,
  output: Schema.Number,
  error: Declined,
  run: (input) => Effect.succeed(input)
})

/** A workflow of no input and any JSON output. */
export const workflowOf = (body: Effect.Effect<unknown, Declined, Run | Scope.Scope>) =>
  defineWorkflow("tested", { input: Schema.Null, output: Schema.Any, error: Declined, run: () => body })
