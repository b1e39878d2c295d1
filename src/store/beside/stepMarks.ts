import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import type { Payload } from "../../actor/values/payload.ts"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/** Of one step of one run: who has begun it last, and what it has told since. */
export interface StepMark {
  /** 1 for the first one; one more each time that it is written over. */
  readonly version: number
  /** Of the execution that has begun, by whom it is told from others of the same attempt. */
  readonly token: string
  readonly attempt: number
  /** The writer's clock, epoch milliseconds. */
  readonly at: number
  /** What its heartbeats have told last; taken over from executions before it until it tells something itself. */
  readonly details?: Payload
  /** Nobody has begun it in time, and nobody may. */
  readonly expired?: true
}

/**
 * Marks beside the inbox, for steps whose options ask for them. One item for each step, written over; it is no message, turns nothing and stands in no history.
 * Reads are strong. Contract: `test/store/stepMarksContract.ts`.
 */
export class StepMarks extends Context.Service<
  StepMarks,
  {
    /** `address` as the run table takes it. */
    readonly read: (address: string, stepKey: string) => Effect.Effect<StepMark | undefined, StoreUnavailable>
    /**
     * Written if the mark that is there is the version before (none counts as 0), or this very one. Answers with the mark that is there otherwise; undefined:
     * it is written.
     */
    readonly write: (
      address: string,
      stepKey: string,
      mark: StepMark
    ) => Effect.Effect<StepMark | undefined, StoreUnavailable | StoreRefused>
  }
>()("dynactor/StepMarks") {}

/** Only for these a mark is written before the code runs. */
export const isMarked = (step: AnyStep): boolean =>
  step.atMostOnce || step.scheduleToStartMs !== undefined || step.details !== undefined

/** Were they written by one write, and no other of the same execution? */
export const isSameMark = (a: StepMark, b: StepMark): boolean =>
  a.token === b.token && a.version === b.version && JSON.stringify(a.details) === JSON.stringify(b.details)
