import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../errors.ts"
import type { Delivery, QueueMessage, ReceiveOptions, StepQueue } from "../stepQueue.ts"
import type { Timer, Timers } from "../timers.ts"
import type { Engine } from "./engine.ts"
import { storable } from "./file/sqliteErrors.ts"
import type { AfterCommit } from "./groupCommit.ts"
import { HandedTimers } from "./handedTimers.ts"
import { giveBackClaimsOfTheDead } from "./process/claims.ts"
import { tagOf, timerTag } from "./queueTags.ts"
import { startPatience } from "./watchers.ts"

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
  /** SQLite gives the id of a message out again when it is gone. A late receipt has another of these, and hits none. */
  private nonce: number
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
    this.nonce = engine.process.firstNonce()
    engine.database.waitingForLock(() => giveBackClaimsOfTheDead(engine.database, engine.process.isAlive))
  }

  /** Inside a transaction. */
  insert(message: QueueMessage, now: number, afterCommit: AfterCommit): void {
    const lane = laneOf(message)
    const visibilityMs = this.visibilityMs[lane]
    const hand = visibilityMs !== undefined && this.hasRoomFor(message, now)
    const due = timeOf(message.notBefore, message)
    const until = hand ? Math.max(now, due) + visibilityMs : due
    const nonce = this.nonce++
    const tag = tagOf(message)
    const { lastInsertRowid: id } = this.engine.database
      .sql(
        "insert into queue (nonce, visible_at, receives, owner, dead, lane, tag, body) values (?, ?, ?, ?, 0, ?, ?, ?)"
      )
      .run(nonce, until, hand ? 1 : 0, hand ? this.engine.origin : null, lane, tag, JSON.stringify(message))
    afterCommit(() => {
      if (hand) this.hand(deliveryOf({ id: Number(id), nonce, receives: 1 }, message), until, tag)
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

  /** Inside a transaction. */
  remove(delivery: Delivery): void {
    const { id, nonce } = parseReceipt(delivery)
    this.engine.database.sql("delete from queue where id = ? and nonce = ?").run(id, nonce)
  }

  /** Inside a transaction. False if another receipt has come since. */
  removeOurs(delivery: Delivery): boolean {
    const { id, nonce, receives } = parseReceipt(delivery)
    const text = "delete from queue where id = ? and nonce = ? and receives = ?"
    return this.engine.database.sql(text).run(id, nonce, receives).changes === 1
  }

  /** Inside a transaction. */
  removeTimer(timer: Timer, afterCommit: AfterCommit): void {
    const tag = timerTag(timer)
    this.engine.database.sql("delete from queue where tag = ?").run(tag)
    afterCommit(() => this.handedTimers.clear(tag))
  }

  readonly receive = Effect.fnUntraced({ self: this }, function* (this: SqliteQueue, options: ReceiveOptions) {
    if (options.lane !== undefined) this.visibilityMs[options.lane === "steps" ? 0 : 1] = options.visibilityMs
    const clock = yield* Clock.Clock
    const watchers = options.lane === "prompt" ? this.engine.promptMessages : this.engine.messages
    const patience = startPatience(this.engine.process, options.waitMs)
    for (;;) {
      const seen = watchers.count
      const found = yield* this.take(options, clock)
      const leftMs = patience.leftMs()
      if (found.length > 0 || leftMs <= 0) return found
      const now = clock.currentTimeMillisUnsafe()
      // Exact: the timer is set to the moment at which the next message becomes visible. News may be of what others take.
      const next = Math.min(...lanesOf(options).map((lane) => this.nextAt(lane)))
      yield* watchers.wait(seen, next === 0 ? leftMs : Math.min(leftMs, Math.max(1, next - now)))
    }
  })

  private take(options: ReceiveOptions, clock: Clock.Clock): Effect.Effect<ReadonlyArray<Delivery>, StoreUnavailable> {
    const now = clock.currentTimeMillisUnsafe()
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
    return due.length === 0 ? Effect.succeed([]) : this.claim(options, clock, 0, due)
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
    const renewed = this.engine.writes.runOwn("StepQueue.receive", () =>
      taken
        .filter((handed) => isFresh(handed) || this.updateVisible(handed.delivery, now + visibilityMs))
        .map(({ delivery }) => delivery)
    )
    return Effect.tapError(renewed, () => Effect.sync(() => void this.handed.unshift(...taken)))
  }

  /** By the time at which it is written: a claim that begins when it was asked for may be over by then, and its message is received again. */
  private claim({ limit, visibilityMs }: ReceiveOptions, clock: Clock.Clock, dead: 0 | 1, lanes: ReadonlyArray<Lane>) {
    return this.engine.writes.runOwn("StepQueue.receive", (afterCommit) => {
      const now = clock.currentTimeMillisUnsafe()
      const { sql } = this.engine.database
      // What is prompt first.
      const rows = lanes
        .toReversed()
        .flatMap(
          (lane) =>
            sql(
              "select id, nonce, receives, body from queue where dead = ? and lane = ? and visible_at <= ? order by visible_at, id limit ?"
            ).all(dead, lane, now, limit) as unknown as Array<QueueRow>
        )
      const deliveries: Array<Delivery> = []
      for (const { id, nonce, receives, body } of rows.slice(0, limit)) {
        if (dead === 0 && receives >= this.maxReceives) {
          sql("update queue set dead = 1, receives = 0, visible_at = 0, owner = null where id = ?").run(id)
          afterCommit(() => {
            this.engine.deadMessages.hasNews = true
          })
          continue
        }
        sql("update queue set visible_at = ?, receives = ?, owner = ? where id = ?").run(
          now + visibilityMs,
          receives + 1,
          this.engine.origin,
          id
        )
        deliveries.push(deliveryOf({ id, nonce, receives: receives + 1 }, JSON.parse(body)))
      }
      if (dead === 0) for (const lane of lanes) this.lookAhead(lane, afterCommit)
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

  private lookAhead(lane: Lane, afterCommit: AfterCommit): void {
    const row = this.engine.database
      .sql("select min(visible_at) as at from queue where dead = 0 and lane = ?")
      .get(lane) as { at: number | null }
    const seenForeign = this.engine.messages.foreignCount
    afterCommit(() => {
      this.lanes[lane].seenForeign = seenForeign
      this.lanes[lane].nextVisibleAt = row.at ?? Number.MAX_SAFE_INTEGER
    })
  }

  readonly receiveDead = Effect.fnUntraced({ self: this }, function* (this: SqliteQueue, options: ReceiveOptions) {
    const clock = yield* Clock.Clock
    const { deadMessages, writes } = this.engine
    const patience = startPatience(this.engine.process, options.waitMs)
    for (;;) {
      const seen = deadMessages.count
      // A claim writes: there is one where there is something to claim.
      const next = yield* writes.read("StepQueue.receiveDead", () => this.nextDeadAt())
      const now = clock.currentTimeMillisUnsafe()
      const found = next <= now ? yield* this.claim(options, clock, 1, lanesOf(options)) : []
      const leftMs = patience.leftMs()
      if (found.length > 0 || leftMs <= 0) return found
      yield* deadMessages.wait(seen, Math.min(leftMs, Math.max(1, next - now)))
    }
  })

  private nextDeadAt(): number {
    const row = this.engine.database.sql("select min(visible_at) as at from queue where dead = 1").get()
    return (row as { at: number | null }).at ?? Number.MAX_SAFE_INTEGER
  }

  renew(delivery: Delivery, visibilityMs: number) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => this.setVisible(delivery, now + visibilityMs))
  }

  /** Let go of: at the end of this process it is not handed back before its time. */
  release(delivery: Delivery, delayMs: number) {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => this.setVisible(delivery, now + delayMs, null))
  }

  private setVisible(delivery: Delivery, visibleAt: number, owner: string | null = this.engine.origin) {
    return this.engine.writes.runOwn("StepQueue.renew", (afterCommit) => {
      const isOurs = this.updateVisible(delivery, visibleAt, owner)
      afterCommit(() => {
        this.expectVisible(visibleAt, laneOf(delivery.message))
        this.tell(laneOf(delivery.message))
        // It may be a dead letter that is let go of.
        this.engine.deadMessages.hasNews = true
      })
      return isOurs
    })
  }

  /** Inside a transaction. False if another receipt has come since. */
  private updateVisible(delivery: Delivery, visibleAt: number, owner: string | null = this.engine.origin): boolean {
    const { id, nonce, receives } = parseReceipt(delivery)
    const { changes } = this.engine.database
      .sql("update queue set visible_at = ?, owner = ? where id = ? and nonce = ? and receives = ?")
      .run(timeOf(visibleAt, delivery.message), owner, id, nonce, receives)
    return changes === 1
  }
}

/** The rest is there for all hosts of the file. */
const maxHanded = 512

const handedWithinMs = 3_600_000

interface QueueRow {
  readonly id: number
  readonly nonce: number
  readonly receives: number
  readonly body: string
}

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

/** Whole milliseconds, so that no message is visible before its time. */
const timeOf = (at: number, message: QueueMessage): number =>
  Math.ceil(storable(at, timeNames[message.kind], message.runId))

const timeNames = {
  step: "the time of a step message for",
  timer: "the time of a timer message for",
  wake: "the time of a wake message for"
} satisfies Record<QueueMessage["kind"], string>

type Receipt = Omit<QueueRow, "body">

/** With what its receipt says, which is text for others: it is asked for each step. */
interface OwnDelivery extends Delivery {
  readonly row: Receipt
}

const deliveryOf = (row: Receipt, message: QueueMessage): OwnDelivery => {
  const { id, nonce, receives } = row
  return { receipt: `${id}:${nonce}:${receives}`, message, receives, row }
}

const parseReceipt = (delivery: Delivery): Receipt => {
  const { receipt, row } = delivery as Delivery & Partial<OwnDelivery>
  if (row !== undefined) return row
  const [id, nonce, receives] = receipt.split(":")
  return { id: Number(id), nonce: Number(nonce), receives: Number(receives) }
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
      : engine.writes.runOwn("StepQueue.complete", () => {
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
  receiveDead: queue.receiveDead
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
  clear: (timer) => engine.writes.runOwn("Timers.clear", (afterCommit) => queue.removeTimer(timer, afterCommit))
})
