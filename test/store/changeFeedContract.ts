import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { messageKey } from "../../src/actor/history/message.ts"
import { ChangeFeed, type Doorbell, type FeedBatch, type FeedGap } from "../../src/store/changeFeed.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { everyMessage, newHead, newRunId, startMessage, stepMessage } from "./samples.ts"
import { eventually, type StoreUnderTest, useStore } from "./useStore.ts"

export interface ChangeFeedContractOptions {
  /** A second store of the layer sees what the first has written: not one in memory. */
  readonly reopens: boolean
  /** After some time it no longer has what nobody has read, and says when that may have happened. */
  readonly forgets: boolean
}

/** What every change feed keeps: see `src/store/changeFeed.ts`. */
export const changeFeedContract = (
  name: string,
  layer: Layer.Layer<ChangeFeed | RunTable, unknown>,
  { reopens, forgets }: ChangeFeedContractOptions
): void => {
  describe(`ChangeFeed: ${name}`, () => {
    const store = useStore(layer)
    // First: who asks first is the one who is told.
    if (forgets) gaps(store)
    else noGaps(store)
    rings(store)
    if (reopens) restarts(store)
  })
}

const idOf = ({ runId, key }: Doorbell): string => `${runId} ${key}`

/** Polls, acknowledging, until all of these have rung; answers everything that rang. */
const collect = (expected: ReadonlyArray<Doorbell>, limit = 100) => {
  const rung = new Set<string>()
  return eventually(
    `${expected.length} doorbells`,
    Effect.gen(function* () {
      const feed = yield* ChangeFeed
      const batch = yield* feed.poll({ limit, waitMs: 200 })
      expect(batch.doorbells.length).toBeLessThanOrEqual(limit)
      for (const doorbell of batch.doorbells) rung.add(idOf(doorbell))
      yield* batch.acknowledge
      return expected.every((doorbell) => rung.has(idOf(doorbell))) ? rung : undefined
    })
  )
}

const rings = ({ run, runOnAnother }: StoreUnderTest<ChangeFeed | RunTable>): void => {
  it("rings for every row that is put, and for inbox rows only", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = `${newRunId()}/ü#🎈`
        for (const message of everyMessage) yield* table.put(runId, message)
        yield* table.putSegment(runId, 0, ["start"])
        yield* table.commitHead(runId, newHead())
        yield* table.commitHead(runId, newHead({ version: 2 }))
        const last = newRunId()
        yield* table.put(last, startMessage())
        const keys = everyMessage.map(messageKey)
        const rung = yield* collect([...keys.map((key) => ({ runId, key })), { runId: last, key: "start" }])
        const own = [...rung].filter((id) => id.startsWith(`${runId} `))
        expect(new Set(own)).toEqual(new Set(keys.map((key) => idOf({ runId, key }))))
      })
    ))

  it("hands over many rows in batches of the size asked for", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const rows = Array.from({ length: 300 }, (_, index) => stepMessage(`a#${index}`))
        yield* Effect.forEach(rows, (row) => table.put(runId, row), { concurrency: 16, discard: true })
        yield* collect(
          rows.map((row) => ({ runId, key: messageKey(row) })),
          40
        )
      })
    ))

  it("answers empty when nothing came in the time asked for", () =>
    run(
      Effect.gen(function* () {
        const feed = yield* ChangeFeed
        yield* eventually(
          "an empty batch",
          Effect.gen(function* () {
            const before = yield* Clock.currentTimeMillis
            const batch = yield* feed.poll({ limit: 100, waitMs: 50 })
            yield* batch.acknowledge
            expect((yield* Clock.currentTimeMillis) - before).toBeLessThan(5_000)
            return batch.doorbells.length === 0 ? true : undefined
          })
        )
      })
    ))

  it("says that nothing came when all of the wait is over, and not before, though others write what rings for nobody", () =>
    run(
      Effect.gen(function* () {
        const feed = yield* ChangeFeed
        yield* eventually(
          "an empty batch",
          Effect.map(pollOnce, ({ doorbells }) => (doorbells.length === 0 ? true : undefined))
        )
        const runId = newRunId()
        const writes = Effect.gen(function* () {
          const table = yield* RunTable
          for (let version = 1; version <= 5; version++) {
            yield* Effect.sleep(100)
            yield* table.commitHead(runId, newHead({ version }))
          }
        })
        const begun = performance.now()
        const poll = Effect.map(feed.poll({ limit: 100, waitMs: 1_500 }), ({ doorbells }) => ({
          doorbells,
          tookMs: performance.now() - begun
        }))
        const [{ doorbells, tookMs }] = yield* Effect.all([poll, Effect.promise(() => runOnAnother(writes))], {
          concurrency: 2
        })
        expect(doorbells).toEqual([])
        expect(tookMs).toBeGreaterThanOrEqual(1_495)
      })
    ))

  it("wakes a reader that waits when a row comes", () =>
    run(
      Effect.gen(function* () {
        const feed = yield* ChangeFeed
        const table = yield* RunTable
        const runId = newRunId()
        const put = Effect.andThen(Effect.sleep(100), table.put(runId, startMessage()))
        const [batch] = yield* Effect.all([feed.poll({ limit: 10, waitMs: 10_000 }), put], { concurrency: 2 })
        expect(batch.doorbells).toContainEqual({ runId, key: "start" })
        yield* batch.acknowledge
      })
    ))
}

