import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../errors.ts"
import type { Delivery, QueueMessage, ReceiveOptions, StepQueue } from "../stepQueue.ts"
import type { Timer, Timers } from "../timers.ts"
import { giveBackClaimsOfTheDead } from "./claims.ts"
import type { Engine } from "./engine.ts"
import { HandedTimers } from "./handedTimers.ts"

/** Receipts beyond this make a message a dead letter. */
const defaultMaxReceives = 10

/**
 * A table of messages with the time at which each becomes visible. A claim names its process: when a process dies, its claims
 * are given back as soon as another opens the file, without waiting for their visibility to end.
 */
export class SqliteQueue {
  private readonly engine: Engine
  private readonly maxReceives: number
  /** Sent by this process, visible now and claimed on the way in: handed to the receiver without a query. */
  private handed: Array<Handed> = []
  private readonly handedTimers = new HandedTimers()
  private counter = process.pid & 0x7fff
  /** By lane, as its receiver asked last. Nobody in this process receives: then nothing is claimed on the way in. */
  private readonly visibilityMs: [number | undefined, number | undefined] = [undefined, undefined]
  /** By lane: when the next message that is not visible yet becomes so (0 if unknown), and how much of others' news was seen. */
  private readonly lanes: readonly [LaneNews, LaneNews] = [
    { nextVisibleAt: 0, seenForeign: 0 },
    { nextVisibleAt: 0, seenForeign: 0 }
  ]

  constructor(engine: Engine, maxReceives = defaultMaxReceives) {
    this.engine = engine
    this.maxReceives = maxReceives
    giveBackClaimsOfTheDead(engine.database)
  }

  /** Inside a transaction. */
  insert(message: QueueMessage, now: number, afterCommit: (effect: () => void) => void): void {
    const lane = laneOf(message)
    const visibilityMs = this.visibilityMs[lane]
    const hand = visibilityMs !== undefined && this.hasRoomFor(message, now)
    const until = hand ? Math.max(now, message.notBefore) + visibilityMs : message.notBefore
    const id = this.nextId(now)
    const tag = timerTag(message)
    this.engine.database
      .sql("insert into queue (id, visible_at, receives, owner, dead, lane, tag, body) values (?, ?, ?, ?, 0, ?, ?, ?)")
      .run(id, until, hand ? 1 : 0, hand ? this.engine.origin : null, lane, tag, JSON.stringify(message))
    afterCommit(() => {
      if (hand) this.hand({ receipt: `${id}:1`, message, receives: 1 }, until, tag)
      // A handed one as well: if its receiver lets it go, it becomes visible again then.
      this.expectVisible(until, lane)
      this.tell(lane)
    })
  }

  private hasRoomFor(message: QueueMessage, now: number): boolean {
    // What is far off may be cleared before its time, and would take the room till then.
    if (message.kind !== "step") return message.notBefore - now < handedWithinMs && this.handedTimers.hasRoom
    return message.notBefore <= now && this.handed.length < maxHanded
  }

  private hand(delivery: Delivery, until: number, tag: string | null): void {
    if (delivery.message.kind === "step") this.handed.push({ delivery, until })
    else this.handedTimers.add(delivery, tag)
  }

  /**
   * Milliseconds and a counter, so that no id is given out twice, not even after its message is gone: a late receipt must not
   * hit another message. Should two processes ever meet in one, the insert fails and is tried again.
   */
  private nextId(now: number): number {
    this.counter = (this.counter + 1) & 0x7fff
    return (now - idEpochMs) * 0x8000 + this.counter
  }

  /** Inside a transaction. */
  remove(delivery: Delivery): void {
    this.engine.database.sql("delete from queue where id = ?").run(parseReceipt(delivery).id)
  }

  /** Inside a transaction. False if another receipt has come since. */
  removeOurs(delivery: Delivery): boolean {
    const { id, receives } = parseReceipt(delivery)
    return this.engine.database.sql("delete from queue where id = ? and receives = ?").run(id, receives).changes === 1
  }

  /** Inside a transaction. */
  removeTimer(timer: Timer, afterCommit: (effect: () => void) => void): void {
    const tag = tagOf(timer)
    this.engine.database.sql("delete from queue where tag = ?").run(tag)
    afterCommit(() => this.handedTimers.clear(tag))
  }

