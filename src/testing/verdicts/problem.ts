import type { Recording } from "../world/schedule.ts"

export type ProblemKind =
  | "namesake"
  | "property"
  | "parked"
  | "nondeterminism"
  | "doubleEffect"
  | "compensation"
  | "defect"
  | "endless"

/** What is wrong with a schedule. */
export interface Problem {
  readonly kind: ProblemKind
  readonly title: string
  /** Sentences, a line each; made only when somebody is to read them. */
  readonly explain: () => ReadonlyArray<string>
  readonly cause?: unknown
}

export interface Judgement {
  /** By the name of a step, the one that undoes it. */
  readonly compensations: ReadonlyMap<string, string>
  /** Of the user's world, what counts as an effect; undefined if there is no world. */
  readonly effectsOf: ((world: unknown) => unknown) | undefined
  readonly mayDie: boolean
  readonly endless: boolean
  /** Another run of the same workflow, to be replayed in between. */
  readonly another: Recording | undefined
}
