import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"

/** Sees a fiber before each of its operations. */
export interface FiberWatcher {
  readonly watch: (fiber: Fiber.Fiber<unknown, unknown>) => void
}

/**
 * The synchronous scheduler of one run. A *slice* is what runs between `open` and the queue being empty: all of a workflow's
 * code runs inside slices, and nothing of it between them.
 *
 * Effect asks `shouldYield` before every operation. That makes it the place for two alarms: an operation outside a slice
 * (something resumed the workflow behind our back) and a slice that does not end (the budget).
 *
 * It never yields on its own account, so that the interleaving of fibers does not depend on how many operations a version of
 * a library spends.
 */
export class SliceScheduler implements Scheduler.Scheduler, Scheduler.SchedulerDispatcher {
  readonly executionMode = "sync"
  private buckets: Array<{ readonly priority: number; readonly tasks: Array<() => void> }> = []
  private isOpen = false
  private operations = 0
  private readonly budget: number
  /** Set once, by the first alarm; the run is parked and this scheduler is never opened again. */
  alarm: "stray" | "budget" | undefined
  /** The fiber that did something last: the one that ran out of the budget, or that everything waits for. */
  lastFiber: object | undefined
  private readonly onStray: (fiber: object | undefined) => void
  private readonly watcher: FiberWatcher | undefined

  constructor(budget: number, onStray: (fiber: object | undefined) => void, watcher?: FiberWatcher) {
    this.watcher = watcher
    this.budget = budget
    this.onStray = onStray
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    if (!this.isOpen) {
      this.stray(fiber)
      return true
    }
    this.lastFiber = fiber
    this.watcher?.watch(fiber)
    if (++this.operations > this.budget) {
      this.alarm ??= "budget"
      return true
    }
    return false
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this
  }

  scheduleTask(task: () => void, priority: number): void {
    if (!this.isOpen) this.stray(undefined)
    const index = this.buckets.findIndex((bucket) => bucket.priority >= priority)
    const bucket = this.buckets[index]
    if (bucket !== undefined && bucket.priority === priority) bucket.tasks.push(task)
    else this.buckets.splice(index === -1 ? this.buckets.length : index, 0, { priority, tasks: [task] })
  }

  /** Runs `first`, then everything that became runnable, until nothing is left or an alarm went off. */
  slice(first: () => void): void {
    if (this.alarm !== undefined) return
    this.isOpen = true
    this.operations = 0
    try {
      first()
      this.flush()
    } finally {
      this.isOpen = false
    }
  }

  flush(): void {
    while (this.alarm === undefined) {
      const bucket = this.buckets[0]
      if (bucket === undefined) return
      this.buckets.shift()
      for (const task of bucket.tasks) {
        task()
        if (this.alarm !== undefined) return
      }
    }
  }

  private stray(fiber: object | undefined): void {
    if (this.alarm !== undefined) return
    this.alarm = "stray"
    this.onStray(fiber)
  }
}
