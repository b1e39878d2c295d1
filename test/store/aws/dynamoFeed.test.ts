import * as Effect from "effect/Effect"
import { describe, expect, it, vi } from "vitest"
import { addressOf } from "../../../src/actor/history/generation.ts"
import { ShardProgress } from "../../../src/store/aws/feed/feedProgress.ts"
import type { Item } from "../../../src/store/aws/table/attributes.ts"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import { makeMovableTime } from "../movableTime.ts"
import { drain, makeStream, makeTable, openFeed, poll, row, runsOf, type Shard, sequence } from "./fakeStream.ts"

describe("the feed of a table's stream", () => {
  it("rings for inbox rows of its tenant and nothing else", async () => {
    const stream = makeStream()
    const records = [
      row("a"),
      row("a", "head"),
      row("a", "order/0000000"),
      row("b", "signal/x/1", "other tenant"),
      { pk: "#feed/default/arn", sk: "start" },
      { ...row("c"), eventName: "REMOVE" },
      { pk: "/d/1", sk: "start" },
      { pk: "/d/01", sk: "start" },
      row("e", "step/x#0")
    ]
    stream.shards.push({ id: "s1", records, closed: false })
    const { feed, close } = await openFeed(stream, makeTable())
    expect((await poll(feed)).doorbells).toEqual([
      { runId: "a", key: "start" },
      // A later generation of a run is an actor of its own.
      { runId: addressOf("d", 1), key: "start" },
      { runId: "e", key: "step/x#0" }
    ])
    await close()
  })

  it("reads every shard, parents before children, and new ones as they come", async () => {
    const stream = makeStream()
    const parent: Shard = { id: "s1", records: Array.from({ length: 7 }, (_, n) => row(`p${n}`)), closed: true }
    stream.shards.push({ id: "s2", parent: "s1", records: [row("c0")], closed: false }, parent, {
      id: "s3",
      parent: "gone",
      records: [row("x0")],
      closed: false
    })
    const { feed, close } = await openFeed(stream, makeTable())
    const rung = await drain(feed, 3)
    expect([...rung].sort()).toEqual(["c0", "p0", "p1", "p2", "p3", "p4", "p5", "p6", "x0"])
    expect(rung.indexOf("c0")).toBeGreaterThan(rung.indexOf("p6"))
    // The child splits: its end makes the feed look for others.
    const child = stream.shards[0] as Shard
    child.closed = true
    stream.shards.push({ id: "s4", parent: "s2", records: [row("g0")], closed: false })
    expect(await drain(feed)).toEqual(["g0"])
    await close()
  })

  it("takes another iterator when one expires, and goes on after what it has read", async () => {
    const stream = makeStream()
    const shard: Shard = { id: "s1", records: [row("a")], closed: false }
    stream.shards.push(shard)
    const { feed, close } = await openFeed(stream, makeTable())
    expect(await drain(feed)).toEqual(["a"])
    stream.failures.push("ExpiredIteratorException", "LimitExceededException")
    shard.records.push(row("b"))
    expect(await drain(feed)).toEqual(["b"])
    expect(stream.log).toEqual(["TRIM_HORIZON s1", `AFTER_SEQUENCE_NUMBER s1 ${sequence(1)}`])
    await close()
  })

  it("goes on from the oldest record when what was to come next is gone", async () => {
    const stream = makeStream()
    stream.shards.push({ id: "s1", records: [row("a")], closed: false })
    const { feed, close } = await openFeed(stream, makeTable())
    stream.failures.push("TrimmedDataAccessException")
    expect(await drain(feed)).toEqual(["a"])
    await close()
  })

  it("goes on where it was after a restart, and past shards that it has finished", async () => {
    const stream = makeStream()
    const table = makeTable()
    const open: Shard = { id: "s2", parent: "s1", records: [row("b")], closed: false }
    stream.shards.push({ id: "s1", records: [row("a")], closed: true }, open)
    const first = await openFeed(stream, table)
    expect(await drain(first.feed)).toEqual(["a", "b"])
    await first.close()
    expect(table.saves).toEqual(["s1 end", `s2 ${sequence(1)}`])
    open.records.push(row("c"))
    const second = await openFeed(stream, table)
    expect(await drain(second.feed)).toEqual(["c"])
    await second.close()
  })

  it("saves its place sparingly: not with every batch, and not for what rings for nobody", async () => {
    const stream = makeStream()
    const table = makeTable()
    const shard: Shard = { id: "s1", records: Array.from({ length: 50 }, (_, n) => row(`r${n}`)), closed: false }
    stream.shards.push(shard)
    const { feed, close } = await openFeed(stream, table)
    expect(await drain(feed, 5)).toHaveLength(50)
    expect(table.saves).toHaveLength(1)
    await close()
    expect(table.saves).toEqual([`s1 ${sequence(5)}`, `s1 ${sequence(50)}`])
    shard.records.push(row("r0", "head"))
    const again = await openFeed(stream, table)
    expect(await drain(again.feed)).toEqual([])
    await again.close()
    expect(table.saves).toHaveLength(2)
  })
})

