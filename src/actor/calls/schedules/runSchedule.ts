import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { Run } from "../../definitions/run.ts"
import { continueAsNew, historyLength } from "../continueAsNew.ts"
import { sleepUntil } from "../sleep.ts"
import { ScheduleDesk } from "./scheduleDesk.ts"
import { scheduledRunId } from "./scheduledRunId.ts"
import { type Ended, ScheduledRuns } from "./scheduledRuns.ts"
import { scheduleControl, scheduleLook, shownSpec, shownStatus } from "./scheduleParts.ts"
import type { Due, Overlap, ScheduleControl, ScheduleSpec, ScheduleState } from "./scheduleSpec.ts"
import {
  isSameTimes,
  latestTime,
  mostAtOnce,
  nextTime,
  shiftOf,
  timesBetween,
  timesThatHaveCome
} from "./scheduleTimes.ts"

type News =
  | Ended
  /** Epoch milliseconds: the time of the timer, which may have been set anew by then. */
  | { readonly _tag: "due"; readonly at: number }
  | { readonly _tag: "control"; readonly control: ScheduleControl }

/** Of a generation, in messages: one as long as the first goes on as a new one where nothing is under way, one as long as the second whatever is. */
export interface GenerationLengths {
  readonly atRest: number
  readonly atMost: number
}

const usualLengths: GenerationLengths = { atRest: 200, atMost: 5_000 }

/**
 * The body of every schedule: waits for its next time, for word from people and for the ends of its runs, whichever comes first. Only tests of what goes over
 * from one generation to the next have shorter ones.
 */
export const runSchedule = (state: ScheduleState, lengths: GenerationLengths = usualLengths) =>
  Effect.flatMap(Queue.unbounded<News>(), (news) => new ScheduleRun(state, news, lengths).body)

class ScheduleRun {
  private readonly desk: ScheduleDesk
  private readonly runs: ScheduledRuns
  private readonly news: Queue.Queue<News>
  private readonly lengths: GenerationLengths
  private timer: { readonly at: number; readonly fiber: Fiber.Fiber<unknown> } | undefined

  constructor(state: ScheduleState, news: Queue.Queue<News>, lengths: GenerationLengths) {
    this.lengths = lengths
    this.desk = new ScheduleDesk(state)
    this.news = news
    this.runs = new ScheduledRuns((ended) => Queue.offer(news, ended))
  }

  get body() {
    return Effect.gen({ self: this }, function* () {
      const heard = Effect.map(scheduleControl.receive, (control): News => ({ _tag: "control", control }))
      yield* Effect.forkChild(Effect.forever(Effect.flatMap(heard, (one) => Queue.offer(this.news, one))))
      const { after, live } = this.desk.now
      // Times before it began are not made up for.
      if (after === null) this.desk.set({ after: yield* Clock.currentTimeMillis })
      for (const one of live) yield* this.runs.watch(one)
      for (;;) {
        yield* this.fillIn
        yield* this.show
        const { endsAt } = this.desk.now.spec
        if (yield* this.setTimer) {
          const isOver = endsAt !== null && this.desk.isIdle
          if (isOver) return { started: this.desk.now.started, skipped: this.desk.now.skipped }
        }
        // What has been received and not seen to is in no inbox any more.
        if (Queue.sizeUnsafe(this.news) === 0 && (yield* this.isLong)) return yield* continueAsNew(this.desk.now)
        yield* this.hear(yield* Queue.take(this.news))
      }
    })
  }

  private get isLong(): Effect.Effect<boolean, never, Run> {
    const { atMost, atRest } = this.lengths
    return Effect.map(historyLength, (messages) => messages >= (this.desk.now.live.length === 0 ? atRest : atMost))
  }

  private get show(): Effect.Effect<void, never, Run> {
    return Effect.andThen(shownSpec.set(this.desk.now.spec), shownStatus.set(this.desk.status))
  }

  /** True: no time is to come. */
  private get setTimer() {
    return Effect.gen({ self: this }, function* () {
      const next = this.nextDue
      const at = this.desk.now.paused === null ? next : undefined
      if (at === this.timer?.at) return next === undefined
      if (this.timer !== undefined) yield* Fiber.interrupt(this.timer.fiber)
      this.timer = undefined
      if (at === undefined) return next === undefined
      const fire = Effect.andThen(sleepUntil(at, { name: "next" }), Queue.offer(this.news, { _tag: "due", at }))
      this.timer = { at, fiber: yield* Effect.forkChild(fire) }
      return false
    })
  }

  private hear(news: News): Effect.Effect<void, never, Run | Scope.Scope> {
    if (news._tag === "control") return this.obey(news.control)
    if (news._tag === "due") return news.at === this.timer?.at ? this.lookAtTimes(news.at) : Effect.void
    return Effect.sync(() => this.desk.ended(news.runId, news.state, news.why))
  }

