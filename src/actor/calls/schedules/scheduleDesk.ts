import { isTriggered } from "./scheduledRunId.ts"
import type { Due, Live, Overlap, Recent, ScheduleState, ScheduleStatus } from "./scheduleSpec.ts"

/** The most that waits for a run before it to end, and that goes on at a time: each stands in the head. */
export const mostQueued = 1_000
export const mostLive = 1_000
const mostRecent = 5

/** What is to be done about a time that has come. */
export type Verdict = "start" | "cancelFirst" | "nothing"

/**
 * What a schedule knows, and what follows from it. Makes no effects: the run around it does what the verdicts say.
 */
export class ScheduleDesk {
  private state: ScheduleState

  constructor(state: ScheduleState) {
    this.state = state
  }

  get now(): ScheduleState {
    return this.state
  }

  set(change: Partial<ScheduleState>): void {
    this.state = { ...this.state, ...change }
  }

  /** A time has come, or somebody asks for a run now. */
  judge(due: Due, overlap: Overlap): Verdict {
    const { live, queue } = this.state
    const isBehind = live.length > 0 || queue.some(this.mayGo)
    if (overlap === "allow") return live.length < mostLive ? "start" : this.skip(due, `${mostLive} of its runs go on`)
    if (!isBehind) return "start"
    if (overlap === "skip") return this.skip(due, "the run before it goes on")
    if (overlap === "replace") {
      for (const other of queue) this.skip(other, "a later one has taken its place")
      this.set({ queue: [due] })
      this.note({ ...due, state: "queued" })
      return "cancelFirst"
    }
    if (queue.length >= mostQueued) return this.skip(due, `${mostQueued} wait already`)
    this.set({ queue: [...queue, due] })
    this.note({ ...due, state: "queued" })
    return "nothing"
  }

  /** The next that waited, if it waits no more. */
  takeQueued(): Due | undefined {
    const { live, queue } = this.state
    const first = queue.find(this.mayGo)
    if (first === undefined || live.length > 0) return undefined
    this.set({ queue: queue.filter((one) => one !== first) })
    return first
  }

  /** What somebody has asked for waits for no end of a pause. */
  private readonly mayGo = ({ runId }: Due): boolean =>
    this.state.paused === null || isTriggered(this.state.name, runId)

  started(due: Due): void {
    const { live, spec, started } = this.state
    this.set({ live: [...live, { ...due, workflow: spec.workflow }], started: started + 1 })
    this.note({ ...due, state: "started" })
  }

  ended(runId: string, state: Recent["state"], why?: string): void {
    const due: Live | undefined = this.state.live.find((one) => one.runId === runId)
    if (due === undefined) return
    const { live, started } = this.state
    this.set({ live: live.filter((one) => one !== due), started: state === "refused" ? started - 1 : started })
    this.note({ scheduledAt: due.scheduledAt, runId, state, ...(why === undefined ? {} : { why }) })
  }

  missed(from: number, until: number): void {
    this.note({ scheduledAt: from, state: "missed", ...(until === from ? {} : { until }) })
  }

  refused(due: Due, why: string): void {
    this.note({ ...due, state: "refused", why })
  }

  /** Nothing is under way or to be done but by the clock. */
  get isIdle(): boolean {
    const { backfills, live, queue } = this.state
    return backfills.length === 0 && live.length === 0 && queue.length === 0
  }

  private skip(due: Due, why: string): Verdict {
    this.set({ skipped: this.state.skipped + 1 })
    this.note({ scheduledAt: due.scheduledAt, state: "skipped", why })
    return "nothing"
  }

  /** The newest first; what is told of a run takes the place of what was told of it before. */
  private note(recent: Recent): void {
    const others = this.state.recent.filter((one) => recent.runId === undefined || one.runId !== recent.runId)
    this.set({ recent: [recent, ...others].slice(0, mostRecent) })
  }

  get status(): ScheduleStatus {
    const { after, backfills, live, paused, queue, recent, revision, skipped, started } = this.state
    // Some are enough to see: the status stands in the head.
    const shown = live.slice(-mostRecent).map(({ runId }) => runId)
    const ranges = backfills.slice(0, mostRecent).map((one) => ({ after: one.after, until: one.until }))
    const filling = ranges.length === 0 ? {} : { backfills: ranges }
    return { revision, paused, after, queued: queue.length, ...filling, live: shown, recent, started, skipped }
  }
}
