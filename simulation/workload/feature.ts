import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as fc from "fast-check"
import type { AnyStep, AnyWorkflow, Step } from "../../src/actor/definitions/definition.ts"
import type { Run } from "../../src/actor/definitions/run.ts"
import type { Input, StepName, Term } from "./programs.ts"
import type { Trace } from "./trace.ts"

/** Attempts of each step, inline ones as well. */
export const attempts = 3
/** Before the second attempt; before each later one it is twice as long. */
export const retryInitialMs = 8_000

export class Declined extends Schema.TaggedError<Declined>()("Declined", { code: Schema.Number }) {}

export type Meaning = Effect.Effect<number, Declined, Run | Scope.Scope>

/**
 * Something that workflow code can do and that only some schedules have in their programs. Three of four schedules have none: what is
 * found there is found as fast as if there were no features.
 */
export interface Feature<Args = any> {
  readonly name: string
  /** Draws a call. JSON: it stands in the plan and in the run's input. */
  readonly args: fc.Arbitrary<Args>
  /** What the call does in a body. `go` runs a term that stands in its arguments. */
  readonly call: (args: Args, value: number, body: Body) => Meaning
  /** Draws what the outside does to a run of such a program, with `acts.ts` to say how. Default: nothing. */
  readonly acts?: fc.Arbitrary<unknown>
  /** What hosts are given besides the vocabulary of all programs. */
  readonly workflows?: ReadonlyArray<AnyWorkflow>
  readonly steps?: ReadonlyArray<AnyStep>
  /** A schedule that has it has no other. Default: false. */
  readonly isAlone?: boolean
}

export interface Body {
  /** Of the whole body, as it stands in its input. Undefined: a child run's. */
  readonly program: string | undefined
  readonly trace: Trace
  /** Of the vocabulary of all programs. */
  readonly stepOf: (name: StepName) => Step<string, Input, number, Declined, never>
  /** The code is that of an older build: it knows nothing of patches. */
  readonly isOlder: boolean
  readonly go: (term: Term, value?: number) => Meaning
}
