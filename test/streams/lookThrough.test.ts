import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { ChangeFeed, type FeedGap } from "../../src/store/changeFeed.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { RunTable, type UnstartedPage } from "../../src/store/runTable.ts"
import { eventually, live, openClient, openEngine, type StoreLayer, tempFile, withSql } from "./engine.ts"

const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 2) })
const doubles = defineWorkflow("doubles", { input: Schema.Number, output: Schema.Number, run: (n) => double(n) })
const definitions = { workflows: [doubles], steps: [double] }

/** Starts that nobody will ever hear of: their doorbells are gone. */
const startUnheard = Effect.fnUntraced(function* (filename: string, ids: ReadonlyArray<string>) {
  const client = yield* openClient(filename)
  yield* Effect.forEach(ids, (runId) => client.start(doubles, { runId, input: 21 }), { concurrency: 8 })
  yield* withSql(filename, (sql) => sql.exec("delete from doorbells"))
  return client
})

const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `run-${n}`)

describe("a host that is asked to look through the table", () => {
  live("begins the runs that were started and that no doorbell tells of", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const ids = idsOf(30)
      const client = yield* startUnheard(filename, ids)
      const { host } = yield* openEngine({ filename, ...definitions })
      // The sweeper goes by the listing, which shows what has a head.
      expect(yield* host.sweep).toMatchObject({ scanned: 0 })
      expect((yield* client.get("run-0")).status).toBe("accepted")
      expect(yield* host.lookThrough).toEqual({ found: 30, failed: 0 })
      const outcomes = yield* Effect.forEach(ids, (runId) => client.wait(doubles, runId), { concurrency: 8 })
      expect(outcomes).toEqual(ids.map(() => 42))
      expect(yield* host.lookThrough).toEqual({ found: 0, failed: 0 })
    })
  )
})

/** The store with a feed that reports this gap with its first batch, and a table that is looked through as told. */
const forgetful =
  (gap: FeedGap, scan?: RunTable["Service"]["scanUnstarted"]) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.gen(function* () {
        const context = (yield* Effect.context<ChangeFeed | RunTable>()) as Context.Context<any>
        const feed = Context.get(context, ChangeFeed)
        const table = Context.get(context, RunTable)
        let told = false
        const poll: ChangeFeed["Service"]["poll"] = (options) =>
          Effect.map(feed.poll({ ...options, waitMs: told ? options.waitMs : 0 }), (batch) => {
            if (told) return batch
            told = true
            return { ...batch, gap }
          })
        return context.pipe(
          Context.add(ChangeFeed, { poll }),
          Context.add(RunTable, { ...table, scanUnstarted: scan ?? table.scanUnstarted })
        )
      })
    ).pipe(Layer.provide(store)) as StoreLayer

/** Notes how far the table was looked through. */
const gapOf = (options: { readonly cursor?: string; readonly until?: string } = {}) => {
  const seen: Array<string | undefined> = []
  const seenTo = (cursor: string | undefined) =>
    Effect.sync(() => {
      seen.push(cursor)
      return cursor === undefined || cursor !== options.until
    })
  const gap: FeedGap = { because: "says the test", cursor: options.cursor, seenTo }
  return { gap, seen }
}

/** Pages of two, by place. */
const pagesOf =
  (ids: ReadonlyArray<string>, asked: Array<string | undefined>) =>
  (cursor?: string): UnstartedPage => {
    asked.push(cursor)
    const from = Number(cursor ?? 0)
    const runIds = ids.slice(from, from + 2)
    return from + 2 < ids.length ? { runIds, cursor: String(from + 2) } : { runIds }
  }

describe("a host whose change feed has forgotten something", () => {
  live("looks through the table by itself, once, and says so", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const ids = idsOf(5)
      const client = yield* startUnheard(filename, ids)
      const { gap, seen } = gapOf()
      const { logged } = yield* openEngine({ filename, ...definitions, wrap: forgetful(gap) })
      yield* Effect.forEach(ids, (runId) => client.wait(doubles, runId))
      yield* eventually(
        "the end is seen",
        Effect.sync(() => logged.some((line) => line.includes("looked through the table: 5 runs")))
      )
      expect(seen).toEqual([undefined])
      expect(logged.filter((line) => line.includes("records may have been missed (says the test)"))).toHaveLength(1)
    })
  )

  live("goes on where an earlier look has got to, page by page, and past pages that it could not read at first", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const ids = idsOf(9)
      const client = yield* startUnheard(filename, ids)
      const { gap, seen } = gapOf({ cursor: "2" })
      const asked: Array<string | undefined> = []
      const page = pagesOf(ids, asked)
      let failures = 2
      const scan = (cursor?: string) =>
        Effect.suspend(() => {
          if (cursor !== "6" || failures-- <= 0) return Effect.succeed(page(cursor))
          return Effect.fail(new StoreUnavailable({ operation: "RunTable.scanUnstarted", message: "away" }))
        })
      const { logged } = yield* openEngine({ filename, ...definitions, wrap: forgetful(gap, scan) })
      yield* Effect.forEach(ids.slice(2), (runId) => client.wait(doubles, runId))
      yield* eventually(
        "the end is seen",
        Effect.sync(() => seen.at(-1) === undefined && seen.length > 0)
      )
      expect(asked).toEqual(["2", "4", "6", "8"])
      expect(seen).toEqual(["4", "6", "8", undefined])
      expect(logged.join("\n")).toContain("looking through the table waits")
      // What the earlier look has seen to is not looked at again.
      expect((yield* client.get("run-0")).status).toBe("accepted")
    })
  )

  live("leaves it to another host that has taken it over", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const ids = idsOf(6)
      yield* startUnheard(filename, ids)
      const { gap, seen } = gapOf({ until: "2" })
      const asked: Array<string | undefined> = []
      const scan = (cursor?: string) => Effect.sync(() => pagesOf(ids, asked)(cursor))
      const { logged } = yield* openEngine({ filename, ...definitions, wrap: forgetful(gap, scan) })
      yield* eventually(
        "it stops",
        Effect.sync(() => logged.some((line) => line.includes("another host goes on")))
      )
      expect(seen).toEqual(["2"])
      expect(asked).toEqual([undefined])
    })
  )

  live("does not turn what has got a head meanwhile", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { gap, seen } = gapOf()
      const ended = yield* Deferred.make<void>()
      const scan = () => Effect.as(Deferred.await(ended), { runIds: ["r"] })
      const { client, logged } = yield* openEngine({ filename, ...definitions, wrap: forgetful(gap, scan) })
      expect(yield* client.execute(doubles, { runId: "r", input: 1 })).toBe(2)
      yield* Deferred.succeed(ended, undefined)
      yield* eventually(
        "it is through",
        Effect.sync(() => seen.length === 1)
      )
      expect(logged).toEqual([])
    })
  )
})
