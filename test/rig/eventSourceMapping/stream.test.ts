import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { InvocationResult } from "./answers.ts"
import {
  type Discarded,
  followStream,
  laneOf,
  type Shard,
  type StreamMapping,
  type StreamMappingOptions,
  type StreamRecord
} from "./stream.ts"
import { passTime } from "./virtualTime.ts"

const record = (number: number, item = `i${number}`, fields: Partial<StreamRecord> = {}): StreamRecord => ({
  eventName: "INSERT",
  dynamodb: { Keys: { pk: { S: item } }, SequenceNumber: String(number), ApproximateCreationDateTime: 0 },
  ...fields
})

/** A row of a run: runs are partitions, and a row is an item of one. */
const row = (number: number, run: string, sk: string): StreamRecord => {
  const { dynamodb, ...fields } = record(number)
  return { ...fields, dynamodb: { ...dynamodb, Keys: { pk: { S: run }, sk: { S: sk } } } }
}

const records = (count: number) => Array.from({ length: count }, (_, index) => record(index + 1))

const defaults: StreamMapping = {
  startingPosition: "TRIM_HORIZON",
  batchSize: 100,
  windowMs: 0,
  parallelizationFactor: 1,
  maxRetries: Number.POSITIVE_INFINITY,
  maxRecordAgeMs: Number.POSITIVE_INFINITY,
  bisects: false,
  reportsFailures: true,
  filters: []
}

const answered = (payload: unknown): InvocationResult => ({ kind: "answered", payload })
const fine = answered({ batchItemFailures: [] })
const failed: InvocationResult = { kind: "failed", error: "boom" }
const failing = (...numbers: ReadonlyArray<number>) =>
  answered({ batchItemFailures: numbers.map((number) => ({ itemIdentifier: String(number) })) })

interface Trial {
  readonly mapping?: Partial<StreamMapping>
  /** What each read of a shard finds, in turn; then nothing. */
  readonly reads: ReadonlyArray<ReadonlyArray<StreamRecord>>
  readonly shards?: ReadonlyArray<Shard>
  /** Those that are there from the first look after this moment. */
  readonly later?: { readonly atMs: number; readonly shards: ReadonlyArray<Shard> }
  readonly answer?: (numbers: ReadonlyArray<string>, invocation: number) => Effect.Effect<InvocationResult>
  readonly options?: Partial<StreamMappingOptions>
}

/** A mapping before a made-up stream and function, for so long. */
const run = Effect.fnUntraced(function* (trial: Trial, forMs = 15_000) {
  const invocations: Array<{ readonly at: number; readonly numbers: ReadonlyArray<string> }> = []
  const discarded: Array<Discarded> = []
  const opened: Array<string> = []
  const { shards: first = [{ id: "s" }], later, answer = () => Effect.succeed(fine) } = trial
  const began = yield* Clock.currentTimeMillis
  const present = Effect.map(Clock.currentTimeMillis, (now) =>
    later !== undefined && now - began >= later.atMs ? later.shards : first
  )
  yield* Effect.forkChild(
    followStream({
      mapping: { ...defaults, ...trial.mapping },
      source: {
        shards: present,
        open: (id, position) => Effect.sync(() => `${id} ${opened.push(`${id} from ${position}`) - opened.length}`),
        read: (iterator) =>
          Effect.map(present, (shards) => {
            const [id, place] = iterator.split(" ")
            const next = Number(place) + 1
            // A shard with children is closed once it is read.
            const isClosed = shards.some(({ parentId }) => parentId === id) && next >= trial.reads.length
            return { records: trial.reads[Number(place)] ?? [], ...(isClosed ? {} : { next: `${id} ${next}` }) }
          })
      },
      invoke: Effect.fnUntraced(function* (batch) {
        const numbers = batch.map(({ dynamodb }) => dynamodb.SequenceNumber)
        invocations.push({ at: yield* Clock.currentTimeMillis, numbers })
        return yield* answer(numbers, invocations.length)
      }),
      discard: (what) => Effect.sync(() => void discarded.push(what)),
      ...trial.options
    })
  )
  yield* passTime(forMs)
  return { invocations, batches: invocations.map(({ numbers }) => numbers.join(" ")), discarded, opened }
})

