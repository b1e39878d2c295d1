/** Something that will happen. */
export interface Event {
  readonly at: number
  /** Among events of one time, the order of their making. */
  readonly order: number
  readonly happen: () => void
}

/** What is to come, the earliest first: a binary heap. */
export class EventHeap {
  private readonly heap: Array<Event> = []
  private made = 0

  get size(): number {
    return this.heap.length
  }

  get nextAt(): number | undefined {
    return this.heap[0]?.at
  }

  add(at: number, happen: () => void): void {
    const { heap } = this
    const event: Event = { at, order: this.made++, happen }
    let child = heap.length
    heap.push(event)
    while (child > 0) {
      const parent = (child - 1) >> 1
      const other = heap[parent] as Event
      if (!isBefore(event, other)) break
      heap[child] = other
      child = parent
    }
    heap[child] = event
  }

  take(): Event | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      if (!isBefore(heap[child] as Event, last)) break
      heap[parent] = heap[child] as Event
      parent = child
    }
    heap[parent] = last
    return first
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
