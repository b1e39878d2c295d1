import { getHeapStatistics } from "node:v8"
import type { Actor } from "../../actor/actor.ts"
import type { ParkReason } from "../../actor/errors.ts"
import type { Head } from "../../actor/history/head.ts"
import { historyWeight } from "../../actor/history/weight/heldWeight.ts"

/**
 * An actor kept suspended between turns, with the head that it stands on. As long as the table's head is still that one, the
 * next message resumes it with no replay and no read but of the row itself.
 */
export interface WarmRun {
  readonly actor: Actor
  /** As last committed by us or read; undefined before the first commit. */
  head: Head | undefined
  /** The commit of `head` is not ours, or its notices and emitted values may not have been put. */
  noticesUncertain: boolean
  /** Of a copy that no commit stands for yet: the head that the table has. `head` is then that of its source, as far as it is of the copy. */
  uncopied?: { readonly head: Head | undefined } | undefined
  /** Code of inline steps has run since the last commit, and may have told others of what no head has yet. */
  hasTold?: boolean
}

/** As the table has it. */
export const storedHead = ({ head, uncopied }: WarmRun): Head | undefined =>
  uncopied === undefined ? head : uncopied.head

/**
 * The most recently used runs. What falls out is replayed when it is needed again: where there are more of them than there is to be room
 * for, or where they hold too much of what they were handed.
 */
export class WarmRuns {
  private readonly capacity: number
  private readonly mostHeld: number
  /** Characters that runs hold, of those that hold more than a little, the one that was turned last at the end. */
  private readonly heavy = new Map<string, number>()
  private held = 0
  private readonly runs = new Map<string, WarmRun>()
  /** The last of all runs, and of the heavy ones, in the order of their use. A run that is turned again and again need not be moved there each time. */
  private usedLast: string | undefined
  private weighedLast: string | undefined
  /** Runs known to be over: late doorbells for them need no read. */
  private readonly finished = new Map<string, true>()
  /** Runs that other hosts turn, and when the wake-up comes that this process has sent for each. */
  private readonly wakes = new Map<string, number>()
  private readonly stuck = new Map<string, string>()
  private readonly shared = new Map<string, ParkReason>()

  /** `mostHeld`: characters of payloads. Default: an eighth of the heap, as what is decoded stands beside its text, and all else needs room as well. */
  constructor(capacity: number, mostHeld = getHeapStatistics().heap_size_limit / 8) {
    this.capacity = capacity
    this.mostHeld = mostHeld
  }

  get(runId: string): WarmRun | undefined {
    const run = this.runs.get(runId)
    if (run !== undefined && this.usedLast !== runId) {
      this.runs.delete(runId)
      this.runs.set(runId, run)
      this.usedLast = runId
    }
    return run
  }

  /** Looked at, and not used: it is thrown out no later for it. */
  peek(runId: string): WarmRun | undefined {
    return this.runs.get(runId)
  }

  keep(runId: string, run: WarmRun): void {
    for (const oldest of this.runs.keys()) {
      if (this.runs.size < this.capacity) break
      this.evict(oldest)
    }
    if (this.capacity === 0) return
    this.runs.delete(runId)
    this.runs.set(runId, run)
    this.usedLast = runId
  }

  /** A turn is over. Where all of them hold too much, the heavy one that was turned longest ago falls out; the last one never does. */
  weigh(runId: string, run: WarmRun): void {
    const { held, order } = run.actor
    const characters = held.characters + historyWeight(order.length)
    if (characters === 0 || this.runs.get(runId) !== run) return
    if (this.weighedLast === runId) this.held -= this.heavy.get(runId) ?? 0
    else this.forgetWeight(runId)
    this.heavy.set(runId, characters)
    this.held += characters
    this.weighedLast = runId
    for (const oldest of this.heavy.keys()) {
      if (this.held <= this.mostHeld || oldest === runId) return
      this.evict(oldest)
    }
  }

  private forgetWeight(runId: string): void {
    if (this.heavy.size === 0) return
    this.held -= this.heavy.get(runId) ?? 0
    this.heavy.delete(runId)
  }

  evict(runId: string): void {
    this.runs.delete(runId)
    this.forgetWeight(runId)
  }

  finish(runId: string): void {
    this.evict(runId)
    trim(this.finished, finishedCapacity - 1)
    this.finished.set(runId, true)
  }

  isFinished(runId: string): boolean {
    return this.finished.has(runId)
  }

  /** When a wake-up comes, or came, that this process has sent; undefined if it knows of none. */
  wakeAt(runId: string): number | undefined {
    return this.wakes.get(runId)
  }

  wakeSent(runId: string, at: number): void {
    this.wakes.delete(runId)
    trim(this.wakes, wakesCapacity - 1)
    this.wakes.set(runId, at)
  }

  /**
   * A run that another run let go on (through a `Deferred` of a module, say) is not tried again in this process: the value is in the
   * module by now, and this run would take another run's value for its own. A run that is stuck is tried again, but not past the
   * point at which it was stuck.
   */
  noteParked(runId: string, { point }: Actor, reason: ParkReason): void {
    if (reason._tag !== "DeterminismViolation") return
    if (reason.violation === "stuck") note(this.stuck, runId, point)
    if (reason.violation === "shared") note(this.shared, runId, reason)
  }

  /** Where the run was stuck in this process. */
  stuckAt(runId: string): string | undefined {
    return this.stuck.get(runId)
  }

  /** Why the run cannot go on in this process. */
  sharedBy(runId: string): ParkReason | undefined {
    return this.shared.get(runId)
  }

  get size(): number {
    return this.runs.size
  }
}

const note = <A>(map: Map<string, A>, runId: string, value: A): void => {
  map.delete(runId)
  trim(map, parkedCapacity - 1)
  map.set(runId, value)
}

const parkedCapacity = 5_000
const finishedCapacity = 20_000
const wakesCapacity = 20_000

/** The oldest go first. */
export const trim = (map: Map<string, unknown>, size: number): void => {
  for (const key of map.keys()) {
    if (map.size <= size) return
    map.delete(key)
  }
}
