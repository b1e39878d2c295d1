import type { ParkReason } from "../errors.ts"
import type { TimerCommand } from "../history/command.ts"
import type { Ledger } from "../history/ledger.ts"
import type { Ending } from "../history/outcome.ts"
import type { LogicalClock } from "./logicalClock.ts"
import type { Parts } from "./parts.ts"

/** What of a run has a part in the passage of its time. */
interface Timed {
  readonly ledger: Ledger
  readonly now: number
  readonly parked: ParkReason | undefined
  readonly outcome: Ending | undefined
  readonly fire: (timer: TimerCommand, hasRow: boolean, live: boolean) => void
}

/** How time passes for one run. */
export class Passage {
  private readonly run: Timed
  private readonly ledger: Ledger
  private readonly clock: LogicalClock

  constructor(run: Timed, clock: LogicalClock) {
    this.run = run
    this.ledger = run.ledger
    this.clock = clock
  }

  /**
   * The clock goes on to `time`, and all timers that are due by then fire: in the order of their dues, those of one due in the
   * order in which they were set, each at its own time. A pure function of the history, which needs no row.
   *
   * A timer that is set meanwhile fires as well if it is due by then. But a run that sleeps for a second again and again must not
   * make up for a week without hosts second by second. So after {@link mostCaughtUp} such timers the clock jumps to `time`, and
   * what the run sets from then on counts from there.
   *
   * So it does with a step or child run that is asked for: nobody could answer before `time`. Counted from its due, a time-out
   * of half a second behind a sleep whose timer is a second late would have passed before its step was even sent.
   */
  passTime(time: number, own: string | undefined, live: boolean): Iterable<void> {
    // A parked run executes no more code: no timer may wake it. Nor does one that has ended.
    const goesOn = this.run.parked === undefined && this.run.outcome === undefined
    if (goesOn && this.ledger.firstDue(time) !== undefined) return this.fireDue(time, own, live)
    this.clock.advanceTo(time)
    return nothing
  }

  private *fireDue(time: number, own: string | undefined, live: boolean): Parts<void> {
    const setBefore = this.ledger.timersSet
    let caughtUp = 0
    for (let next = this.ledger.firstDue(time); next !== undefined; next = this.ledger.firstDue(time)) {
      if (next.number >= setBefore) caughtUp++
      this.clock.advanceTo(caughtUp > mostCaughtUp ? time : next.timer.due)
      const { asked } = this.ledger
      this.run.fire(next.timer, next.timer.key === own, live)
      if (this.run.parked !== undefined || this.run.outcome !== undefined) break
      if (this.ledger.asked > asked) this.askedAt(time, setBefore)
      yield
    }
    this.clock.advanceTo(time)
  }

  /** The world was asked for something in the middle of this: what was set on the way has as much time left as it had. */
  private askedAt(time: number, setBefore: number): void {
    const behindMs = time - this.run.now
    if (behindMs <= 0) return
    this.clock.advanceTo(time)
    this.ledger.postponeTimers(setBefore, behindMs)
  }
}

/** Of most messages no timer is the consequence, and a generator for each costs more than all else that is done about time. */
const nothing: Iterable<never> = []

/** Timers that are set and fire while one message is delivered, each at its own time. */
const mostCaughtUp = 1_000
