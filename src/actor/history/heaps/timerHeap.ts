import type { TimerCommand } from "../command.ts"
import { BinaryHeap } from "./binaryHeap.ts"

interface SetTimer {
  readonly timer: TimerCommand
  /** How many were set before it. */
  readonly number: number
}

/**
 * The timers that a run has set: the one that is due first, and of those due at one time the one that was set first. A heap,
 * because a run may have ten thousand of them, and each message asks for the first.
 *
 * A timer that was given up stays until it comes to the top. `isOpen` tells which those are.
 */
export class TimerHeap {
  private readonly heap = new BinaryHeap<SetTimer>(compare)
  private readonly isOpen: (timer: TimerCommand) => boolean
  /** Timers set so far. */
  count = 0

  constructor(isOpen: (timer: TimerCommand) => boolean) {
    this.isOpen = isOpen
  }

  add(timer: TimerCommand, openCount: number): void {
    // Time-outs that were not needed would stay until they are due, which may be in months.
    if (this.heap.size > 2 * openCount + 64) this.heap.keep((one) => this.isOpen(one.timer))
    this.heap.add({ timer, number: this.count++ })
  }

  /** The open ones that were set when `count` had been, in that order. */
  setSince(count: number): ReadonlyArray<TimerCommand> {
    const since = this.heap.items.filter((one) => one.number >= count && this.isOpen(one.timer))
    return since.sort((a, b) => a.number - b.number).map(({ timer }) => timer)
  }

  /** The first of those due at `time` or before, and how many were set before it. It stays in the heap. */
  first(time: number): SetTimer | undefined {
    for (let top = this.heap.first; top !== undefined && top.timer.due <= time; top = this.heap.first) {
      if (this.isOpen(top.timer)) return top
      this.heap.removeFirst()
    }
    return undefined
  }
}

const compare = (a: SetTimer, b: SetTimer): number => a.timer.due - b.timer.due || a.number - b.number
