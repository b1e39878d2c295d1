import type { Planted, Trial } from "./campaign.ts"

export const bugbankFile = "docs/figures/bugbank.json"

/** Of a recorded pass over the whole bank. */
export interface BugbankFigures extends Figures {
  readonly date: string
  readonly seed: number
  /** Tried on each bug at most. */
  readonly schedulesAtMost: number
}

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
 * Those whose turn it is, of so many turns: as far from each other as can be, as neighbours resemble each other. Each has its turn once, then
 * it is that of the first again.
 */
export const pick = <A>(from: ReadonlyArray<A>, turns: number, turn: number): ReadonlyArray<A> =>
  from.filter((_, index) => index % turns === turn % turns)
