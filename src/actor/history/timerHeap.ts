import type { TimerCommand } from "./command.ts"

interface SetTimer {
  readonly timer: TimerCommand
  /** How many were set before it. */
  readonly number: number
}

/**
 * The timers that a run has set, the one that is due first on top; of those due at one time the one that was set first. A
 * binary heap, as a run may have ten thousand of them and each message asks for the first.
 *
 * One that was given up stays until it comes to the top: `isOpen` tells.
 */
export class TimerHeap {
  private heap: Array<SetTimer> = []
  private readonly isOpen: (timer: TimerCommand) => boolean
  /** Timers set so far. */
  count = 0

  constructor(isOpen: (timer: TimerCommand) => boolean) {
    this.isOpen = isOpen
  }

  add(timer: TimerCommand, openCount: number): void {
    // Time-outs that were not needed would pile up till they are due, in months maybe.
    if (this.heap.length > 2 * openCount + 64)
      this.heap = this.heap.filter((one) => this.isOpen(one.timer)).sort(compare)
    this.heap.push({ timer, number: this.count++ })
    this.rise(this.heap.length - 1)
  }

  /** The first of those due at `time` or before, and how many were set before it. It stays. */
  first(time: number): SetTimer | undefined {
    for (let top = this.heap[0]; top !== undefined && top.timer.due <= time; top = this.heap[0]) {
      if (this.isOpen(top.timer)) return top
      this.removeTop()
    }
    return undefined
  }

  private removeTop(): void {
    const last = this.heap.pop() as SetTimer
    if (this.heap.length === 0) return
    this.heap[0] = last
    this.sink(0)
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
    return one !== undefined && other !== undefined && compare(one, other) < 0
  }

  private swap(a: number, b: number): void {
    const { heap } = this
    const one = heap[a] as SetTimer
    heap[a] = heap[b] as SetTimer
    heap[b] = one
  }
}

const compare = (a: SetTimer, b: SetTimer): number => a.timer.due - b.timer.due || a.number - b.number
