import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { messageKey } from "../../../src/actor/history/message.ts"
import { makeCheckpoints, shardEnd } from "../../../src/store/aws/feed/feedCheckpoints.ts"
import { makeGapWatch } from "../../../src/store/aws/feed/feedGap.ts"
import { makeDynamoRunTable } from "../../../src/store/aws/table/dynamoRunTable.ts"
import { makeDynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { makeSweepPlace } from "../../../src/store/aws/table/sweepPlaceItem.ts"
import type { RunTable } from "../../../src/store/runTable.ts"
import { epoch, newHead, startMessage, stepMessage } from "../samples.ts"
import { pagedDynamo } from "./pagedDynamo.ts"

const start = startMessage()

const open = (pageSize = 1) => {
  const dynamo = pagedDynamo(pageSize)
  const table = makeDynamoTable({ client: dynamo.client, tableName: "table" })
  return {
    ...dynamo,
    table,
    runs: makeDynamoRunTable({ tableName: "orders", table, tenant: "" })
  }
}

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)

type Operations = {
  readonly [Name in keyof RunTable["Service"]]: (runs: RunTable["Service"]) => Effect.Effect<unknown, unknown>
}

/** Each of the run table's, so that a new one is thought of here. */
const operations: Operations = {
  put: (runs) => runs.put("r", stepMessage("again#0")),
  commitHead: (runs) => runs.commitHead("r", newHead({ version: 2 })),
  putSegment: (runs) => runs.putSegment("r", 7, ["start"]),
  readHead: (runs) => runs.readHead("r"),
  readMessage: (runs) => runs.readMessage("r", "start"),
  readRun: (runs) => runs.readRun("r"),
  readMark: (runs) => runs.readMark("r", "newest"),
  raiseMark: (runs) => runs.raiseMark("r", "newest", { to: 1, above: 0 }),
  list: (runs) => runs.list({}),
  count: (runs) => runs.count({}),
  scanUnstarted: (runs) => runs.scanUnstarted(),
  listDeleted: (runs) => runs.listDeleted({ before: Date.now(), limit: 10 }),
  entomb: (runs) => runs.entomb("r2", { kind: "deleted", at: 1, until: 2, generation: 0 }),
  stepRetries: (runs) => runs.stepRetries("r"),
  headChanged: (runs) => runs.headChanged("r", 1)
}

/** The listing lags behind and says so; a look through the table is for what is older than any replica's delay. */
const mayLag = new Set(["list", "listDeleted", "count", "scanUnstarted"])

describe("every read of the table is strong, on the wire", () => {
  const prepared = async () => {
    const opened = open()
    const { runs } = opened
    for (const row of [start, stepMessage("a#0"), stepMessage("again#0")]) await run(runs.put("r", row))
    await run(runs.commitHead("r", newHead({ version: 1 })))
    opened.sent.length = 0
    return opened
  }

  it.each(Object.entries(operations))("RunTable.%s", async (name, operation) => {
    const { runs, sent } = await prepared()
    await run(operation(runs))
    const reads = sent.filter((one) => one.name !== "PutItem")
    if (
      ["readHead", "readMessage", "readMark", "readRun", "list", "count", "scanUnstarted", "stepRetries"].includes(name)
    )
      expect(reads).not.toEqual([])
    for (const { input } of reads) {
      if (mayLag.has(name)) continue
      expect(input.ConsistentRead).toBe(true)
    }
  })

  it.each([
    ["what is there, of a put that is refused", "put"],
    ["checkpoints of the stream's readers", "checkpoints"],
    ["who looks through the table", "gap"],
    ["the sweeper's place", "sweep"]
  ])("%s", async (_, what) => {
    const { sent, table } = await prepared()
    if (what === "put") {
      // A server that does not hand back what is there is asked.
      const { putIf, ...rest } = table
      const silent = { ...rest, putIf: () => Effect.succeed({ _tag: "Refused", existing: undefined } as const) }
      await run(makeDynamoRunTable({ tableName: "orders", table: silent, tenant: "" }).put("r", start))
    }
    if (what === "checkpoints") await run(makeCheckpoints({ table, readerName: "default" }).load("arn"))
    if (what === "gap") {
      const watch = makeGapWatch({ table, readerName: "default", keptMs: 1 })
      watch.found("why", 0)
      await run(watch.claim("arn", 0))
    }
    if (what === "sweep") await run(makeSweepPlace({ table, tenant: "" }).load)
    const reads = sent.filter(({ name }) => name !== "PutItem")
    expect(reads).toHaveLength(1)
    expect(reads[0]?.input.ConsistentRead).toBe(true)
  })
})

