import type { Decisions } from "../draws/decisions.ts"
import type { Definitions } from "./definitions.ts"
import type { Performers } from "./performStep.ts"
import type { StepWorkers } from "./steps/stepCall.ts"

/** When virtual time begins: a Monday morning. */
export const startOfTime = Date.UTC(2026, 0, 5, 9)

/** Of the second of two runs that have nothing to do with each other. */
export const anotherRunId = "another"

export interface WorldOptions {
  readonly definitions: Definitions
  readonly performers: Performers
  readonly workers: StepWorkers
  readonly decisions: Decisions
  /** What a step takes from its command to its outcome if nothing special happens. */
  readonly latencyMs: number
  /** Default: {@link startOfTime}. */
  readonly startAt?: number
  /** What else is left to chance: see `Surroundings`. Default: 0. */
  readonly luck?: number
  /** Its runs are to be replayed. Default: true. */
  readonly isReplayed?: boolean
}
