import { adoptedTime, readEntry } from "../../src/actor/history/entry.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { isOpen, numberIn, rightAnswers } from "../acts/answerCallback.ts"
import type { SimulatedCallbacks } from "../services/simulatedCallbacks.ts"
import type { SimulatedTable, TableObserver } from "../services/simulatedTable.ts"
import type { Trace } from "../workload/trace.ts"
import { maxSkewMs } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import type { CopyInvariants } from "./copies/copyInvariants.ts"

/**
 * S20: a callback takes one answer, by the token that was signed for it, while it is open; the body gets that answer and no other, and
 * gives up waiting when the time-out is over or a heartbeat was missed, and not before.
 */
export class CallbackInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly callbacks: SimulatedCallbacks

  private readonly copies: CopyInvariants | undefined

  constructor(world: World, table: SimulatedTable, callbacks: SimulatedCallbacks, copies?: CopyInvariants) {
    this.copies = copies
    this.world = world
    this.table = table
    this.callbacks = callbacks
  }

  rowPut(runId: string, row: Message): void {
    if (this.copies?.isCopied(runId, row) === true) return
    if (row.kind !== "callback" || rightAnswers.get(this.world)?.has(`${runId} ${row.key} ${row.id}`)) return
    throw this.world.violate("S20", `${messageKey(row)} of ${runId} was put by who has no token for it`)
  }

  headWritten(runId: string, before: Head | undefined, head: Head): void {
    if (!head.tail.some((entry) => entry.includes("callback/"))) return
    for (const entry of head.tail) {
      const { key: row } = readEntry(entry)
      if (!row.startsWith("callback/")) continue
      const key = row.slice("callback/".length)
      if (isOpen(head, key))
        throw this.world.violate(
          "S20",
          `${runId} has adopted ${entry}, and goes on waiting for it (v${before?.version ?? 0})`
        )
    }
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    this.callbacks.forget(runId)
  }

  /** What the body was seen to get, in the replay of this order, whose head this is. */
  checkTrace(runId: string, head: Head, order: ReadonlyArray<string>, trace: Trace): void {
    const { callbacks, table, world } = this
    for (const { key, value } of trace.answers) {
      const entry = order.find((one) => readEntry(one).key === `callback/${key}`)
      const row = table.row(runId, `callback/${key}`)
      if (entry === undefined || row?.kind !== "callback" || readEntry(entry).isSetAside || numberIn(row) !== value)
        throw world.violate("S20", `${runId} has got ${value} for callback ${key}, which is not what was answered`)
      const expiresAt = callbacks.expiryOf(runId, key)
      if (expiresAt !== undefined && adoptedTime(entry, row) >= expiresAt)
        throw world.violate("S20", `${runId} has got an answer to callback ${key} after it had expired`)
    }
    for (const { at, heartbeatMs, key, limit } of trace.late) {
      if (isOpen(head, key))
        throw world.violate("S20", `${runId} has given up callback ${key}, and its head has it open`)
      if (at < limit) throw world.violate("S20", `${runId} gave up callback ${key} at ${at}, before ${limit}`)
      if (heartbeatMs === null) continue
      const expiresAt = callbacks.firstExpiryOf(runId, key) ?? Number.POSITIVE_INFINITY
      const heard = callbacks.beatsOf(runId, `callback/${key}`).some((beat) => {
        // Written well before the run looked, and young enough.
        return beat.writtenAt < at - 20 * maxSkewMs && beat.at > at - heartbeatMs + maxSkewMs
      })
      if (heard && at < expiresAt)
        throw world.violate("S20", `${runId} gave up callback ${key} at ${at}, though it had been heard of`)
    }
  }
}
