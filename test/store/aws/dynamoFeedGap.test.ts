import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { ChangeFeed, FeedGap } from "../../../src/store/changeFeed.ts"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import { makeMovableTime } from "../movableTime.ts"
import { drain, makeStream, makeTable, openFeed, poll, row, runsOf, type Shard } from "./fakeStream.ts"

const minute = 60_000
const hour = 60 * minute

const first = "this reader has no place in the stream yet"
const gone = "a shard of the stream was gone before it was read to its end"

/** A stream of one open shard, its table, and readers of it that come and go as time passes. */
const setup = () => {
  const time = makeMovableTime()
  const stream = makeStream()
  const table = makeTable()
  const shard: Shard = { id: "s1", records: [row("a")], closed: false }
  stream.shards.push(shard)
  const open = (streamArn?: () => string) => openFeed(stream, table, time, streamArn)
  const pass = (ms: number) => Effect.runPromise(time.moveTo(time.now() + ms))
  /** Known to have missed nothing. */
  const openSettled = async () => {
    const reader = await open()
    const gap = await gapOf(reader.feed)
    if (gap !== undefined) await seen(gap)
    await drain(reader.feed)
    return reader
  }
  return { stream, table, shard, open, openSettled, pass }
}

const gapOf = async (feed: ChangeFeed["Service"]) => {
  const { acknowledge, gap } = await poll(feed)
  await Effect.runPromise(acknowledge)
  return gap
}

const seen = (gap: FeedGap | undefined, cursor?: string) => Effect.runPromise((gap as FeedGap).seenTo(cursor))

describe("a feed that may have missed records", () => {
  it("says so when nobody has a place in the stream yet, once, and no more when the table was looked through", async () => {
    const { open } = setup()
    const reader = await open()
    const gap = await gapOf(reader.feed)
    expect(gap).toMatchObject({ because: first, cursor: undefined })
    expect(await gapOf(reader.feed)).toBeUndefined()
    expect(await seen(gap)).toBe(true)
    expect(await gapOf(reader.feed)).toBeUndefined()
    await reader.close()
    const next = await open()
    expect(await gapOf(next.feed)).toBeUndefined()
    await next.close()
  })

  it("says so when nobody has read for most of a day, and not before", async () => {
    const { openSettled, open, pass } = setup()
    await (await openSettled()).close()
    await pass(19 * hour)
    const inTime = await open()
    expect(await gapOf(inTime.feed)).toBeUndefined()
    await inTime.close()
    await pass(21 * hour)
    const late = await open()
    expect(await gapOf(late.feed)).toMatchObject({ because: "nobody has read the stream for 21 hours" })
    await late.close()
  })

  it("knows that somebody was reading though nothing rang", async () => {
    const { openSettled, open, pass } = setup()
    const reader = await openSettled()
    for (let past = 0; past < 4; past++) {
      await pass(7 * hour)
      expect(await drain(reader.feed)).toEqual([])
    }
    await reader.close()
    await pass(hour)
    const next = await open()
    expect(await gapOf(next.feed)).toBeUndefined()
    await next.close()
  })

  it("says so when it was asleep itself", async () => {
    const { openSettled, pass } = setup()
    const reader = await openSettled()
    await pass(30 * hour)
    expect(await gapOf(reader.feed)).toMatchObject({ because: "nobody has read the stream for 30 hours" })
    await reader.close()
  })

  it("says so when a shard is gone that was not read to its end, at the start and later", async () => {
    const { stream, openSettled, open, pass } = setup()
    const other: Shard = { id: "s2", records: [row("b")], closed: false }
    stream.shards.push(other)
    const reader = await openSettled()
    stream.shards.splice(0, 1)
    await pass(minute)
    const gap = await gapOf(reader.feed)
    expect(gap).toMatchObject({ because: gone })
    await seen(gap)
    await pass(minute)
    other.records.push(row("c"))
    expect(await drain(reader.feed)).toEqual(["c"])
    await reader.close()
    stream.shards.splice(0, 1)
    // Places are written with whole seconds: one that is younger than a look by less counts as written after it.
    await pass(minute)
    // Its place stands, and so does that of the shard which was gone before: that one was seen to.
    const next = await open()
    const again = await gapOf(next.feed)
    expect(again).toMatchObject({ because: gone })
    await seen(again)
    await next.close()
    const last = await open()
    expect(await gapOf(last.feed)).toBeUndefined()
    await last.close()
  })

  it("does not miss a shard that it has read to its end", async () => {
    const { stream, shard, openSettled, open, pass } = setup()
    const reader = await openSettled()
    shard.closed = true
    stream.shards.push({ id: "s2", parent: "s1", records: [row("b")], closed: false })
    await pass(minute)
    expect(await drain(reader.feed)).toEqual(["b"])
    stream.shards.splice(0, 1)
    await pass(minute)
    expect(await gapOf(reader.feed)).toBeUndefined()
    await reader.close()
    const next = await open()
    expect(await gapOf(next.feed)).toBeUndefined()
    await next.close()
  })

  it.each([
    ["TrimmedDataAccessException", "the stream no longer has what was to come next"],
    ["ResourceNotFoundException", gone]
  ])("says so on a %s", async (name, because) => {
    const { stream, openSettled } = setup()
    const { feed, close } = await openSettled()
    stream.failures.push(name)
    expect(await gapOf(feed)).toMatchObject({ because, cursor: undefined })
    await close()
  })

  it("writes it down before it hands out what came after", async () => {
    const { stream, table, shard, openSettled } = setup()
    const { feed, close } = await openSettled()
    stream.failures.push("TrimmedDataAccessException")
    shard.records = [row("c")]
    table.failures.push(new StoreUnavailable({ operation: "ChangeFeed.acknowledge", message: "away" }))
    await expect(poll(feed)).rejects.toThrow("away")
    const batch = await poll(feed)
    expect(batch.gap).toMatchObject({ because: "the stream no longer has what was to come next" })
    await close()
  })
})