const pollOnce = Effect.flatMap(ChangeFeed, (feed) =>
  Effect.tap(feed.poll({ limit: 100, waitMs: 50 }), ({ acknowledge }) => acknowledge)
)

const gaps = (store: StoreUnderTest<ChangeFeed | RunTable>): void => {
  it("tells its first reader, and no other, that it may have forgotten, until the table has been looked through", async () => {
    await store.run(
      Effect.gen(function* () {
        const { gap } = yield* pollOnce
        expect(gap).toMatchObject({ cursor: undefined })
        expect((yield* pollOnce).gap).toBeUndefined()
        expect((yield* Effect.promise(() => store.runOnAnother(pollOnce))).gap).toBeUndefined()
        expect(yield* (gap as FeedGap).seenTo(undefined)).toBe(true)
      })
    )
    expect((await store.runOnAnother(pollOnce)).gap).toBeUndefined()
  })
}

const noGaps = (store: StoreUnderTest<ChangeFeed | RunTable>): void => {
  it("forgets nothing, and never says so", () =>
    store.run(
      Effect.gen(function* () {
        const table = yield* RunTable
        yield* table.put(newRunId(), startMessage())
        for (let polls = 0; polls < 3; polls++) expect((yield* pollOnce).gap).toBeUndefined()
      })
    ))
}

const restarts = (store: StoreUnderTest<ChangeFeed | RunTable>): void => {
  it("rings again after a restart for what was not acknowledged, batches before later ones included (L1)", async () => {
    const runId = newRunId()
    const rows = Array.from({ length: 6 }, (_, index) => stepMessage(`a#${index}`))
    await store.runOnAnother(
      Effect.gen(function* () {
        const table = yield* RunTable
        for (const row of rows) yield* table.put(runId, row)
        const batches: Array<FeedBatch> = []
        const feed = yield* ChangeFeed
        yield* eventually(
          "all rows, in batches of two",
          Effect.gen(function* () {
            const batch = yield* feed.poll({ limit: 2, waitMs: 200 })
            const own = batch.doorbells.filter((doorbell) => doorbell.runId === runId)
            if (own.length > 0) batches.push(batch)
            else yield* batch.acknowledge
            const found = new Set(batches.flatMap(({ doorbells }) => doorbells.map(({ key }) => key)))
            return rows.every((row) => found.has(messageKey(row))) ? true : undefined
          })
        )
        // The last, and not those before it: none of these may be taken for seen to.
        yield* (batches.at(-1) as FeedBatch).acknowledge
        return new Set(batches.slice(0, -1).flatMap(({ doorbells }) => doorbells.map(({ key }) => key)))
      })
    )
    await store.runOnAnother(collect(rows.slice(0, 4).map((row) => ({ runId, key: messageKey(row) }))))
  })
}
