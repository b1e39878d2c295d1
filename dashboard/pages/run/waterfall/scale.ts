import type { TimelineCommand } from "../../../api/shapes.ts"

export type ScaleKind = "time" | "order"

export interface Scale {
  /** Where a moment stands, from 0 to 100. */
  readonly at: (time: number) => number
  readonly ticks: ReadonlyArray<{ readonly at: number; readonly time: number }>
}

const ticksAt = [0, 25, 50, 75, 100]

/** By time, or with the same room between any two moments, so that a week of sleep does not hide the minute before it. */
export const makeScale = (
  kind: ScaleKind,
  from: number,
  to: number,
  commands: ReadonlyArray<TimelineCommand>
): Scale => {
  const span = Math.max(1, to - from)
  if (kind === "time") {
    return {
      at: (time) => clamp(((time - from) / span) * 100),
      ticks: ticksAt.map((at) => ({ at, time: from + (span * at) / 100 }))
    }
  }
  const moments = [
    ...new Set([from, to, ...commands.flatMap(momentsOf).filter((time) => time >= from && time <= to)])
  ].sort((a, b) => a - b)
  const steps = Math.max(1, moments.length - 1)
  const at = (time: number): number => {
    const above = upperBound(moments, time)
    if (above === 0) return 0
    if (above >= moments.length) return 100
    const before = moments[above - 1] ?? from
    const after = moments[above] ?? to
    return clamp(((above - 1 + (time - before) / Math.max(1, after - before)) / steps) * 100)
  }
  return { at, ticks: ticksAt.map((at) => ({ at, time: moments[Math.round((steps * at) / 100)] ?? to })) }
}

/**
 * From when to when a command is drawn, in a run that began at `from`; what goes on up to `until`. What a retried, reset or forked run asks for anew
 * it has, by the clock of its body, asked for before it began: it did not take so long.
 */
export const spanOf = (
  { endedAt, issuedAt, state }: Pick<TimelineCommand, "endedAt" | "issuedAt" | "state">,
  from: number,
  until: number
): { readonly begin: number; readonly end: number } => {
  const asked = issuedAt ?? from
  const end = endedAt ?? (state === "open" ? until : asked)
  return { begin: end > from ? Math.max(asked, from) : asked, end }
}

/** One wait takes most of the time: beside it all else would be a stroke. */
export const isLopsided = (from: number, to: number, commands: ReadonlyArray<TimelineCommand>): boolean => {
  const moments = [...new Set([from, to, ...commands.flatMap(momentsOf)])].sort((a, b) => a - b)
  const widest = moments.reduce((most, time, at) => Math.max(most, time - (moments[at - 1] ?? time)), 0)
  return moments.length > 2 && widest > (to - from) * 0.7
}

const momentsOf = ({ issuedAt, startedAt, endedAt }: TimelineCommand): ReadonlyArray<number> =>
  [issuedAt ?? undefined, startedAt, endedAt].filter((time) => time !== undefined)

const clamp = (percent: number) => Math.min(100, Math.max(0, percent))

const upperBound = (sorted: ReadonlyArray<number>, value: number): number => {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low
}
