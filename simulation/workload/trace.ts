import type { Input } from "./programs.ts"

/** A sleep under way: when it began, and when it is to end. */
export interface Sleep {
  readonly from: number
  /** Put off where a copy goes on, unless it is a moment that the body has named. */
  due: number
  readonly isFixed?: boolean
}

/** What one actor's workflow was seen to do. It is no part of the run: a rebuilt actor has one of its own. */
export interface Trace {
  /** Compensations and finalizers of the whole run in the order of their registration: their ids. */
  readonly registered: Array<{ readonly id: number; readonly always: boolean }>
  /** Those that have begun, in order. */
  readonly begun: Array<number>
  /** Every look at a clock. */
  readonly times: Array<number>
  /** Signals, in the order in which they were received, by channel. */
  readonly received: Array<{ readonly name: string; readonly value: number }>
  /** Steps that were asked for, in order. */
  readonly asked: Array<{ readonly step: string; readonly input: Input }>
  /** What was set last of each state. */
  readonly published: Map<string, unknown>
  /** What was set last of each tag. */
  readonly tagged: Map<string, string | null>
  /** Updates whose handler has begun, in order, and whether its validator refuses them. */
  readonly handled: Array<{ readonly key: string; readonly isRefused: boolean }>
  /** The body has ended, with the fibers that it forked; its compensations may not have. */
  hasEnded: boolean
  /** Handlers that came to their end after that. */
  outlived: number
  /** Compensations and finalizers that are under way. */
  undoing: number
  /** Those that began while another was under way. */
  overlaps: number
  /** Sleeps that ended before their time. */
  shortSleeps: number
  /** Sleeps under way: when each is to end, in the order in which they began. */
  readonly asleep: Set<Sleep>
  /** When a step or child run was asked for last. Sleeps that had begun by then may end later, if the run was catching up. */
  askedAt: number
  /** What is wrong with the order in which sleeps end and answers come; the first of it. */
  disorder: string | undefined
  /** Collections of signals that are under way, by channel: what they have taken, nobody has received yet. */
  readonly collecting: Map<string, number>
  /** Sleeps until a moment that are under way. */
  readonly moments: Set<{ readonly due: number }>
  /** What is wrong with what a call has come to; the first of it. */
  astray: string | undefined
  /** The runtime asks for things of its own in the middle of waits: sleeps may end later than they were to. */
  isCatchingUp: boolean
  /** To callbacks, by key. */
  readonly answers: Array<{ readonly key: string; readonly value: number }>
  /** Callbacks that were given up: when, and before which time they must not have been. */
  readonly late: Array<{
    readonly key: string
    readonly at: number
    readonly limit: number
    readonly heartbeatMs: number | null
  }>
  /** What is wrong with a result of `forEachStep`; the first of it. */
  miscounted: string | undefined
  /** At each patch that it came to, whether it went the new way. */
  readonly ways: Array<{ readonly id: string; readonly isNew: boolean }>
  /** Interruptions of what is to be compensated, which no cancellation may interrupt. */
  cut: number
}

export const emptyTrace = (): Trace => ({
  registered: [],
  begun: [],
  times: [],
  received: [],
  asked: [],
  published: new Map(),
  tagged: new Map(),
  handled: [],
  hasEnded: false,
  outlived: 0,
  undoing: 0,
  overlaps: 0,
  shortSleeps: 0,
  asleep: new Set(),
  askedAt: Number.NEGATIVE_INFINITY,
  disorder: undefined,
  collecting: new Map(),
  moments: new Set(),
  astray: undefined,
  isCatchingUp: false,
  answers: [],
  late: [],
  miscounted: undefined,
  ways: [],
  cut: 0
})

/** A sleep has ended: at its time, and in its turn. */
export const noteWaking = (trace: Trace, own: Sleep, to: number): void => {
  if (to < own.due) trace.shortSleeps++
  if (trace.isCatchingUp) return
  if (trace.askedAt >= own.from) return
  if (to !== own.due) trace.disorder ??= `a sleep until ${own.due} ends at ${to}`
  let hasBegunBefore = true
  for (const other of trace.asleep) {
    if (other === own) hasBegunBefore = false
    if (trace.askedAt >= other.from || other === own) continue
    if (other.due < own.due) trace.disorder ??= `a sleep until ${own.due} ends before one until ${other.due}`
    if (other.due === own.due && hasBegunBefore)
      trace.disorder ??= `a sleep until ${own.due} ends, and not yet one until ${other.due}`
  }
}

/** A message has come: sleeps that were to end before its time must have ended. */
export const noteMessage = (trace: Trace, what: string, now: number): void => {
  if (trace.isCatchingUp) return
  for (const { from, due } of trace.asleep)
    if (trace.askedAt < from && due < now)
      trace.disorder ??= `${what} comes at ${now}, and a sleep until ${due} goes on`
}