  private lookAtTimes(due: number) {
    return Effect.gen({ self: this }, function* () {
      this.timer = undefined
      const { after, name, spec } = this.desk.now
      if (after === null) return
      const shift = shiftOf(name, spec)
      const { now } = yield* scheduleLook({ schedule: name, scheduledAt: due - shift, wantsInput: false })
      // A host's clock may be behind that of the one which woke the run.
      const come = timesThatHaveCome(spec, after, Math.max(now, due) - shift)
      if (come === undefined) return
      this.desk.set({ after: come.seen })
      if (come.missed !== undefined) this.desk.missed(come.missed.from, come.missed.until)
      for (const scheduledAt of come.start) {
        yield* this.ask({ scheduledAt, runId: scheduledRunId(name, scheduledAt) }, spec.overlap)
      }
    })
  }

  private ask(due: Due, overlap: Overlap): Effect.Effect<void, never, Run | Scope.Scope> {
    return Effect.suspend(() => {
      const verdict = this.desk.judge(due, overlap)
      if (verdict === "start") return this.start(due)
      return verdict === "cancelFirst" ? this.runs.cancelAll(this.desk.now.name) : Effect.void
    })
  }

  private start(due: Due): Effect.Effect<void, never, Run | Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const { name, spec } = this.desk.now
      const { scheduledAt } = due
      const { input, why } =
        spec.input === null
          ? yield* scheduleLook({ schedule: name, scheduledAt, wantsInput: true })
          : { input: spec.input, why: null }
      if (input === null) {
        const reason = why ?? "it has no input"
        this.desk.refused(due, reason)
        // Somebody waits for this run, and nobody may look at the schedule.
        return yield* Effect.logWarning(`schedule ${name} could not start run ${due.runId}: ${reason}`)
      }
      this.desk.started(due)
      yield* this.runs.start(spec, due, input.json)
    })
  }

  private obey(control: ScheduleControl): Effect.Effect<void, never, Run | Scope.Scope> {
    const { desk } = this
    switch (control._tag) {
      case "pause":
        return Effect.map(Clock.currentTimeMillis, (at) => {
          if (desk.now.paused === null) desk.set({ paused: { at, note: control.note } })
        })
      case "resume":
        return Effect.map(Clock.currentTimeMillis, (now) => {
          if (desk.now.paused === null) return
          // Times that have passed meanwhile are not made up for: a backfill does that.
          desk.set({ paused: null, after: Math.max(desk.now.after ?? 0, now - shiftOf(desk.now.name, desk.now.spec)) })
        })
      case "trigger":
        return this.ask(
          { scheduledAt: control.scheduledAt, runId: control.runId },
          control.overlap ?? desk.now.spec.overlap
        )
      case "backfill":
        return Effect.sync(() => {
          const one = { after: control.from - 1, until: control.until, overlap: control.overlap }
          desk.set({ backfills: [...desk.now.backfills, one] })
        })
      case "change":
        return control.revision < desk.now.revision ? Effect.void : this.change(control.spec, control.revision + 1)
    }
  }

  /** Other times are times to come: those that have passed were none of this schedule's. */
  private change(spec: ScheduleSpec, revision: number): Effect.Effect<void, never, Run | Scope.Scope> {
    return Effect.gen({ self: this }, function* () {
      const { desk } = this
      if (!isSameTimes(spec, desk.now.spec)) {
        // What has come by the times that it had, and was not looked at yet, is not lost.
        if (desk.now.paused === null) yield* this.lookOnce
        const now = yield* Clock.currentTimeMillis
        desk.set({ after: Math.max(desk.now.after ?? 0, now - shiftOf(desk.now.name, spec)) })
      }
      desk.set({ spec, revision })
    })
  }

  private get lookOnce() {
    return Effect.gen({ self: this }, function* () {
      const due = this.nextDue
      if (due === undefined || due > (yield* Clock.currentTimeMillis)) return
      yield* this.lookAtTimes(due)
      const { after, name, spec } = this.desk.now
      const until = (yield* Clock.currentTimeMillis) - shiftOf(name, spec)
      const from = nextTime(spec, after ?? 0)
      // More than one look takes, of a schedule that is another now.
      if (from !== undefined && from <= until) this.desk.missed(from, latestTime(spec, from - 1, until) ?? from)
    })
  }

  /** When the next time is to be looked at. */
  private get nextDue(): number | undefined {
    const { after, name, spec } = this.desk.now
    const next = nextTime(spec, after ?? 0)
    return next === undefined ? undefined : next + shiftOf(name, spec)
  }

  /** What waited and waits no more; then times of ranges that were asked for, as many as may go on at once. */
  private get fillIn() {
    return Effect.gen({ self: this }, function* () {
      for (let due = this.desk.takeQueued(); due !== undefined; due = this.desk.takeQueued()) yield* this.start(due)
      for (;;) {
        const [first, ...rest] = this.desk.now.backfills
        if (first === undefined || this.desk.now.paused !== null) return
        const most = (first.overlap === "allow" ? mostAtOnce : 1) - this.desk.now.live.length
        // Runs that cannot be started leave none to wait for: the next generation goes on with the range.
        if (most <= 0 || (yield* this.isLong)) return
        const { name, spec } = this.desk.now
        const times = timesBetween(spec, first.after, first.until, most)
        const last = times.at(-1)
        this.desk.set({ backfills: last === undefined ? rest : [{ ...first, after: last }, ...rest] })
        for (const scheduledAt of times) yield* this.start({ scheduledAt, runId: scheduledRunId(name, scheduledAt) })
      }
    })
  }
}