it("a feed reads on in the stream that its table has since that of before was switched off, and looks for what came between", async () => {
  const { open, pass, shard, stream } = setup()
  let arn = "arn/1"
  const { feed, close } = await open(() => arn)
  await seen(await gapOf(feed))
  await drain(feed)
  shard.closed = true
  await drain(feed)
  stream.shards.splice(0, 1, { id: "s2", records: [row("b")], closed: false })
  arn = "arn/2"
  await pass(minute)
  const found = await poll(feed)
  expect(found.gap?.because).toBe("the table has another stream than before")
  await Effect.runPromise(found.acknowledge)
  expect([...runsOf(found), ...(await drain(feed))]).toEqual(["b"])
  await close()
})

describe("a look through the table for what a feed has forgotten", () => {
  it("goes on after a restart where it has got to, when its owner has been gone for some minutes", async () => {
    const { open, pass } = setup()
    const reader = await open()
    const gap = await gapOf(reader.feed)
    await pass(minute)
    expect(await seen(gap, "half-way")).toBe(true)
    await reader.close()
    const next = await open()
    expect(await gapOf(next.feed)).toBeUndefined()
    await pass(6 * minute)
    const again = await gapOf(next.feed)
    expect(again).toMatchObject({ because: "the table was not looked through to its end", cursor: "half-way" })
    expect(await seen(again)).toBe(true)
    await next.close()
  })

  it("begins anew if the other began before what was lost was written", async () => {
    const { open, pass } = setup()
    const reader = await open()
    const gap = await gapOf(reader.feed)
    await pass(minute)
    await seen(gap, "half-way")
    await reader.close()
    await pass(21 * hour)
    const next = await open()
    expect(await gapOf(next.feed)).toMatchObject({ cursor: undefined })
    await next.close()
  })

  it("begins anew if the other began before that, however long it went on", async () => {
    const { open, pass } = setup()
    const reader = await open()
    const gap = await gapOf(reader.feed)
    await pass(2 * hour)
    expect(await seen(gap, "half-way")).toBe(true)
    await reader.close()
    await pass(19 * hour)
    const next = await open()
    expect(await gapOf(next.feed)).toMatchObject({ cursor: undefined })
    await next.close()
  })

  it("is made once more if the other has come to its end since, and began before what was lost was written", async () => {
    const { open, pass } = setup()
    const [one, two] = [await open(), await open()]
    const gap = await gapOf(one.feed)
    expect(await gapOf(two.feed)).toBeUndefined()
    await pass(21 * hour)
    expect(await seen(gap, "half-way")).toBe(true)
    // The second one was asleep, and leaves the table to the first for now.
    expect(await gapOf(two.feed)).toBeUndefined()
    await pass(minute)
    expect(await seen(gap)).toBe(true)
    await pass(minute)
    expect(await gapOf(two.feed)).toMatchObject({
      because: "nobody has read the stream for 21 hours",
      cursor: undefined
    })
    await Promise.all([one.close(), two.close()])
  })

  it("is made by one of several readers, and by another if that one stops", async () => {
    const { open, pass } = setup()
    const [one, two] = [await open(), await open()]
    const gap = await gapOf(one.feed)
    expect(gap).toMatchObject({ because: first })
    expect(await gapOf(two.feed)).toBeUndefined()
    for (let page = 0; page < 10; page++) {
      await pass(minute)
      expect(await seen(gap, `page ${page}`)).toBe(true)
      expect(await gapOf(two.feed)).toBeUndefined()
    }
    // The first one hangs.
    await pass(6 * minute)
    const taken = await gapOf(two.feed)
    expect(taken).toMatchObject({ cursor: "page 9" })
    await pass(minute)
    expect(await seen(taken, "page 10")).toBe(true)
    expect(await seen(gap, "page 10")).toBe(false)
    expect(await seen(taken)).toBe(true)
    await pass(6 * minute)
    expect(await gapOf(one.feed)).toBeUndefined()
    expect(await gapOf(two.feed)).toBeUndefined()
    await Promise.all([one.close(), two.close()])
  })

  it("is handed out again by the reader whose host gave it up", async () => {
    const { open, pass } = setup()
    const { feed, close } = await open()
    expect(await gapOf(feed)).toMatchObject({ because: first })
    await pass(6 * minute)
    expect(await gapOf(feed)).toMatchObject({ because: first })
    await close()
  })

  it("writes sparingly how far it has got", async () => {
    const { table, open } = setup()
    const { feed, close } = await open()
    const gap = await gapOf(feed)
    const before = table.items.get("#feed/default/arn look")
    for (let page = 0; page < 100; page++) expect(await seen(gap, `page ${page}`)).toBe(true)
    expect(table.items.get("#feed/default/arn look")).toBe(before)
    await close()
  })
})
