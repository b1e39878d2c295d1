import { scheduledRunId } from "../../../src/actor/calls/schedules/scheduledRunId.ts"
import type {
  Due,
  Overlap,
  Recent,
  ScheduleControl,
  ScheduleSpec
} from "../../../src/actor/calls/schedules/scheduleSpec.ts"
import type { ExpectedDesk } from "./expectedDesk.ts"
import { timesOf } from "./timesOf.ts"

/** What its host answers when a time has come. */
export interface Look {
  readonly now: number
  readonly hasInput: boolean
  readonly why: string | null
}

type News =
  | { readonly is: "due"; readonly at: number }
  | { readonly is: "control"; readonly control: ScheduleControl }
  | { readonly is: "ended"; readonly runId: string; readonly state: Recent["state"]; readonly why: string | undefined }

/** What it waits for before it goes on with what it is about. */
type Question = "look" | "news" | "cancel"

export interface GenerationLengths {
  readonly atRest: number
  readonly atMost: number
}

/**
 * One generation of a schedule's run, by its history: told of each message in the order in which that has them, it knows what the run has to have done by then.
 */
export class ExpectedSchedule {
  readonly desk: ExpectedDesk
  private readonly lengths: GenerationLengths
  /** As it was to be shown last. */
  shown: { readonly status: ExpectedDesk["status"]; readonly spec: ScheduleSpec } | undefined
  end: "over" | "continued" | undefined
  isRemoved = false
  /** Of runs whose end is to be told. */
  readonly awaited: Array<string> = []
  /** Of those, what this generation has not started itself: one may stand there twice, if it was refused the second time and nobody was told. */
  private readonly inherited: Array<string> = []
  private readonly toCancel = new Set<string>()
  /** Times that have come, of which it is not said yet what becomes of them: nothing, if it is removed meanwhile. */
  underWay: ReadonlyArray<number> = []
  /** Runs that were to be cancelled. */
  readonly cancelled = new Set<string>()
  private now: number
  private messages = 1
  private timer: { readonly at: number; isFired: boolean } | undefined
  private readonly news: Array<News> = []
  private readonly body: Generator<Question, void, Look | undefined>
  private question: Question | undefined
  /** That it asks its host to cancel. */
  private cancelling: string | undefined

  constructor(desk: ExpectedDesk, startedAt: number, lengths: GenerationLengths) {
    this.desk = desk
    this.lengths = lengths
    this.now = startedAt
    for (const { runId } of desk.state.live) {
      this.inherited.push(runId)
      if (!this.toCancel.has(runId)) this.awaited.push(runId)
      this.toCancel.add(runId)
    }
    if (desk.state.after === null) desk.begins(startedAt)
    this.body = this.run()
    this.goOn(undefined)
  }

  /** A message of that time was adopted, the so-manyth: timers that are due by then go first. */
  passTime(time: number, messages: number): void {
    this.messages = messages
    while (this.timer !== undefined && !this.timer.isFired && this.timer.at <= time && this.end === undefined) {
      const { at } = this.timer
      this.now = Math.max(this.now, at)
      this.goesOff(at)
      if (this.question === "news") this.goOn(undefined)
    }
    this.now = Math.max(this.now, time)
  }

  hear(control: ScheduleControl): void {
    this.tell({ is: "control", control })
  }

  ended(runId: string, state: Recent["state"], why?: string): void {
    const place = this.awaited.indexOf(runId)
    if (place >= 0) this.awaited.splice(place, 1)
    this.toCancel.delete(runId)
    this.tell({ is: "ended", runId, state, why })
  }

  endedOfEarlier(runId: string, state: Recent["state"]): void {
    for (const one of this.inherited) if (one === runId) this.ended(runId, state)
  }

  hasInherited(runId: string): boolean {
    return this.inherited.includes(runId)
  }

  /** Answers whether it had asked. */
  looked(look: Look): boolean {
    if (this.question !== "look") return false
    this.goOn(look)
    return true
  }

  /** Answers with the run that it had asked to cancel, if it had. */
  hasCancelled(): string | undefined {
    if (this.question !== "cancel") return undefined
    const runId = this.cancelling
    this.goOn(undefined)
    return runId
  }

  /** Somebody has removed it. */
  remove(): void {
    if (this.end !== undefined) return
    this.isRemoved = true
    this.end = "over"
  }

  private goesOff(at: number): void {
    if (this.timer !== undefined) this.timer.isFired = true
    this.news.push({ is: "due", at })
  }

  private tell(news: News): void {
    if (this.end !== undefined) return
    this.news.push(news)
    if (this.question === "news") this.goOn(undefined)
  }

  private goOn(look: Look | undefined): void {
    if (this.end !== undefined) return
    const { done, value } = this.body.next(look)
    this.question = done === true ? undefined : value
  }

  private *run(): Generator<Question, void, Look | undefined> {
    for (;;) {
      yield* this.startWhatWaits()
      this.shown = { status: this.desk.status, spec: this.desk.state.spec }
      const due = this.setTimer()
      if (this.isOver) {
        this.end = "over"
        return
      }
      if (this.news.length === 0 && this.isLong) {
        this.end = "continued"
        return
      }
      if (due !== undefined) this.goesOff(due)
      while (this.news.length === 0) yield "news"
      yield* this.see(this.news.shift() as News)
    }
  }

