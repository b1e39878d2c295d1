/** Many things of which the first is wanted, again and again: adding one and taking the first off cost the logarithm of how many there are. */
export class BinaryHeap<T> {
  private heap: Array<T> = []
  /** Below zero where the first argument comes before the second. */
  private readonly compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.compare = compare
  }

  get size(): number {
    return this.heap.length
  }

  get first(): T | undefined {
    return this.heap[0]
  }

  /** In no order. */
  get items(): ReadonlyArray<T> {
    return this.heap
  }

  add(item: T): void {
    this.heap.push(item)
    for (let at = this.heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.isBefore(at, parent)) return
      this.swap(parent, at)
      at = parent
    }
  }

  removeFirst(): T | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (last === undefined || this.heap.length === 0) return first
    this.heap[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const least = this.isBefore(left + 1, left) ? left + 1 : left
      if (!this.isBefore(least, at)) return first
      this.swap(least, at)
      at = least
    }
  }

  /** Drops the others. */
  keep(isKept: (item: T) => boolean): void {
    // What is sorted is a heap.
    this.heap = this.heap.filter(isKept).sort(this.compare)
  }

  /** False for a place behind the last one. */
  private isBefore(a: number, b: number): boolean {
    const [one, other] = [this.heap[a], this.heap[b]]
    return one !== undefined && other !== undefined && this.compare(one, other) < 0
  }

  private swap(a: number, b: number): void {
    const { heap } = this
    const one = heap[a] as T
    heap[a] = heap[b] as T
    heap[b] = one
  }
}
