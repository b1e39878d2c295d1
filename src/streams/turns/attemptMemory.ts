import type { SentAhead } from "../../store/commits.ts"
import { trim } from "./warmRun.ts"
import type { InlineEnds } from "./work.ts"

interface Attempt {
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
