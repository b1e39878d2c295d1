import type { SeededNumbers } from "../draws/seededNumbers.ts"
import { owning } from "./strays.ts"

/** What may be another when a run is replayed: on another day, in another process, on another machine. */
export type Factor = "clock" | "random" | "environment" | "locale" | "timeZone" | "machine" | "hashes"

export const allFactors: ReadonlyArray<Factor> = [
  "clock",
  "random",
  "environment",
  "locale",
  "timeZone",
  "machine",
  "hashes"
]

export interface Surroundings {
  /** Epoch milliseconds that the wall clock shows if it is not changed. */
  readonly now: () => number
  /** Those that answer otherwise than they would. */
  readonly changed: ReadonlySet<Factor>
  /** The changes differ from round to round. Default 0. */
  readonly round?: number
  /** They differ from schedule to schedule as well: a whole number of 0 or more. Default 0. */
  readonly luck?: number
  /** Where randomness comes from: of a run that is taken turn by turn, the same for all turns. Default: anew, from `luck`. */
  readonly draws?: SeededNumbers
  /** Told what was asked for, and from where. */
  readonly onLook?: (what: string, factor: Factor) => void
  /** Told where async calls were begun that go on afterwards. */
  readonly onStray?: (place: string) => void
}

/**
 * How fast a changed clock goes. Code that takes the difference of two looks would not notice a mere shift. In a real replay no time
 * passes, so code that looks before a step and after it sees a clock that stands still.
 */
export const rates = [1, 0, 2_000, 1] as const

/** How many rounds there are that differ. */
export const rounds = rates.length

let current: Surroundings | undefined
let isLooking = false

/** Those of the run that is being taken or replayed at this moment, or of a module that is loaded anew; undefined otherwise. */
export const currentSurroundings = (): Surroundings | undefined => current

let loading = false

/** A module is being loaded anew: not in one go, so that whatever else goes on meanwhile sees its surroundings, too. */
export const isLoading = (): boolean => loading

export const isChanged = (factor: Factor): boolean => current?.changed.has(factor) === true

export const look = (what: string, factor: Factor): void => {
  // Whoever is told finds out the place, and may ask for the working directory to do so.
  if (current?.onLook === undefined || isLooking) return
  isLooking = true
  try {
    current.onLook(what, factor)
  } finally {
    isLooking = false
  }
}

/** Asynchronous: everybody sees these. */
export const loadedUnder = async <A>(surroundings: Surroundings, load: () => PromiseLike<A> | A): Promise<A> => {
  current = surroundings
  loading = true
  try {
    return await load()
  } finally {
    current = undefined
    loading = false
  }
}

/** Synchronous: nobody else ever sees these surroundings. */
export const surroundedBy = <A>(surroundings: Surroundings, body: () => A): A => {
  current = surroundings
  const { onStray } = surroundings
  try {
    // Synchronous: whatever goes on later goes on outside.
    return onStray === undefined ? body() : owning({ isOver: () => true, onStray }, body)
  } finally {
    current = undefined
  }
}
