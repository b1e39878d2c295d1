import type { Moment } from "./moments.ts"
import type { Shared } from "./shared.ts"

/** What happens next. */
export type Choice =
  | { readonly do: "put"; readonly index: number }
  | { readonly do: "fire"; readonly timer: string }
  | { readonly do: "ring" | "deliver" | "dead"; readonly host: number; readonly letter: string }
  | { readonly do: "effect" | "answer"; readonly host: number; readonly request: number }
  | { readonly do: "wake" | "crash"; readonly host: number }

export interface HostState {
  /** Which process of the host: one more than its crashes. */
  readonly life: number
  readonly isGone: boolean
  readonly moment: Moment
  /** Requests that have taken effect, with the answers that are on their way. */
  readonly answers: ReadonlyArray<{ readonly request: number; readonly value: unknown; readonly key: string }>
}

export interface State {
  readonly shared: Shared
  readonly hosts: ReadonlyArray<HostState>
  /** Of `SmallWorld.meanwhile`: those that have been put. */
  readonly put: ReadonlySet<number>
  /** Of these, how many there may still be. */
  readonly redeliveries: number
  readonly deadLetters: number
  readonly crashes: number
  /** Two states with one key have the same futures. */
  readonly key: string
}

/** What is left out of all that might happen. */
export interface Bounds {
  /** Deaths of hosts in one course of events. */
  readonly crashes: number
  /** A host that has died is there again at once, with nothing in memory. Otherwise the others are left. */
  readonly comesBack: boolean
  /** Leave out courses of events that come to the same as others, by the rules of `reductions.ts`. */
  readonly isReduced: boolean
}
