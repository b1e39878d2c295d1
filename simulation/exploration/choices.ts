import type { Moment } from "./moments.ts"
import { hostsWorthADeath, isAnswered, isAsleep, whatMayAsWellBeFirst } from "./reductions.ts"
import type { Letter } from "./services.ts"
import type { Shared } from "./shared.ts"
import type { SmallWorld } from "./smallWorlds.ts"

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

/** All that may happen next, but for crashes. In an order that depends on nothing but the way to this state. */
export const choicesOf = (small: SmallWorld, state: State, { isReduced }: Bounds): ReadonlyArray<Choice> => {
  const first = isReduced ? whatMayAsWellBeFirst(state) : undefined
  if (first !== undefined) return [first]
  const choices: Array<Choice> = []
  for (const [host, { moment, answers }] of state.hosts.entries()) {
    for (const { request } of answers) choices.push({ do: "answer", host, request })
    for (const { id } of moment.requests) {
      if (!isAnswered(answers, id)) choices.push({ do: "effect", host, request: id })
    }
    if (isAsleep(moment)) choices.push({ do: "wake", host })
  }
  for (const letter of state.shared.letters.values()) handOver(small, letter, state, choices)
  for (const timer of state.shared.timers.keys()) choices.push({ do: "fire", timer })
  for (const index of small.meanwhile.keys()) if (!state.put.has(index)) choices.push({ do: "put", index })
  return choices
}

const handOver = (small: SmallWorld, letter: Letter, state: State, choices: Array<Choice>): void => {
  const isHeld = letter.holder !== undefined
  const hasRoom = (host: number): boolean => {
    const { moment, isGone } = state.hosts[host] as HostState
    return !isGone && moment.activities - moment.over.length < small.atOnce
  }
  if (letter.message === undefined) {
    if (isHeld) return
    for (const host of small.listeners.filter(hasRoom)) choices.push({ do: "ring", host, letter: letter.id })
    return
  }
  for (const host of small.workers.filter(hasRoom)) {
    if (!isHeld || state.redeliveries > 0) choices.push({ do: "deliver", host, letter: letter.id })
    if (state.deadLetters > 0) choices.push({ do: "dead", host, letter: letter.id })
  }
}

/** Hosts that may die in a state to which this choice has led. */
export const mayDie = (choice: Choice, state: State, bounds: Bounds): ReadonlyArray<number> => {
  if (state.crashes >= bounds.crashes) return []
  const hosts = bounds.isReduced ? hostsWorthADeath(choice) : [...state.hosts.keys()]
  // Somebody must be left.
  return hosts
    .filter((host) => state.hosts.some(({ isGone }, other) => !isGone && (other !== host || bounds.comesBack)))
    .filter((host) => !state.hosts[host]?.isGone)
}
