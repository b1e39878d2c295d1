import { adoptedKey } from "../../src/actor/history/entry.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import type { StoredRun } from "../../src/store/runTable.ts"
import type { Fleet } from "../world/fleet.ts"
import type { SimulatedQueue } from "./simulatedQueue.ts"
import type { SimulatedStream } from "./simulatedStream.ts"
import type { SimulatedTable } from "./simulatedTable.ts"
import type { SimulatedTimers } from "./simulatedTimers.ts"

interface Seen {
  readonly fleet: Fleet
  readonly queue: SimulatedQueue
  readonly stream: SimulatedStream
  readonly table: SimulatedTable
  readonly timers: SimulatedTimers
}

/** What a schedule has had of that which all of them together must have, beside its faults. */
export const seenIn = ({ fleet, queue, stream, table, timers }: Seen): ReadonlyArray<string> => {
  const seen: Record<string, boolean> = {
    conflict: table.conflicts.length > 0,
    zombie: fleet.machines.some(({ zombies }) => zombies > 0),
    crash: fleet.machines.some(({ crashes }) => crashes > 0),
    redeliveredMessage: queue.redelivered > 0,
    redeliveredBatch: stream.redelivered > 0,
    lateTimer: timers.late > 0,
    trimmed: stream.trimmed > 0
  }
  return Object.keys(seen).filter((what) => seen[what] === true)
}

/** A run has ended, and a signal was there that it had not taken. */
export const hasLateSignal = (stored: StoredRun, head: Head): boolean => {
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return stored.messages.some((row) => row.kind === "signal" && !adopted.has(messageKey(row)))
}