  readonly receive = Effect.fnUntraced({ self: this }, function* (this: SqliteQueue, options: ReceiveOptions) {
    if (options.lane !== undefined) this.visibilityMs[options.lane === "steps" ? 0 : 1] = options.visibilityMs
    const clock = yield* Clock.Clock
    const watchers = options.lane === "prompt" ? this.engine.promptMessages : this.engine.messages
    const seen = watchers.count
    const first = yield* this.take(options, clock.currentTimeMillisUnsafe())
    if (first.length > 0 || options.waitMs <= 0) return first
    const now = clock.currentTimeMillisUnsafe()
    // Exact: the timer is set to the moment at which the next message becomes visible.
    const next = Math.min(...lanesOf(options).map((lane) => this.nextAt(lane)))
    const waitMs = next === 0 ? options.waitMs : Math.min(options.waitMs, Math.max(1, next - now))
    yield* watchers.wait(seen, waitMs)
    return yield* this.take(options, clock.currentTimeMillisUnsafe())
  })

  private take(options: ReceiveOptions, now: number): Effect.Effect<ReadonlyArray<Delivery>, StoreUnavailable> {
    if (this.handed.length > 0 && options.lane !== "prompt") return this.takeHanded(options, now)
    if (options.lane !== "steps") {
      const timers = this.handedTimers.takeDue(now, options.limit)
      if (timers.length > 0) return Effect.succeed(timers)
    }
    const foreign = this.engine.messages.foreignCount
    const due = lanesOf(options).filter((lane) => {
      const { nextVisibleAt, seenForeign } = this.lanes[lane]
      return nextVisibleAt <= now || seenForeign !== foreign
    })
    return due.length === 0 ? Effect.succeed([]) : this.claim(options, now, 0, due)
  }

  /** One whose claim has grown old is claimed again first, if nobody else has by now. */
  private takeHanded(
    { limit, visibilityMs }: ReceiveOptions,
    now: number
  ): Effect.Effect<ReadonlyArray<Delivery>, StoreUnavailable> {
    const taken = this.handed.splice(0, limit)
    const isFresh = ({ until }: Handed) => until - now > visibilityMs * 0.9 && until - now <= visibilityMs
    if (taken.every(isFresh)) return Effect.succeed(taken.map(({ delivery }) => delivery))
    this.expectVisible(now + visibilityMs, 0)
    return this.engine.writes.run("StepQueue.receive", () =>
      taken
        .filter((handed) => isFresh(handed) || this.updateVisible(handed.delivery, now + visibilityMs))
        .map(({ delivery }) => delivery)
    )
  }

  private claim({ limit, visibilityMs }: ReceiveOptions, now: number, dead: 0 | 1, lanes: ReadonlyArray<Lane>) {
    return this.engine.writes.run("StepQueue.receive", () => {
      const { sql } = this.engine.database
      // What is prompt first.
      const rows = lanes
        .toReversed()
        .flatMap(
          (lane) =>
            sql(
              "select id, receives, body from queue where dead = ? and lane = ? and visible_at <= ? order by visible_at, id limit ?"
            ).all(dead, lane, now, limit) as unknown as Array<{ id: number; receives: number; body: string }>
        )
      const deliveries: Array<Delivery> = []
      for (const { id, receives, body } of rows.slice(0, limit)) {
        if (dead === 0 && receives >= this.maxReceives) {
          sql("update queue set dead = 1, receives = 0, visible_at = 0, owner = null where id = ?").run(id)
          continue
        }
        sql("update queue set visible_at = ?, receives = ?, owner = ? where id = ?").run(
          now + visibilityMs,
          receives + 1,
          this.engine.origin,
          id
        )
        deliveries.push({ receipt: `${id}:${receives + 1}`, message: JSON.parse(body), receives: receives + 1 })
      }
      if (dead === 0) for (const lane of lanes) this.lookAhead(lane)
      return deliveries
    })
  }

  private tell(lane: Lane): void {
    this.engine.messages.hasNews = true
    if (lane === 1) this.engine.promptMessages.hasNews = true
  }

  private expectVisible(at: number, lane: Lane): void {
    const known = this.lanes[lane]
    if (known.nextVisibleAt !== 0 && at < known.nextVisibleAt) known.nextVisibleAt = at
  }

  private nextAt(lane: Lane): number {
    const { nextVisibleAt } = this.lanes[lane]
    const handedAt = lane === 1 ? this.handedTimers.nextAt : undefined
    return handedAt === undefined ? nextVisibleAt : Math.min(nextVisibleAt, handedAt)
  }