  private get isLong(): boolean {
    const { atMost, atRest } = this.lengths
    return this.messages >= (this.desk.state.live.length === 0 ? atRest : atMost)
  }

  /** Nothing is to come of it any more. */
  private get isOver(): boolean {
    const { backfills, live, queue, spec } = this.desk.state
    return this.desk.next === undefined && spec.endsAt !== null && backfills.length + live.length + queue.length === 0
  }

  /** Answers with the time that it is set to where that has passed: then it goes off as soon as it is set. */
  private setTimer(): number | undefined {
    const next = this.desk.state.paused === null ? this.desk.next : undefined
    const at = next === undefined ? undefined : next + this.desk.shift
    if (at === this.timer?.at) return undefined
    this.timer = at === undefined ? undefined : { at, isFired: false }
    return at !== undefined && at <= this.now ? at : undefined
  }

  private *see(news: News) {
    if (news.is === "ended") return this.desk.ended(news.runId, news.state, news.why)
    if (news.is === "control") return yield* this.obey(news.control)
    if (news.at === this.timer?.at) yield* this.lookAtTimes(news.at)
  }

  private *lookAtTimes(due: number): Generator<Question, void, Look | undefined> {
    this.timer = undefined
    const { name, spec } = this.desk.state
    const look = yield "look"
    const now = Math.max(look?.now ?? 0, due) - this.desk.shift
    const come = this.desk.come(now)
    for (const [index, scheduledAt] of come.entries()) {
      this.underWay = come.slice(index)
      yield* this.ask({ scheduledAt, runId: scheduledRunId(name, scheduledAt) }, spec.overlap)
    }
    this.underWay = []
  }

  private *ask({ runId, scheduledAt }: Due, overlap: Overlap): Generator<Question, void, Look | undefined> {
    const due = { scheduledAt, runId }
    const verdict = this.desk.judge(due, overlap)
    if (verdict === "start") yield* this.start(due, overlap !== "allow")
    if (verdict !== "cancelOthers") return
    for (const runId of this.awaited) this.cancelled.add(runId)
    const others = [...this.toCancel]
    this.toCancel.clear()
    for (const runId of others) {
      this.cancelling = runId
      yield "cancel"
    }
  }

  private *start(due: Due, isAlone: boolean): Generator<Question, void, Look | undefined> {
    const look = this.desk.state.spec.input === null ? yield "look" : undefined
    if (look !== undefined && !look.hasInput) return this.desk.refused(due, look.why ?? "it has no input")
    this.desk.starts(due, isAlone)
    this.awaited.push(due.runId)
  }

  private *obey(control: ScheduleControl): Generator<Question, void, Look | undefined> {
    const { desk } = this
    const { backfills, paused, revision } = desk.state
    switch (control._tag) {
      case "pause":
        if (paused === null) desk.change({ paused: { at: this.now, note: control.note } })
        return
      case "resume":
        if (paused !== null) desk.passOver(this.now - desk.shift)
        return desk.change({ paused: null })
      case "trigger":
        return yield* this.ask(control, control.overlap ?? desk.state.spec.overlap)
      case "backfill": {
        const { from, overlap, until } = control
        return desk.change({ backfills: [...backfills, { after: from - 1, until, overlap }] })
      }
      case "change":
        if (control.revision >= revision) yield* this.changeTo(control.spec, control.revision + 1)
    }
  }

  private *changeTo(spec: ScheduleSpec, revision: number): Generator<Question, void, Look | undefined> {
    const { desk } = this
    if (!isSameTimes(spec, desk.state.spec)) {
      if (desk.state.paused === null) yield* this.lookBefore()
      desk.becomes(spec, this.now)
    }
    desk.change({ spec, revision })
  }

  /** What has come by the times that it had is not lost. */
  private *lookBefore() {
    const { desk } = this
    const { next } = desk
    const due = next === undefined ? undefined : next + desk.shift
    if (due === undefined || due > this.now) return
    yield* this.lookAtTimes(due)
    desk.missed(timesOf(desk.state.spec, desk.state.after ?? 0, this.now - desk.shift))
  }

  private *startWhatWaits(): Generator<Question, void, Look | undefined> {
    for (let due = this.desk.takeWaiting(); due !== undefined; due = this.desk.takeWaiting())
      yield* this.start(due, true)
    for (;;) {
      const { backfills, live, name, paused, spec } = this.desk.state
      const [first, ...rest] = backfills
      if (first === undefined || paused !== null) return
      const room = (first.overlap === "allow" ? 100 : 1) - live.length
      if (room <= 0 || this.isLong) return
      const times = timesOf(spec, first.after, first.until).slice(0, room)
      const last = times.at(-1)
      this.desk.change({ backfills: last === undefined ? rest : [{ ...first, after: last }, ...rest] })
      for (const scheduledAt of times)
        yield* this.start({ scheduledAt, runId: scheduledRunId(name, scheduledAt) }, first.overlap !== "allow")
    }
  }
}

const isSameTimes = (a: ScheduleSpec, b: ScheduleSpec): boolean =>
  JSON.stringify([a.times, a.startsAt, a.endsAt]) === JSON.stringify([b.times, b.startsAt, b.endsAt])
