/** How soon a turn wants to begin, the most urgent first. */
export type Urgency = "timer" | "outcome" | "doorbell"

/** What a turn of each kind may wait for others: a timer is late already, a doorbell has been under way for longer than this. */
const patienceMs: Record<Urgency, number> = { timer: 0, outcome: 50, doorbell: 100 }

interface Ready {
  readonly deadline: number
  readonly begin: () => void
}

export interface TurnScheduleOptions {
  readonly now: () => number
  /** Calls later in this turn of the event loop, when all that came together has been submitted. */
  readonly soon: (call: () => void) => void
  /** Calls in the next turn of the event loop, when what the turns wrote has been flushed. */
  readonly next: (call: () => void) => void
}

/**
 * Decides which run goes first when several want a turn at once: the one with the earliest deadline. So timers do not wait for the
 * work that earlier timers set off, and nothing waits for ever. A burst is taken in slices with a turn of the event loop between
 * them, so that what the first runs ask for is on its way while the last ones still wait.
 */
export class TurnSchedule {
  private readonly options: TurnScheduleOptions
  /** First in, first out; within a kind, deadlines come in that order. */
  private readonly ready: Record<Urgency, Array<Ready>> = { timer: [], outcome: [], doorbell: [] }
  private begun = { timer: 0, outcome: 0, doorbell: 0 }
  private scheduled = false

  constructor(options: TurnScheduleOptions) {
    this.options = options
  }

  add(urgency: Urgency, begin: () => void): void {
    this.ready[urgency].push({ deadline: this.options.now() + patienceMs[urgency], begin })
    if (this.scheduled) return
    this.scheduled = true
    this.options.soon(this.slice)
  }

  private readonly slice = (): void => {
    const end = this.options.now() + sliceMs
    for (let one = this.take(); one !== undefined; one = this.take()) {
      try {
        one.begin()
      } catch (error) {
        // Reported like any error that nobody expects; the others begin all the same.
        this.options.next(this.slice)
        throw error
      }
      if (this.options.now() >= end) return this.options.next(this.slice)
    }
    this.scheduled = false
  }

  private take(): Ready | undefined {
    let first: Urgency | undefined
    for (const urgency of urgencies) {
      const one = this.ready[urgency][this.begun[urgency]]
      if (one === undefined) continue
      if (first === undefined || one.deadline < (this.ready[first][this.begun[first]] as Ready).deadline)
        first = urgency
    }
    if (first === undefined) return undefined
    const queue = this.ready[first]
    const one = queue[this.begun[first]++]
    // Entries that have begun are dropped even if the queue never runs empty: they would pile up.
    if (2 * this.begun[first] >= queue.length) {
      queue.splice(0, this.begun[first])
      this.begun[first] = 0
    }
    return one
  }
}

export const eventLoop: TurnScheduleOptions = {
  now: () => performance.now(),
  soon: queueMicrotask,
  next: setImmediate
}

const urgencies = ["timer", "outcome", "doorbell"] as const

const sliceMs = 4
