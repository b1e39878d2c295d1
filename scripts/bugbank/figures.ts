import type { Planted, Trial } from "./campaign.ts"

export interface Figures {
  readonly single: Count
  readonly pairs: Count
  readonly medianSchedules: number | null
  readonly worstSchedules: number | null
}

interface Count {
  readonly planted: number
  readonly caught: number
}

export const summarize = (trials: ReadonlyArray<Trial>): Figures => {
  const of = (kind: Planted["kind"]): Count => {
    const some = trials.filter(({ planted }) => planted.kind === kind)
    return { planted: some.length, caught: some.filter(({ verdict }) => verdict.caught).length }
  }
  const schedules = trials
    .flatMap(({ verdict }) => (verdict.caught ? [verdict.schedules] : []))
    .toSorted((a, b) => a - b)
  return {
    single: of("single"),
    pairs: of("pair"),
    medianSchedules: schedules[Math.floor(schedules.length / 2)] ?? null,
    worstSchedules: schedules.at(-1) ?? null
  }
}

/**
 * `size` of them in their order. Seeds that follow each other pick what follows: after all of them have had their turn, it is that
 * of the first again.
 */
export const pick = <A>(from: ReadonlyArray<A>, size: number, seed: number): ReadonlyArray<A> => {
  if (size >= from.length) return from
  const first = (seed * size) % from.length
  return Array.from({ length: size }, (_, index) => from[(first + index) % from.length] as A)
}