describe("the progress of a shard", () => {
  const records = (...names: ReadonlyArray<string>) =>
    names.map((name, place) => ({
      sequence: sequence(place + 1),
      doorbell: name === "" ? undefined : { runId: name, key: "start" }
    }))

  it("never moves past a batch that is not acknowledged", () => {
    const progress = new ShardProgress(undefined)
    progress.add(records("a", "b", "", "c"))
    const first = progress.take(1)
    const second = progress.take(1)
    const third = progress.take(5)
    expect([first, second, third].map(({ doorbells }) => doorbells.map(({ runId }) => runId))).toEqual([
      ["a"],
      ["b"],
      ["c"]
    ])
    third.settle()
    second.settle()
    expect(progress.settledTo).toBeUndefined()
    expect(progress.isDirty).toBe(false)
    first.settle()
    expect(progress.settledTo).toBe(sequence(4))
    expect(progress.isDirty).toBe(true)
  })

  it("settles by itself what rings for nobody", () => {
    const progress = new ShardProgress(undefined)
    progress.add(records("", ""))
    expect(progress.take(1).doorbells).toEqual([])
    expect(progress.settledTo).toBe(sequence(2))
    expect(progress.isDirty).toBe(false)
    progress.isClosed = true
    expect(progress.isFinished).toBe(true)
  })
})

describe("a shard whose end has been read", () => {
  it("is not written off while its doorbells are in hand: whoever comes after its reader hears them again", async () => {
    const stream = makeStream()
    const table = makeTable()
    stream.shards.push(
      { id: "s1", records: [row("a"), row("b")], closed: true },
      { id: "s2", parent: "s1", records: [row("c")], closed: false }
    )
    const first = await openFeed(stream, table)
    const batch = await poll(first.feed)
    expect(runsOf(batch)).toEqual(["a", "b"])
    // The child is read beside them, and both children's and parents' places are written as they are settled.
    const child = await poll(first.feed)
    expect(runsOf(child)).toEqual(["c"])
    await Effect.runPromise(child.acknowledge)
    // As a process that dies: nothing more is written.
    expect(table.saves).toEqual([`s2 ${sequence(1)}`])
    const second = await openFeed(stream, table)
    expect(await drain(second.feed)).toEqual(["a", "b"])
    expect(table.saves).toEqual([`s2 ${sequence(1)}`, "s1 end"])
    await second.close()
    await first.close()
  })

  it("is written off when the last of its batches is acknowledged, in whatever order", async () => {
    const stream = makeStream()
    const table = makeTable()
    stream.shards.push({ id: "s1", records: [row("a"), row("b"), row("c")], closed: true })
    const { feed, close } = await openFeed(stream, table)
    const batches = [await poll(feed, 1), await poll(feed, 1), await poll(feed, 1)]
    expect(batches.map(runsOf)).toEqual([["a"], ["b"], ["c"]])
    for (const at of [2, 0]) await Effect.runPromise((batches[at] as (typeof batches)[0]).acknowledge)
    expect(table.saves.filter((save) => save === "s1 end")).toEqual([])
    await Effect.runPromise((batches[1] as (typeof batches)[0]).acknowledge)
    expect(table.saves.at(-1)).toBe("s1 end")
    await close()
  })

  it("is not read again, for as long as the stream lists it", async () => {
    const stream = makeStream()
    const table = makeTable()
    const time = makeMovableTime()
    stream.shards.push({ id: "s1", records: [row("a")], closed: true }, { id: "s2", records: [], closed: false })
    const { feed, close } = await openFeed(stream, table, time)
    const rung: Array<string> = []
    for (let looks = 0; looks < 5; looks++) {
      const batch = await poll(feed)
      rung.push(...runsOf(batch))
      await Effect.runPromise(batch.acknowledge)
      await Effect.runPromise(time.moveTo(time.now() + 60_000))
    }
    expect(rung).toEqual(["a"])
    expect(stream.log.filter((asked) => asked.includes("s1"))).toEqual(["TRIM_HORIZON s1"])
    await close()
  })

  it("has its place written again that could not be, though nothing rings any more", async () => {
    const stream = makeStream()
    const table = makeTable()
    stream.shards.push({ id: "s1", records: [row("a")], closed: false })
    const time = makeMovableTime()
    let isAway = true
    const { put } = table.table
    const away = new StoreUnavailable({ operation: "ChangeFeed.acknowledge", message: "away" })
    const forgetful = {
      ...table,
      table: {
        ...table.table,
        put: (operation: string, item: Item) => (isAway && item.sk === "s1" ? Effect.fail(away) : put(operation, item))
      }
    }
    const { feed, close } = await openFeed(stream, forgetful, time)
    const batch = await poll(feed)
    expect(runsOf(batch)).toEqual(["a"])
    expect((await Effect.runPromise(Effect.result(batch.acknowledge)))._tag).toBe("Failure")
    isAway = false
    await Effect.runPromise(time.moveTo(time.now() + 60_000))
    await poll(feed)
    expect(table.saves).toEqual([`s1 ${sequence(1)}`])
    await close()
  })
})

it("the feed reads on when the clock is set back", async () => {
  const stream = makeStream()
  const shard: Shard = { id: "s1", records: [row("a")], closed: false }
  stream.shards.push(shard)
  const { feed, close } = await openFeed(stream, makeTable())
  expect(await drain(feed)).toEqual(["a"])
  const hourMs = 3_600_000
  vi.spyOn(Date, "now").mockImplementation(() => performance.timeOrigin + performance.now() - hourMs)
  try {
    shard.records.push(row("b"))
    stream.shards.push({ id: "s2", records: [row("c")], closed: false })
    expect((await drain(feed)).toSorted()).toEqual(["b", "c"])
  } finally {
    vi.restoreAllMocks()
  }
  await close()
})
