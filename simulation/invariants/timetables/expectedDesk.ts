import type {
  Due,
  Overlap,
  Recent,
  ScheduleSpec,
  ScheduleState,
  ScheduleStatus
} from "../../../src/actor/calls/schedules/scheduleSpec.ts"
import { timesOf } from "./timesOf.ts"

const punctualMs = 60_000
const most = { atOnce: 100, live: 1_000, queued: 1_000, recent: 5 }

/** A run that a schedule was to start, and how. */
export interface Begun extends Due {
  /** None of those that its schedule had started before goes on then. */
  readonly isAlone: boolean
  /** As it is then. */
  readonly spec: ScheduleSpec
}

/** What is known of a time that has passed. */
export type Fate = "run" | "waits" | "skipped" | "missed" | "refused" | "paused"

/** What a schedule is to make of what it hears: the rules of docs/guide/schedules.md, told a second time. */
export class ExpectedDesk {
  state: ScheduleState
  /** What each time of it came to, the last word of it. */
  readonly fates = new Map<number, Fate>()
  /** Runs that were none of its own: their ids were taken. */
  readonly turnedAway = new Set<string>()
  /** In the order in which they were to start. */
  readonly begun: Array<Begun> = []
  /** How much later than its times a schedule starts its runs. */
  readonly shiftOf: (spec: ScheduleSpec) => number
  /** Which times it has had, and from when on. */
  readonly had: Array<{ readonly spec: ScheduleSpec; readonly from: number; until: number | undefined }> = []

  constructor(state: ScheduleState, shiftOf: (spec: ScheduleSpec) => number) {
    this.state = state
    this.shiftOf = shiftOf
  }

  get shift(): number {
    return this.shiftOf(this.state.spec)
  }

  /** Its times count from here on. */
  begins(from: number): void {
    const { spec } = this.state
    this.change({ after: from })
    this.had.push({ spec, from, until: undefined })
  }

  /** Other times are times to come. */
  becomes(spec: ScheduleSpec, now: number): void {
    const { after, paused } = this.state
    const until = now - this.shift
    for (const time of timesOf(this.state.spec, after ?? 0, until))
      this.fates.set(time, paused === null ? "missed" : "paused")
    const last = this.had.at(-1)
    if (last !== undefined) last.until = until
    this.change({ spec })
    this.begins(Math.max(after ?? 0, now - this.shiftOf(spec)))
  }

  /** Times that have passed, by then, and of which nobody can say what they came to. */
  unaccounted(until: number): ReadonlyArray<number> {
    return this.had.flatMap((one) =>
      timesOf(one.spec, one.from, Math.min(until, one.until ?? until)).filter((time) => !this.fates.has(time))
    )
  }

  change(change: Partial<ScheduleState>): void {
    this.state = { ...this.state, ...change }
  }

  /** The next time, as it is named. Undefined: none is to come. */
  get next(): number | undefined {
    const { after, spec } = this.state
    return timesOf(spec, after ?? 0, spec.endsAt ?? 0)[0]
  }

  /** Of the times that have come by `now`, which are run and which are passed over. Answers with those to start a run for. */
  come(now: number): ReadonlyArray<number> {
    const { after, spec } = this.state
    const all = timesOf(spec, after ?? 0, now)
    if (all.length === 0) return []
    const lateMs = spec.catchUp === "none" ? punctualMs : Math.max(punctualMs, Number(spec.catchUp))
    const wanted = spec.catchUp === "latest" ? all.slice(-1) : all.filter((time) => time >= now - lateMs)
    const taken = wanted.slice(0, most.atOnce)
    this.change({ after: taken.length === most.atOnce ? (taken.at(-1) as number) : now })
    const passed = all.filter((time) => time < (taken[0] ?? Number.POSITIVE_INFINITY))
    for (const time of passed) this.fates.set(time, "missed")
    this.missed(passed)
    return taken
  }

  /** Of times that are passed over only the first and the last are told. */
  missed(passed: ReadonlyArray<number>): void {
    const [first] = passed
    const last = passed.at(-1)
    if (first === undefined || last === undefined) return
    this.note({ scheduledAt: first, state: "missed", ...(last === first ? {} : { until: last }) })
  }

