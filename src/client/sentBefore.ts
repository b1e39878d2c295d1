import { type CancelMessage, messageKey, previousOf, type SignalMessage } from "../actor/history/message.ts"
import type { PutResult } from "../store/runTable.ts"

interface Sent {
  /** Of rows that are durable, and that none of the others names: more than one where several were sent at a time. */
  readonly keys: ReadonlyArray<string>
  /** The latest time of any of them. */
  readonly at: number
}

/**
 * What one client has sent to each run last. The next message to that run names it (`previous`), and has no earlier time though
 * the client's clock may step back: so whatever the order in which a run hears of them, it adopts them as they were sent.
 */
export class SentBefore {
  private readonly last = new Map<string, Sent>()

  /** The message, with what stands before it. */
  after<M extends SignalMessage | CancelMessage>(runId: string, message: M): M {
    const last = this.last.get(runId)
    const previous = last?.keys.filter((key) => key !== messageKey(message)) ?? []
    if (last === undefined || previous.length === 0) return message
    return { ...message, at: Math.max(message.at, last.at), previous }
  }

  /** It is durable, or one of its key was before it. */
  noteSent(runId: string, message: SignalMessage | CancelMessage, result: PutResult): void {
    const row = result._tag === "Exists" ? result.message : message
    const last = this.last.get(runId)
    const key = messageKey(row)
    const named = new Set([key, ...previousOf(row)])
    const others = last?.keys.filter((one) => !named.has(one)) ?? []
    this.last.delete(runId)
    for (const oldest of this.last.keys()) {
      if (this.last.size < mostRuns) break
      this.last.delete(oldest)
    }
    this.last.set(runId, { keys: [...others, key].slice(-mostNamed), at: Math.max(row.at, last?.at ?? row.at) })
  }
}

/** Runs that were sent something last. Of one that falls out the next message names nothing: its time alone speaks for it. */
const mostRuns = 10_000

/** Rows are small. Of more signals at a time those that were acknowledged first are named no more. */
const mostNamed = 8