describe("batches", () => {
  it.effect("are of what is there, up to the batch size", () =>
    Effect.gen(function* () {
      const { batches } = yield* run({ reads: [records(5)], mapping: { batchSize: 2 } })
      expect(batches).toEqual(["1 2", "3 4", "5"])
    })
  )

  it.effect("wait for their window, and no longer once they are full", () =>
    Effect.gen(function* () {
      const window = { batchSize: 3, windowMs: 5_000 }
      const waited = yield* run({ reads: [[record(1)], [], [record(2)]], mapping: window })
      expect(waited.invocations).toEqual([{ at: 5_000, numbers: ["1", "2"] }])
      const full = yield* run({ reads: [[record(1)], [record(2), record(3)], []], mapping: window })
      expect(full.batches).toEqual(["1 2 3"])
      expect(full.invocations[0]?.at).toBeLessThan(70_000)
    })
  )

  it.effect("come to no more than 6 MB", () =>
    Effect.gen(function* () {
      const large = [1, 2, 3].map((number) => record(number, "i", { padding: "x".repeat(2.5e6) }))
      const { batches } = yield* run({ reads: [large] })
      expect(batches).toEqual(["1 2", "3"])
    })
  )

  it.effect("hold what passes the filters alone", () =>
    Effect.gen(function* () {
      const filters = [{ eventName: ["INSERT"] }]
      const mixed = [record(1), record(2, "i", { eventName: "REMOVE" }), record(3)]
      const { batches } = yield* run({
        reads: [mixed, [record(4, "i", { eventName: "REMOVE" })]],
        mapping: { filters }
      })
      expect(batches).toEqual(["1 3"])
    })
  )

  it.effect("are looked for four times a second", () =>
    Effect.gen(function* () {
      const { invocations } = yield* run({ reads: [[], [], [], [record(1)]] })
      expect(invocations).toEqual([{ at: 750, numbers: ["1"] }])
    })
  )
})