describe("what comes in several pages is read to its end", () => {
  it("a run", async () => {
    for (const pageSize of [1, 2, 3]) {
      const { runs } = open(pageSize)
      const rows = [start, ...Array.from({ length: 6 }, (_, n) => stepMessage(`s#${n}`, { at: epoch + n + 1 }))]
      for (const row of rows) await run(runs.put("r", row))
      for (const index of [0, 1, 2]) await run(runs.putSegment("r", index, [`${index}`]))
      await run(runs.commitHead("r", newHead({ version: 1 })))
      const stored = await run(runs.readRun("r"))
      expect(stored.messages.map(messageKey)).toEqual(rows.map(messageKey))
      expect(stored.segments).toEqual([["0"], ["1"], ["2"]])
      expect(stored.head?.version).toBe(1)
    }
  })

  it("a listing: names of workflows, and entries of each shard, page by page by its cursor", async () => {
    const { runs } = open(1)
    const ids: Array<string> = []
    for (const [n, workflow] of ["c", "a", "b", "a", "c", "a", "a"].entries()) {
      for (const m of [0, 1, 2, 3, 4]) {
        const runId = `run-${n}-${m}`
        ids.push(runId)
        // Two of one millisecond.
        const startedAt = epoch + n * 10 + Math.floor(m / 2)
        const status = m === 3 ? "parked" : "running"
        await run(runs.commitHead(runId, newHead({ version: 1, workflow, startedAt, status })))
      }
    }
    const all = (await run(runs.list({ limit: 1_000 }))).runs
    expect(all.map(({ runId }) => runId).toSorted()).toEqual(ids.toSorted())
    for (const limit of [1, 4, 9]) {
      const found: Array<string> = []
      let cursor: string | undefined
      do {
        const page = await run(runs.list({ limit, ...(cursor === undefined ? {} : { cursor }) }))
        found.push(...page.runs.map(({ runId }) => runId))
        cursor = page.cursor
        // A cursor that is dropped brings the first page for ever.
        expect(found.length).toBeLessThanOrEqual(ids.length)
      } while (cursor !== undefined)
      expect(found).toEqual(all.map(({ runId }) => runId))
    }
    const order = all.map(({ runId, startedAt }) => `${startedAt} ${runId}`)
    expect(order).toEqual(order.toSorted().toReversed())
  })

  it("a listing by a tag and what ids begin with, of which hundreds have the one and not the other", async () => {
    const { runs } = open(1_000)
    const put = runs.putTags as NonNullable<typeof runs.putTags>
    const tags = { customer: "c-1" }
    for (let n = 1; n <= 600; n++) await run(put(`other-${n}`, tags, { version: 1, startedAt: epoch + n }))
    await run(put("sought", tags, { version: 1, startedAt: epoch }))
    await run(runs.commitHead("sought", newHead({ version: 1, startedAt: epoch, tags })))
    const found: Array<string> = []
    let cursor: string | undefined
    do {
      const page = await run(runs.list({ tags, prefix: "sou", ...(cursor === undefined ? {} : { cursor }) }))
      found.push(...page.runs.map(({ runId }) => runId))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(found).toEqual(["sought"])
  })

  it("a look through the table, on which a head may be on the page before its start", async () => {
    const { runs } = open(1)
    for (const runId of ["begun", "lost", "also-begun", "also-lost"]) await run(runs.put(runId, start))
    for (const runId of ["begun", "also-begun"]) await run(runs.commitHead(runId, newHead({ version: 1 })))
    const found: Array<string> = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await run(runs.scanUnstarted(cursor))
      found.push(...page.runIds)
      cursor = page.cursor
      expect(++pages).toBeLessThan(20)
    } while (cursor !== undefined)
    expect(found.toSorted()).toEqual(["also-lost", "lost"])
  })

  it("checkpoints of a stream of many shards", async () => {
    const { table } = open(2)
    const checkpoints = makeCheckpoints({ table, readerName: "default" })
    const shards = Array.from({ length: 7 }, (_, n) => `shard-${n}`)
    for (const shard of shards) await run(checkpoints.save("arn", shard, shard === "shard-3" ? shardEnd : "1", epoch))
    const { places } = await run(checkpoints.load("arn"))
    expect([...places.keys()].toSorted()).toEqual(shards)
    expect(places.get("shard-3")?.place).toBe(shardEnd)
  })
})

describe("what is remembered was written before", () => {
  const away = () => Object.assign(new Error("away"), { name: "InternalServerError" })

  it("a workflow is announced until its name has been put", async () => {
    const { failures, items, runs } = open()
    failures.push(away())
    const commit = () => run(Effect.result(runs.commitHead("r", newHead({ version: 1, workflow: "orders" }))))
    expect((await commit())._tag).toBe("Failure")
    expect([...items.keys()]).toEqual([])
    expect((await commit())._tag).toBe("Success")
    expect((await run(runs.list({}))).runs.map(({ workflow }) => workflow)).toEqual(["orders"])
  })

  it("that somebody reads the stream is written again when it could not be", async () => {
    const { failures, items, table } = open()
    const checkpoints = makeCheckpoints({ table, readerName: "default" })
    failures.push(away())
    expect((await run(Effect.result(checkpoints.saveAlive("arn", epoch))))._tag).toBe("Failure")
    await run(checkpoints.saveAlive("arn", epoch + 1))
    expect(items.size).toBe(1)
  })

  it("that somebody reads the stream is written some times a day, however often it is read", async () => {
    const { sent, table } = open()
    const checkpoints = makeCheckpoints({ table, readerName: "default" })
    for (let minutes = 0; minutes < 24 * 60; minutes++)
      await run(checkpoints.saveAlive("arn", epoch + minutes * 60_000))
    expect(sent.map(({ name }) => name)).toEqual(Array.from({ length: 4 }, () => "PutItem"))
  })
})
