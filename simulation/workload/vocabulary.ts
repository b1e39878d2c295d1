import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Step, StepContext, Workflow } from "../../src/actor/definitions/definition.ts"
import type { RetryOptions } from "../../src/actor/definitions/retryPolicy.ts"
import type { Run } from "../../src/actor/definitions/run.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { Declined } from "./feature.ts"
import { childNames, Input, inlineSteps, stepNames } from "./programs.ts"

export type ProgramStep = Step<string, Input, number, Declined, never>
export type ProgramChild = Workflow<string, Input, number, Declined>

/** What a program may call, and with it what its world makes of the calls. */
export interface Vocabulary {
  readonly steps: ReadonlyMap<string, ProgramStep>
  readonly children: ReadonlyMap<string, ProgramChild>
  /** The id of the child run, where it is not its parent's to name. */
  readonly sharedChild?: (child: string, input: number) => string | undefined
  /** Appended to some inputs. */
  readonly pad?: string
}

export interface VocabularyOptions {
  readonly runStep: (name: string, input: Input, context: StepContext) => Effect.Effect<number, Declined>
  readonly runChild: (
    name: string,
    input: Input,
    vocabulary: Vocabulary
  ) => Effect.Effect<number, Declined, Run | Scope.Scope>
  readonly retry?: RetryOptions
  readonly timeout?: Duration.Input
  readonly pad?: string
  readonly sharedChild?: (child: string, input: number) => string | undefined
}

export const makeVocabulary = (options: VocabularyOptions): Vocabulary => {
  const { runStep, runChild, retry, timeout, pad, sharedChild } = options
  const steps = new Map(
    [...stepNames, "undo", "undoInline"].map((name) => [
      name,
      defineStep(name, {
        input: Input,
        output: Schema.Number,
        error: Declined,
        inline: inlineSteps.has(name),
        ...(retry === undefined ? {} : { retry }),
        ...(timeout === undefined ? {} : { timeout }),
        run: (input, context) => runStep(name, input, context)
      })
    ])
  )
  const vocabulary: Vocabulary = {
    steps,
    children: new Map(),
    ...(pad === undefined ? {} : { pad }),
    ...(sharedChild === undefined ? {} : { sharedChild })
  }
  const children = new Map(
    childNames.map((name) => [
      name,
      defineWorkflow(name, {
        input: Input,
        output: Schema.Number,
        error: Declined,
        run: (input) => runChild(name, input, vocabulary)
      })
    ])
  )
  return Object.assign(vocabulary, { children })
}
