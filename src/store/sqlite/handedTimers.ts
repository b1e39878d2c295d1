import { BinaryHeap } from "../../actor/history/heaps/binaryHeap.ts"
import type { Delivery } from "../stepQueue.ts"

interface Waiting {
  readonly delivery: Delivery
  readonly tag: string | null
  /** How many came before it. */
  readonly number: number
  cleared: boolean
}

/**
 * Timers and wake-ups that were claimed on the way in, and wait in memory for their time: then they are handed over without
 * a query. The table has them too, hidden until some time after they are due, in case this process has died by then.
 */
export class HandedTimers {
  /** The earliest first; of those of one time the one that was sent first. */
  private readonly heap = new BinaryHeap<Waiting>(compare)
  private added = 0
  private readonly byTag = new Map<string, Waiting>()

  get hasRoom(): boolean {
    return this.heap.size < maxWaiting
  }

  /** When the earliest is due; undefined if there is none. */
  get nextAt(): number | undefined {
    return this.heap.first?.delivery.message.notBefore
  }

  add(delivery: Delivery, tag: string | null): void {
    const one: Waiting = { delivery, tag, number: this.added++, cleared: false }
    if (tag !== null) this.byTag.set(tag, one)
    this.heap.add(one)
  }

  /** Does nothing for a timer that is not here: another process has it. */
  clear(tag: string): void {
    const one = this.byTag.get(tag)
    if (one === undefined) return
    // It leaves the heap when its time comes. Until then it only takes room.
    one.cleared = true
    this.byTag.delete(tag)
  }

  takeDue(now: number, limit: number): ReadonlyArray<Delivery> {
    const due: Array<Delivery> = []
    while (due.length < limit && (this.nextAt ?? Number.POSITIVE_INFINITY) <= now) {
      const { delivery, tag, cleared } = this.heap.removeFirst() as Waiting
      if (cleared) continue
      if (tag !== null) this.byTag.delete(tag)
      due.push(delivery)
    }
    return due
  }
}

const compare = (a: Waiting, b: Waiting): number =>
  a.delivery.message.notBefore - b.delivery.message.notBefore || a.number - b.number

/** Timers beyond this wait in the table only. */
const maxWaiting = 20_000
