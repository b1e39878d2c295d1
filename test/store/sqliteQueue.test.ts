import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { expect, it } from "vitest"
import type { SignalMessage } from "../../src/actor/history/message.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { type Delivery, type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { stepRequest } from "./samples.ts"

// Ids of queue messages: of several openings of a file, in any year, and from files of before.

const newFile = () => join(temporaryFolder("queue"), "runs.db")

const openQueue = (filename: string) =>
  Effect.map(Layer.build(sqliteStore({ filename })), (store) => Context.get(store, StepQueue))

const receiveAll = (queue: StepQueue["Service"], limit = 10_000) =>
  queue.receive({ limit, waitMs: 0, visibilityMs: 60_000 })

const steps = (runId: string, count: number): ReadonlyArray<QueueMessage> =>
  Array.from({ length: count }, (_, n) => stepRequest(runId, `a#${n}`))

it.each(["2026-07-01", "2034-10-01", "2600-01-01"])(
  "in %s two openings of a file send in one millisecond, and every message arrives once",
  async (date) => {
    const filename = newFile()
    const test = Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse(date))
      const [one, other] = [yield* openQueue(filename), yield* openQueue(filename)]
      const count = 500
      const sends = [one, other].flatMap((queue, n) => steps(`r${n}`, count).map((step) => queue.send([step])))
      yield* Effect.all(sends, { concurrency: "unbounded" })
      const received: Array<Delivery> = []
      for (let left = 2 * count; left > 0; left -= 100) {
        const some = yield* receiveAll(left % 200 === 0 ? one : other, 100)
        expect(some).toHaveLength(100)
        received.push(...some)
        yield* (left % 300 === 0 ? one : other).complete(some)
      }
      const found = received.map(({ message }) => JSON.stringify(message)).sort()
      expect(found).toEqual([...steps("r0", count), ...steps("r1", count)].map((step) => JSON.stringify(step)).sort())
      yield* TestClock.adjust(3_600_000)
      expect(yield* receiveAll(one)).toEqual([])
    })
    await Effect.runPromise(Effect.provide(Effect.scoped(test), TestClock.layer()))
  }
)

it("a receipt of a message that is gone is none of the next one's", async () => {
  const test = Effect.gen(function* () {
    const queue = yield* openQueue(":memory:")
    const [first, second] = steps("r", 2) as [QueueMessage, QueueMessage]
    yield* queue.send([first])
    const [late] = yield* receiveAll(queue)
    if (late === undefined) throw new Error("no message")
    yield* queue.complete([late])
    yield* queue.send([second])
    const [held] = yield* receiveAll(queue)
    if (held === undefined) throw new Error("no message")
    expect(yield* queue.renew(late, 1_000)).toBe(false)
    yield* queue.release(late, 0)
    yield* queue.replace(late, first)
    yield* queue.complete([late])
    expect(yield* queue.renew(held, 60_000)).toBe(true)
    expect(yield* receiveAll(queue)).toEqual([])
    yield* queue.release(held, 0)
    expect((yield* receiveAll(queue)).map(({ message }) => message)).toEqual([second])
  })
  await Effect.runPromise(Effect.scoped(test))
})

/** The queue as files of schema 1 have it, in the place of today's. */
const toVersion1 = (
  filename: string,
  rows: ReadonlyArray<readonly [id: bigint, visibleAt: bigint, message: QueueMessage]>
) => {
  const database = new DatabaseSync(filename)
  database.exec(`
    drop table queue;
    create table queue (
      id integer primary key, visible_at integer not null, receives integer not null, owner text,
      dead integer not null, lane integer not null, tag text, body text not null
    );
    create index queue_by_time on queue (dead, lane, visible_at);
    create index queue_by_tag on queue (tag) where tag is not null;
    pragma user_version = 1;
  `)
  const insert = database.prepare("insert into queue values (?, ?, 0, null, 0, ?, ?, ?)")
  for (const [id, visibleAt, message] of rows) {
    const tag = message.kind === "timer" ? `${message.runId}/${message.key}@${message.due}` : null
    insert.run(id, visibleAt, message.kind === "step" ? 0 : 1, tag, JSON.stringify(message))
  }
  database.close()
}

it("a file of schema 2 is brought up to date", async () => {
  const filename = newFile()
  await Effect.runPromise(Effect.scoped(openQueue(filename)))
  const database = new DatabaseSync(filename)
  database.exec("drop table last_sent; pragma user_version = 2")
  database.close()
  await Effect.runPromise(Effect.scoped(openQueue(filename)))
  const signal = (id: string, at: number): SignalMessage => ({
    kind: "signal",
    at,
    name: "s",
    id,
    payload: { json: "1" }
  })
  const test = Effect.gen(function* () {
    const table = Context.get(yield* Layer.build(sqliteStore({ filename })), RunTable)
    yield* table.put("r", signal("a", 2))
    yield* table.put("r", signal("b", 1))
    yield* table.put("r", signal("a", 3))
    expect(yield* table.lastSent?.("r") ?? Effect.succeed(undefined)).toEqual(["signal/s/a", "signal/s/b"])
    yield* table.put("r", { ...signal("c", 1), previous: ["signal/s/a"] })
    expect(yield* table.lastSent?.("r") ?? Effect.succeed(undefined)).toEqual(["signal/s/b", "signal/s/c"])
    expect(yield* table.lastSent?.("s") ?? Effect.succeed(undefined)).toEqual([])
  })
  await Effect.runPromise(Effect.scoped(test))
})

it("a file of before is brought up to date, whatever ids and times it holds", async () => {
  const filename = newFile()
  await Effect.runPromise(Effect.scoped(openQueue(filename)))
  const [first, second] = steps("r", 2) as [QueueMessage, QueueMessage]
  const due = 2 ** 60
  const far: QueueMessage = { kind: "timer", runId: "r", key: "sleep#0", due, index: 1, token: null, notBefore: due }
  toVersion1(filename, [
    [2n ** 53n + 1n, 0n, second],
    [700_000_000_000_000n, 0n, first],
    [2n ** 53n + 3n, 2n ** 60n, far]
  ])
  const test = Effect.gen(function* () {
    const queue = yield* openQueue(filename)
    const received = yield* receiveAll(queue)
    expect(received.map(({ message }) => message)).toEqual([first, second])
    yield* queue.complete(received)
    yield* queue.send([first])
    expect((yield* receiveAll(queue)).map(({ message }) => message)).toEqual([first])
  })
  await Effect.runPromise(Effect.scoped(test))
  await Effect.runPromise(Effect.scoped(openQueue(filename)))
})
