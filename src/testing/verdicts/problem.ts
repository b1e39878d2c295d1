import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { Recording } from "../world/schedule.ts"

export type ProblemKind =
  | "namesake"
  | "stray"
  | "property"
  | "parked"
  | "nondeterminism"
  | "doubleEffect"
  | "interleaving"
  | "sharing"
  | "compensation"
  | "defect"
  | "lostError"
  | "endless"

/** What is wrong with a schedule. */
export interface Problem {
  readonly kind: ProblemKind
  readonly title: string
  /** Sentences, a line each; made only when somebody is to read them. */
  readonly explain: () => ReadonlyArray<string>
  readonly cause?: unknown
}

/** The workflow out of a module that was loaded again. */
export interface Reloaded {
  readonly given: AnyWorkflow
  /** The same, and its input can be told. */
  readonly workflow: AnyWorkflow
  /** What the user's code asked for meanwhile, and where. */
  readonly looks: ReadonlyArray<string>
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
  /** The workflow as other processes have it. */
  readonly reloaded: ReadonlyArray<Reloaded>
}
