import type { Input } from "./programs.ts"

/** What one actor's workflow was seen to do. It is no part of the run: a rebuilt actor has one of its own. */
export interface Trace {
  /** Compensations and finalizers of the whole run in the order of their registration: their ids. */
  readonly registered: Array<{ readonly id: number; readonly always: boolean }>
  /** Those that have begun, in order. */
  readonly begun: Array<number>
  /** Every look at a clock. */
  readonly times: Array<number>
  /** Signals, in the order in which they were received. */
  readonly received: Array<{ readonly name: string; readonly value: number }>
  /** Steps that were asked for, in order. */
  readonly asked: Array<{ readonly step: string; readonly input: Input }>
  /** Compensations and finalizers that are under way. */
  undoing: number
  /** Those that began while another was under way. */
  overlaps: number
  /** Sleeps that ended before their time. */
  shortSleeps: number
  /** Sleeps under way: when each is to end, in the order in which they began. */
  readonly asleep: Set<{ readonly due: number }>
  /** What is wrong with the order in which sleeps end and answers come; the first of it. */
  disorder: string | undefined
  /** Interruptions of what is to be compensated, which no cancellation may interrupt. */
  cut: number
}

export const emptyTrace = (): Trace => ({
  registered: [],
  begun: [],
  times: [],
  received: [],
  asked: [],
  undoing: 0,
  overlaps: 0,
  shortSleeps: 0,
  asleep: new Set(),
  disorder: undefined,
  cut: 0
})