  private lookAhead(lane: Lane): void {
    const row = this.engine.database
      .sql("select min(visible_at) as at from queue where dead = 0 and lane = ?")
      .get(lane) as { at: number | null }
    this.lanes[lane].seenForeign = this.engine.messages.foreignCount
    this.lanes[lane].nextVisibleAt = row.at ?? Number.MAX_SAFE_INTEGER
  }

  receiveDead(options: ReceiveOptions) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => this.claim(options, now, 1, lanesOf(options)))
  }

  renew(delivery: Delivery, visibilityMs: number) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => this.setVisible(delivery, now + visibilityMs))
  }

  /** Let go of: at the end of this process it is not handed back before its time. */
  release(delivery: Delivery, delayMs: number) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => this.setVisible(delivery, now + delayMs, null))
  }

  private setVisible(delivery: Delivery, visibleAt: number, owner: string | null = this.engine.origin) {
    return this.engine.writes.run("StepQueue.renew", (afterCommit) => {
      const isOurs = this.updateVisible(delivery, visibleAt, owner)
      afterCommit(() => {
        this.expectVisible(visibleAt, laneOf(delivery.message))
        this.tell(laneOf(delivery.message))
      })
      return isOurs
    })
  }

  /** Inside a transaction. False if another receipt has come since. */
  private updateVisible(delivery: Delivery, visibleAt: number, owner: string | null = this.engine.origin): boolean {
    const { id, receives } = parseReceipt(delivery)
    const { changes } = this.engine.database
      .sql("update queue set visible_at = ?, owner = ? where id = ? and receives = ?")
      .run(visibleAt, owner, id, receives)
    return changes === 1
  }
}

/** The rest is there for all hosts of the file. */
const maxHanded = 512

const handedWithinMs = 3_600_000

/** 2026-01-01: ids stay safe integers until 2034. */
const idEpochMs = 1_767_225_600_000

interface LaneNews {
  nextVisibleAt: number
  seenForeign: number
}

interface Handed {
  readonly delivery: Delivery
  readonly until: number
}

/** Steps in one, what is prompt in the other. */
type Lane = 0 | 1

const laneOf = (message: QueueMessage): Lane => (message.kind === "step" ? 0 : 1)

const lanesOf = ({ lane }: ReceiveOptions): ReadonlyArray<Lane> =>
  lane === undefined ? bothLanes : lane === "steps" ? stepLane : promptLane

const bothLanes: ReadonlyArray<Lane> = [0, 1]
const stepLane: ReadonlyArray<Lane> = [0]
const promptLane: ReadonlyArray<Lane> = [1]

const tagOf = (timer: Timer): string => `${timer.runId}/${timer.key}@${timer.due}`
const timerTag = (message: QueueMessage): string | null => (message.kind === "timer" ? tagOf(message) : null)

const parseReceipt = ({ receipt }: Delivery): { readonly id: number; readonly receives: number } => {
  const [id, receives] = receipt.split(":")
  return { id: Number(id), receives: Number(receives) }
}

export const sqliteStepQueue = (engine: Engine, queue: SqliteQueue): StepQueue["Service"] => ({
  maxDelayMs: Number.MAX_SAFE_INTEGER,
  send: (messages) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      engine.writes.run("StepQueue.send", (afterCommit) => {
        for (const message of messages) queue.insert(message, now, afterCommit)
      })
    ),
  receive: queue.receive,
  renew: (delivery, visibilityMs) => queue.renew(delivery, visibilityMs),
  complete: (deliveries) =>
    deliveries.length === 0
      ? Effect.void
      : engine.writes.run("StepQueue.complete", () => {
          for (const delivery of deliveries) queue.remove(delivery)
        }),
  replace: (delivery, message) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      engine.writes.run("StepQueue.replace", (afterCommit) => {
        // Somebody else has it by now, or is done with it: the next attempt is theirs to send.
        if (queue.removeOurs(delivery)) queue.insert(message, now, afterCommit)
      })
    ),
  release: (delivery, delayMs) => Effect.asVoid(queue.release(delivery, delayMs)),
  receiveDead: (options) => queue.receiveDead(options)
})

/** Timers of any length are delayed messages of the same file. */
export const sqliteTimers = (engine: Engine, queue: SqliteQueue): Timers["Service"] => ({
  schedule: (timer) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      engine.writes.run("Timers.schedule", (afterCommit) => {
        queue.removeTimer(timer, afterCommit)
        queue.insert({ kind: "timer", ...timer, index: 0, token: null, notBefore: timer.due }, now, afterCommit)
      })
    ),
  clear: (timer) => engine.writes.run("Timers.clear", (afterCommit) => queue.removeTimer(timer, afterCommit))
})
