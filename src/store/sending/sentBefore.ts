import { messageKey, type SentMessage } from "../../actor/history/message.ts"
import { lastSentWith, mostNamed } from "../reading/lastSent.ts"
import type { PutResult } from "../runTable.ts"

interface Sent {
  /** Of rows that are durable, and that none of the others names: more than one where several were sent at a time. */
  readonly keys: ReadonlyArray<string>
  /** The latest time of any of them. */
  readonly at: number
  /** There are others that the next message cannot name: it has a later time than they. */
  readonly isMore: boolean
  /** The first one that has any of them. */
  readonly generation: number
}

/**
 * What one client has sent to each run last. The next message to that run names it (`previous`), and has no earlier time though
 * the client's clock may step back: so whatever the order in which a run hears of them, it adopts them as they were sent.
 */
export class SentBefore {
  private readonly last = new Map<string, Sent>()

  /** The message, with what stands before it: what this client knows of, and what the store has of all senders, if it tells. */
  after<M extends SentMessage>(runId: string, message: M, stored: ReadonlyArray<string> = []): M {
    const last = this.last.get(runId)
    const known = new Set([...(last?.keys ?? []), ...stored])
    known.delete(messageKey(message))
    const previous = [...known]
    if (previous.length === 0) return message
    if (last === undefined) return { ...message, previous }
    return { ...message, at: Math.max(message.at, last.at + (last.isMore ? 1 : 0)), previous }
  }

  /** Rows that this client has sent last, and the first generation that has any of them. */
  lastOf(runId: string): Pick<Sent, "keys" | "generation"> | undefined {
    return this.last.get(runId)
  }

  /** It is durable, or one of its key was before it. */
  noteSent(runId: string, message: SentMessage, result: PutResult, generation = 0): void {
    const row = result._tag === "Exists" ? result.message : message
    const last = this.last.get(runId)
    const keys = lastSentWith(last?.keys ?? [], row)
    this.last.delete(runId)
    for (const oldest of this.last.keys()) {
      if (this.last.size < mostRuns) break
      this.last.delete(oldest)
    }
    this.last.set(runId, {
      keys: keys.slice(-mostNamed),
      at: Math.max(row.at, last?.at ?? row.at),
      generation: keys.length === 1 ? generation : Math.min(generation, last?.generation ?? generation),
      isMore: keys.length > mostNamed || (last?.isMore === true && keys.length === mostNamed)
    })
  }
}

/** Runs that were sent something last. Of one that falls out the next message names nothing: its time alone speaks for it. */
const mostRuns = 10_000
