import { hostsWorthADeath, isAnswered, isAsleep, whatMayAsWellBeFirst } from "./reductions.ts"
import type { Letter } from "./services.ts"
import type { SmallWorld } from "./smallWorlds.ts"
import type { Bounds, Choice, HostState, State } from "./state.ts"

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