describe("order", () => {
  const busy = (ms: number) => () => Effect.as(Effect.sleep(ms), fine)

  it.effect("with one lane, a batch waits for the one before it", () =>
    Effect.gen(function* () {
      const { invocations } = yield* run({ reads: [records(3)], mapping: { batchSize: 1 }, answer: busy(1_000) })
      expect(invocations.map(({ at }) => at)).toEqual([0, 1_000, 2_000])
    })
  )

  it.effect("with several, records of one item wait for each other, and of several do not", () =>
    Effect.gen(function* () {
      const mapping = { batchSize: 1, parallelizationFactor: 10 }
      const one = [record(1, "a"), record(2, "a"), record(3, "a")]
      const same = yield* run({ reads: [one], mapping, answer: busy(1_000) }, 10_000)
      expect(same.invocations.map(({ at }) => at)).toEqual([0, 1_000, 2_000])
      const lanes = new Set(records(40).map((each) => laneOf(each, 10)))
      expect(lanes.size).toBe(10)
      const many = yield* run({ reads: [records(40)], mapping, answer: busy(1_000) }, 10_000)
      expect(many.invocations.filter(({ at }) => at === 10_000)).toHaveLength(10)
    })
  )

  it.effect("records of one run are of several items, and do not wait for each other", () =>
    Effect.gen(function* () {
      const mapping = { batchSize: 1, parallelizationFactor: 10 }
      const rows = Array.from({ length: 40 }, (_, index) => row(index + 1, "run", `step/${index}`))
      expect(new Set(rows.map((each) => laneOf(each, 10))).size).toBe(10)
      const { invocations } = yield* run({ reads: [rows], mapping, answer: busy(1_000) }, 1_000)
      expect(invocations.filter(({ at }) => at === 0)).toHaveLength(10)
    })
  )

  it.effect("and the rows of one item do", () =>
    Effect.gen(function* () {
      const mapping = { batchSize: 1, parallelizationFactor: 10 }
      const heads = [1, 2, 3].map((number) => row(number, "run", "head"))
      const { invocations } = yield* run({ reads: [heads], mapping, answer: busy(1_000) })
      expect(invocations.map(({ at }) => at)).toEqual([0, 1_000, 2_000])
    })
  )

  it.effect("a failing item holds up its own lane alone", () =>
    Effect.gen(function* () {
      const mapping = { batchSize: 1, parallelizationFactor: 2 }
      const [bad, other] = [record(1, "a"), record(2, "a")]
      const free = records(20).filter((each) => laneOf(each, 2) !== laneOf(bad, 2))
      const { batches } = yield* run({
        reads: [[bad, other, ...free]],
        mapping,
        answer: ([number]) => Effect.succeed(number === "1" ? failed : fine)
      })
      expect(batches).not.toContain("2")
      expect(new Set(batches).size).toBe(1 + free.length)
    })
  )

  it.effect("a child shard waits for its parent", () =>
    Effect.gen(function* () {
      const shards = [{ id: "child", parentId: "parent" }, { id: "parent" }]
      const trial: Trial = { reads: [[record(1)]], shards, answer: () => Effect.as(Effect.sleep(7_000), fine) }
      const early = yield* run(trial, 6_000)
      expect(early.opened).toEqual(["parent from TRIM_HORIZON"])
      const late = yield* run(trial, 15_000)
      expect(late.opened).toEqual(["parent from TRIM_HORIZON", "child from TRIM_HORIZON"])
    })
  )

  it.effect("but not for one that has expired", () =>
    Effect.gen(function* () {
      const { opened, batches } = yield* run({ reads: [[record(1)]], shards: [{ id: "child", parentId: "expired" }] })
      expect(opened).toEqual(["child from TRIM_HORIZON"])
      expect(batches).toEqual(["1"])
    })
  )
})

describe("a mapping that begins at LATEST", () => {
  const mapping = { startingPosition: "LATEST" } as const
  const family = [{ id: "parent" }, { id: "child", parentId: "parent" }]

  it.effect("reads shards that come later from their beginning", () =>
    Effect.gen(function* () {
      const later = { atMs: 4_000, shards: family }
      const { opened } = yield* run({ reads: [], mapping, shards: [{ id: "parent" }], later })
      expect(opened).toEqual(["parent from LATEST", "child from TRIM_HORIZON"])
    })
  )

  it.effect("begins at once with what is open, and not with what is closed", () =>
    Effect.gen(function* () {
      const { opened } = yield* run({ reads: [], mapping, shards: family }, 1_000)
      expect(opened).toEqual(["child from LATEST"])
    })
  )
})

