import type { Delivery } from "../stepQueue.ts"

interface Waiting {
  readonly delivery: Delivery
  readonly tag: string | null
  /** How many came before it. */
  readonly number: number
  cleared: boolean
}

/**
 * Timers and wake-ups that were claimed on the way in, waiting in memory for their time: when it comes they are handed over without
 * a query. The table has them too, hidden until some time after they are due, for the case that this process is no more then.
 */
export class HandedTimers {
  /** A binary heap, the earliest first; of those of one time the one that was sent first. */
  private readonly heap: Array<Waiting> = []
  private added = 0
  private readonly byTag = new Map<string, Waiting>()

  get hasRoom(): boolean {
    return this.heap.length < maxWaiting
  }

  /** When the earliest is due; undefined if there is none. */
  get nextAt(): number | undefined {
    return this.heap[0]?.delivery.message.notBefore
  }

  add(delivery: Delivery, tag: string | null): void {
    const one: Waiting = { delivery, tag, number: this.added++, cleared: false }
    if (tag !== null) this.byTag.set(tag, one)
    this.heap.push(one)
    this.rise(this.heap.length - 1)
  }

  /** One that is not here is somebody else's. */
  clear(tag: string): void {
    const one = this.byTag.get(tag)
    if (one === undefined) return
    // It leaves the heap when its time comes; till then it takes room, and no more than that.
    one.cleared = true
    this.byTag.delete(tag)
  }

  takeDue(now: number, limit: number): ReadonlyArray<Delivery> {
    const due: Array<Delivery> = []
    while (due.length < limit && (this.nextAt ?? Number.POSITIVE_INFINITY) <= now) {
      const { delivery, tag, cleared } = this.takeFirst()
      if (cleared) continue
      if (tag !== null) this.byTag.delete(tag)
      due.push(delivery)
    }
    return due
  }

  private takeFirst(): Waiting {
    const first = this.heap[0] as Waiting
    const last = this.heap.pop() as Waiting
    if (this.heap.length > 0) {
      this.heap[0] = last
      this.sink(0)
    }
    return first
  }

  private rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.isBefore(at, parent)) return
      this.swap(parent, at)
      at = parent
    }
  }

  private sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1
      const least = this.isBefore(left + 1, left) ? left + 1 : left
      if (!this.isBefore(least, at)) return
      this.swap(least, at)
      at = least
    }
  }

  /** Nothing is not before anything. */
  private isBefore(a: number, b: number): boolean {
    const [one, other] = [this.heap[a], this.heap[b]]
    if (one === undefined || other === undefined) return false
    const apartMs = one.delivery.message.notBefore - other.delivery.message.notBefore
    return apartMs < 0 || (apartMs === 0 && one.number < other.number)
  }

  private swap(a: number, b: number): void {
    const { heap } = this
    const one = heap[a] as Waiting
    heap[a] = heap[b] as Waiting
    heap[b] = one
  }
}

/** The rest waits in the table alone. */
const maxWaiting = 20_000
