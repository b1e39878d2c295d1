import type * as Context from "effect/Context"
import type { FailedTry, Message, StartMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { SentAhead } from "../../store/commits.ts"
import type { Delivery } from "../../store/stepQueue.ts"
import type { StepsUnderWay } from "../steps/underWay.ts"
import type { EarlyStarts } from "./earlyStarts.ts"
import type { LoadOptions } from "./loadRun.ts"
import { trim } from "./warmRun.ts"

/** What a turn is for. */
export interface Work {
  /** Rows in hand that may not be in the inbox yet. */
  rows: ReadonlyArray<Message>
  /** Queue messages that are done with once the rows are durable. */
  done: ReadonlyArray<Delivery>
  /** Keys of rows that were put by others. */
  doorbells: ReadonlyArray<string>
  /** Rung without a key: look at all rows. */
  readonly lookAtAll: boolean
  /**
   * Adopt what came even if the run asks for nothing by it. So does whoever holds a doorbell: with it the wake-up is spent. A
   * direct turn leaves such rows to their doorbell, so that a hundred outcomes of a fan-out cost one commit.
   */
  readonly mustCommit: boolean
  /**
   * A doorbell or a queue message is in somebody's hands, and comes again if this process dies over the turn. Otherwise nobody would know that it
   * was begun.
   */
  readonly comesAgain: boolean
  /** A start of which the turn was told before it is durable. Nothing else is in its hands. Default: none. */
  readonly begins?: StartMessage
  /** What earlier attempts at this turn have sent ahead of a commit that has not come to stand. Default: nothing. */
  readonly sent?: SentAhead
  /** Inline steps that earlier attempts at this turn have run, and whose outcomes are not durable yet. Default: none. */
  readonly ran?: InlineEnds
}

export const isRung = ({ doorbells, lookAtAll }: Work): boolean => lookAtAll || doorbells.length > 0

/** By key and fingerprint. */
export type InlineEnds = Map<string, InlineEnd>

/** What an inline step came to. */
export interface InlineEnd {
  readonly outcome: Outcome
  readonly attempts: number
  readonly startedAt: number
  readonly tries?: ReadonlyArray<FailedTry> | undefined
  /** Which execution it was, where that has emitted. */
  readonly execution?: string | undefined
}

export interface TurnOptions extends LoadOptions {
  readonly services: Context.Context<never>
  /** Told when a commit stands after which nobody waits for a step. Default: nobody is told. */
  readonly underWay?: StepsUnderWay
  /** Where turns begin with starts that are not durable yet. Default: nowhere. */
  readonly early?: EarlyStarts
}

export type TurnEnd = "settled" | "again"

/** What attempts at one turn have done that no commit has taken over yet. */
export interface Attempt {
  readonly sent: SentAhead
  readonly ran: InlineEnds
}

/**
 * By run: what attempts at a turn have done that came to no commit, because the store was away for too long or the run was parked. The
 * next attempt, with the next event or at the sweeper's next look, does not do it again.
 */
export class AttemptMemory {
  private readonly sent = new Map<string, SentAhead>()
  private readonly ran = new Map<string, InlineEnds>()

  /** Whoever takes it keeps what is left of it. */
  take(runId: string): Attempt {
    if (this.sent.size === 0 && this.ran.size === 0) return { sent: {}, ran: new Map() }
    const attempt = { sent: this.sent.get(runId) ?? {}, ran: this.ran.get(runId) ?? new Map() }
    this.sent.delete(runId)
    this.ran.delete(runId)
    return attempt
  }

  keep(runId: string, { sent, ran }: Attempt): void {
    if (sent.attempt !== undefined) {
      trim(this.sent, sentCapacity - 1)
      this.sent.set(runId, sent)
    }
    if (ran.size > 0) {
      trim(this.ran, ranCapacity - 1)
      this.ran.set(runId, ran)
    }
  }
}

const sentCapacity = 10_000
/** Their outcomes may be large: that may be why they are not stored. */
const ranCapacity = 256