describe("failures", () => {
  it.effect("a failed batch is tried again as a whole, with growing pauses", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = (_, count) => Effect.succeed(count <= 2 ? failed : fine)
      const { invocations, batches } = yield* run({ reads: [records(3)], answer })
      expect(batches).toEqual(["1 2 3", "1 2 3", "1 2 3"])
      expect(invocations.map(({ at }) => at)).toEqual([0, 100, 300])
    })
  )

  it.effect("a batch without retries left goes to the destination, and the lane goes on", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = ([number]) => Effect.succeed(number === "1" ? failed : fine)
      const mapping = { batchSize: 2, maxRetries: 2 }
      const { batches, discarded } = yield* run({ reads: [records(4)], mapping, answer })
      expect(batches).toEqual(["1 2", "1 2", "1 2", "3 4"])
      expect(discarded).toMatchObject([{ shardId: "s", condition: "RetryAttemptsExhausted", invocations: 3 }])
      expect(discarded[0]?.records).toHaveLength(2)
    })
  )

  it.effect("records past their age are not sent any more", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = () => Effect.succeed(failed)
      const { discarded, invocations } = yield* run(
        {
          reads: [records(1)],
          mapping: { maxRecordAgeMs: 30_000 },
          answer
        },
        60_000
      )
      expect(discarded).toMatchObject([{ condition: "RecordAgeExceeded" }])
      expect(invocations.at(-1)?.at).toBeLessThanOrEqual(30_000)
    })
  )

  it.effect("an old record is taken out of a batch, the others are sent", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust(100_000)
      const fresh = record(2)
      const young = { ...fresh, dynamodb: { ...fresh.dynamodb, ApproximateCreationDateTime: 90 } }
      const { batches, discarded } = yield* run({ reads: [[record(1), young]], mapping: { maxRecordAgeMs: 60_000 } })
      expect(batches).toEqual(["2"])
      expect(discarded).toMatchObject([{ condition: "RecordAgeExceeded", invocations: 0 }])
    })
  )

  it.effect("bisecting finds the bad record; splitting costs no retry", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = (numbers) => Effect.succeed(numbers.includes("3") ? failed : fine)
      const mapping = { bisects: true, maxRetries: 1 }
      const { batches, discarded } = yield* run({ reads: [records(5)], mapping, answer })
      expect(batches).toEqual(["1 2 3 4 5", "1 2 3", "1 2", "3", "3", "4 5"])
      expect(discarded.map(({ records: lost }) => lost.map(({ dynamodb }) => dynamodb.SequenceNumber))).toEqual([["3"]])
    })
  )

  it.effect("nor does it give any back: the parts have what the batch had left", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = (numbers, count) => {
        if (count === 1) return Effect.succeed(failing(1))
        return Effect.succeed(numbers.includes("1") ? failed : fine)
      }
      const { batches, discarded } = yield* run({
        reads: [records(2)],
        mapping: { bisects: true, maxRetries: 1 },
        answer
      })
      expect(batches).toEqual(["1 2", "1 2", "1", "2"])
      expect(discarded.map(({ records: lost }) => lost.map(({ dynamodb }) => dynamodb.SequenceNumber))).toEqual([["1"]])
    })
  )

  it.effect("a partial failure is a checkpoint at the lowest number named", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = (_, count) => Effect.succeed(count === 1 ? failing(4, 3) : fine)
      const { batches } = yield* run({ reads: [records(5)], answer })
      expect(batches).toEqual(["1 2 3 4 5", "3 4 5"])
    })
  )

  it.effect("with bisecting on, a checkpoint in the middle costs no retry, and one at the first record does", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = (numbers) => Effect.succeed(failing(Math.max(3, Number(numbers[0]))))
      const mapping = { bisects: true, maxRetries: 1 }
      const { batches, discarded } = yield* run({ reads: [records(4)], mapping, answer })
      expect(batches).toEqual(["1 2 3 4", "3 4", "3 4"])
      expect(discarded[0]?.records).toHaveLength(2)
    })
  )

  it.effect("without bisecting, every failure costs one", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = () => Effect.succeed(failing(2))
      const { batches } = yield* run({ reads: [records(2)], mapping: { maxRetries: 1 }, answer })
      expect(batches).toEqual(["1 2", "2"])
    })
  )

  it.effect("without ReportBatchItemFailures an answer is a success, whatever it says", () =>
    Effect.gen(function* () {
      const answer: Trial["answer"] = () => Effect.succeed(failing(1))
      const { batches } = yield* run({ reads: [records(2)], mapping: { reportsFailures: false }, answer })
      expect(batches).toEqual(["1 2"])
    })
  )
})

it.effect("delivery is at least once: a batch may come again though it was seen to", () =>
  Effect.gen(function* () {
    const { batches } = yield* run({ reads: [records(2)], options: { deliversAgain: () => true } })
    expect(batches).toEqual(["1 2", "1 2"])
  })
)