  /** Times up to this one are over, whatever they were. */
  passOver(until: number): void {
    const { after, spec } = this.state
    for (const time of timesOf(spec, after ?? 0, until)) this.fates.set(time, "paused")
    this.change({ after: Math.max(after ?? 0, until) })
  }

  judge(due: Due, overlap: Overlap): "start" | "wait" | "cancelOthers" {
    const { live, queue } = this.state
    const goesOn = live.length > 0 || queue.some((one) => this.mayGo(one))
    if (overlap === "allow") {
      if (live.length < most.live) return "start"
      return this.skip(due, `${most.live} of its runs go on`)
    }
    if (!goesOn) return "start"
    if (overlap === "skip") return this.skip(due, "the run before it goes on")
    if (overlap === "queue" && queue.length >= most.queued) return this.skip(due, `${most.queued} wait already`)
    if (overlap === "replace") for (const other of queue) this.skip(other, "a later one has taken its place")
    this.change({ queue: overlap === "replace" ? [due] : [...queue, due] })
    this.note({ ...due, state: "queued" })
    this.fate(due, "waits")
    return overlap === "replace" ? "cancelOthers" : "wait"
  }

  /** What waits, and waits no more: the first that does not wait for the end of a pause. */
  takeWaiting(): Due | undefined {
    const { live, queue } = this.state
    const first = live.length > 0 ? undefined : queue.find((one) => this.mayGo(one))
    if (first !== undefined) this.change({ queue: queue.filter((one) => one !== first) })
    return first
  }

  /** What was triggered waits for no end of a pause. */
  private mayGo({ runId }: Due): boolean {
    return this.state.paused === null || runId.startsWith(`${this.state.name}/now-`)
  }

  starts(due: Due, isAlone: boolean): void {
    const { live, spec, started } = this.state
    this.begun.push({ ...due, isAlone, spec })
    this.change({ live: [...live, { ...due, workflow: spec.workflow }], started: started + 1 })
    this.note({ ...due, state: "started" })
    this.fate(due, "run")
  }

  refused(due: Due, why: string): void {
    this.note({ ...due, state: "refused", why })
    this.fate(due, "refused")
  }

  ended(runId: string, state: Recent["state"], why: string | undefined): void {
    const { live, started } = this.state
    const one = live.find((other) => other.runId === runId)
    if (one === undefined) return
    const wasNone = state === "refused"
    this.change({ live: live.filter((other) => other !== one), started: wasNone ? started - 1 : started })
    this.note({ scheduledAt: one.scheduledAt, runId, state, ...(why === undefined ? {} : { why }) })
    if (!wasNone) return
    this.fate(one, "refused")
    this.turnedAway.add(runId)
  }

  private skip(due: Due, why: string): "wait" {
    this.change({ skipped: this.state.skipped + 1 })
    this.note({ scheduledAt: due.scheduledAt, state: "skipped", why })
    this.fate(due, "skipped")
    return "wait"
  }

  private fate({ runId, scheduledAt }: Due, fate: Fate): void {
    if (!runId.startsWith(`${this.state.name}/now-`)) this.fates.set(scheduledAt, fate)
  }

  private note(one: Recent): void {
    const others = this.state.recent.filter(({ runId }) => runId === undefined || runId !== one.runId)
    this.change({ recent: [one, ...others].slice(0, most.recent) })
  }

  /** As people are to see it. */
  get status(): ScheduleStatus {
    const { after, backfills, live, paused, queue, recent, revision, skipped, started } = this.state
    const shown = live.map(({ runId }) => runId).slice(-most.recent)
    const told = { revision, paused, after, queued: queue.length, live: shown, recent, started, skipped }
    // What is to be filled in and is not yet: the first few of those ranges.
    const filling = backfills.map(({ after, until }) => ({ after, until })).slice(0, most.recent)
    return filling.length === 0 ? told : { ...told, backfills: filling }
  }
}
