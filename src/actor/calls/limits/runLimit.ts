import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type { Run } from "../../definitions/run.ts"
import { RunPortKey } from "../../definitions/runPort.ts"
import { continueAsNew, historyLength } from "../continueAsNew.ts"
import { sleepUntil } from "../sleep.ts"
import { LimitDesk } from "./limitDesk.ts"
import { limitLook, limitNews, placeGiven, shownLimit } from "./limitParts.ts"
import type { Holder, LimitNews, LimitState } from "./limitSpec.ts"

type News =
  | LimitNews
  | { readonly _tag: "ended"; readonly run: string; readonly since: number }
  /** By the clock of a host. */
  | { readonly _tag: "now"; readonly at: number }
  /** The time has come at which the rate lets a place be given. */
  | { readonly _tag: "due"; readonly at: number }

/** A generation as long as this goes on as a new one where nobody holds a place; one as long as that whoever does. */
const messagesAtRest = 500
const messagesAtMost = 4_000

/** Runs whose end it waits for and that hold nothing now: each is a command of its head. */
const mostIdleWatches = 100

/** The body of every limiter: hears who wants a place, who gives one back and which run is over, and gives those that are free. */
export const runLimit = (state: LimitState) =>
  Effect.flatMap(Queue.unbounded<News>(), (news) => new LimitRun(state, news).body)

class LimitRun {
  private readonly desk: LimitDesk
  private readonly news: Queue.Queue<News>
  private readonly watched = new Set<string>()
  private timer: { readonly at: number; readonly fiber: Fiber.Fiber<unknown> } | undefined
  private isLooking = false
  private isLeaving = false

  constructor(state: LimitState, news: Queue.Queue<News>) {
    this.desk = new LimitDesk(state)
    this.news = news
  }

  get body() {
    const go = Effect.gen({ self: this }, function* () {
      yield* Effect.forkChild(Effect.forever(Effect.flatMap(limitNews.receive, (one) => Queue.offer(this.news, one))))
      for (const one of this.desk.all) yield* this.watch(one)
      for (;;) {
        yield* this.giveKept
        for (const one of this.desk.takeInsisting()) yield* this.watch(one)
        yield* this.desk.spec.rate === null ? this.give(yield* Clock.currentTimeMillis) : this.look
        yield* shownLimit.set(this.desk.status(this.timer?.at))
        // What has been received and not seen to is in no inbox any more.
        if (Queue.sizeUnsafe(this.news) === 0 && (yield* this.isLong)) {
          this.isLeaving = true
          return yield* continueAsNew(this.desk.state)
        }
        yield* this.hear(yield* Queue.take(this.news))
      }
    })
    return Effect.onInterrupt(go, () => (this.isLeaving ? Effect.void : this.sendAway))
  }

  private get isLong(): Effect.Effect<boolean, never, Run> {
    return Effect.map(historyLength, (messages) => {
      const { held } = this.desk
      if (messages >= messagesAtMost) return true
      return messages >= messagesAtRest && (held === 0 || this.watched.size > 2 * held + mostIdleWatches)
    })
  }

  /** It is cancelled: who waits asks whoever comes after it. */
  private get sendAway() {
    return Effect.forEach(this.desk.queue, (one) => this.tell(one, true), { discard: true })
  }

  private get giveKept() {
    return Effect.forEach(this.desk.takeKept(), (one) => this.tell(one, false), { discard: true })
  }

  private tell({ channel, id, run }: Holder, again: boolean): Effect.Effect<void, never, Run> {
    return placeGiven.for(channel).send(run, { id, again }, { id })
  }

  private give(now: number): Effect.Effect<void, never, Run> {
    return Effect.gen({ self: this }, function* () {
      for (let next = this.desk.give(now); next !== undefined; next = this.desk.give(now)) {
        yield* this.tell(next, false)
        if (this.desk.spec.concurrency !== null) yield* this.watch(next)
      }
    })
  }

  /** A rate counts by the clock of a host: messages that have waited for one bring times that have long passed. One look for all that comes with a turn. */
  private get look(): Effect.Effect<void, never, Run> {
    return Effect.suspend(() => {
      if (this.isLooking || this.timer !== undefined || !this.desk.isWanted) return Effect.void
      this.isLooking = true
      const told = Effect.flatMap(limitLook(null), (at) => Queue.offer(this.news, { _tag: "now", at }))
      return Effect.asVoid(Effect.forkChild(told))
    })
  }

  private hear(news: News): Effect.Effect<void, never, Run> {
    switch (news._tag) {
      case "ask":
        return Effect.andThen(
          this.changeTo(news.spec),
          Effect.sync(() => this.desk.ask(news.who))
        )
      case "leave":
        return Effect.sync(() => this.desk.leave(news.id))
      case "ended":
        return Effect.sync(() => {
          this.watched.delete(watchOf(news))
          this.desk.ended(news.run, news.since)
        })
      case "now":
        this.isLooking = false
        return this.giveByRate(news.at)
      case "due": {
        if (news.at !== this.timer?.at) return Effect.void
        this.timer = undefined
        return Effect.void
      }
    }
  }

  /** The numbers of whoever asks last: a deployment brings others. */
  private changeTo(spec: LimitState["spec"]): Effect.Effect<void, never, Run> {
    return Effect.suspend(() => {
      const { rate } = this.desk.spec
      this.desk.spec = spec
      const isSame = rate?.count === spec.rate?.count && rate?.periodMs === spec.rate?.periodMs
      if (isSame || this.timer === undefined) return Effect.void
      const { fiber } = this.timer
      this.timer = undefined
      return Effect.asVoid(Fiber.interrupt(fiber))
    })
  }

  private giveByRate(at: number): Effect.Effect<void, never, Run> {
    return Effect.gen({ self: this }, function* () {
      // The clock of this host may be behind that of the one which woke the run.
      const now = Math.max(at, yield* Clock.currentTimeMillis)
      yield* this.give(now)
      const due = this.desk.freeAt(now)
      if (this.desk.queue.length === 0 || due <= now || this.timer !== undefined) return
      const fire = Effect.andThen(sleepUntil(due, { name: "rate" }), Queue.offer(this.news, { _tag: "due", at: due }))
      this.timer = { at: due, fiber: yield* Effect.forkChild(fire) }
    })
  }

  /** Told once of each start of a run, however often it holds a place. */
  private watch(who: Holder): Effect.Effect<void, never, Run> {
    const watch = watchOf(who)
    if (this.watched.has(watch)) return Effect.void
    this.watched.add(watch)
    const { run, since, workflow } = who
    const told = Effect.flatMap(RunPortKey, (port) =>
      Effect.andThen(port.endOf(workflow, run, since), Queue.offer(this.news, { _tag: "ended", run, since }))
    )
    return Effect.asVoid(Effect.forkChild(told))
  }
}

const watchOf = ({ run, since }: Pick<Holder, "run" | "since">): string => `${since} ${run}`
