import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { failuresOf, type InvocationResult, maxEventBytes } from "./answers.ts"
import { type Pattern, passesFilters } from "./filters.ts"

/** One record of a stream, in the form in which a function gets it. */
export interface StreamRecord {
  readonly eventID?: string | undefined
  readonly eventName?: string | undefined
  readonly dynamodb: {
    readonly Keys: Readonly<Record<string, unknown>>
    readonly SequenceNumber: string
    /** In seconds. */
    readonly ApproximateCreationDateTime: number
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface Shard {
  readonly id: string
  readonly parentId?: string | undefined
}

/** How a mapping reads its stream. */
export interface StreamSource {
  readonly shards: Effect.Effect<ReadonlyArray<Shard>>
  readonly open: (shardId: string, startingPosition: StartingPosition) => Effect.Effect<string>
  /** No `next`: the shard is closed, and this was the last of it. */
  readonly read: (
    iterator: string
  ) => Effect.Effect<{ readonly records: ReadonlyArray<StreamRecord>; readonly next?: string | undefined }>
}

export type StartingPosition = "TRIM_HORIZON" | "LATEST"

export type Condition = "RetryAttemptsExhausted" | "RecordAgeExceeded"

/** Records that the mapping has given up on. */
export interface Discarded {
  readonly shardId: string
  readonly records: ReadonlyArray<StreamRecord>
  readonly condition: Condition
  readonly invocations: number
}

export interface StreamMapping {
  readonly startingPosition: StartingPosition
  readonly batchSize: number
  readonly windowMs: number
  readonly parallelizationFactor: number
  /** Infinity: until the records are too old. */
  readonly maxRetries: number
  readonly maxRecordAgeMs: number
  readonly bisects: boolean
  readonly reportsFailures: boolean
  readonly filters: ReadonlyArray<Pattern>
}

export interface StreamMappingOptions {
  readonly mapping: StreamMapping
  readonly source: StreamSource
  readonly invoke: (records: ReadonlyArray<StreamRecord>) => Effect.Effect<InvocationResult>
  readonly discard: (discarded: Discarded) => Effect.Effect<void>
  /** Is this batch handed over once more, though it was seen to? Every mapping delivers at least once. Default: never. */
  readonly deliversAgain?: () => boolean
  /** Between two looks at a shard that had nothing: "a base rate of four times per second". */
  readonly pollIntervalMs?: number
}

/**
 * An event source mapping of a DynamoDB stream. Sources:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html.
 *
 * Shards are followed side by side, a child once its parent is done with. Shards are gone a day after their records, and a child
 * goes on naming its parent: one that is not in the list any more is not waited for
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Shard.html).
 *
 * `LATEST` means what is there when the mapping is made. Shards that come later are read from their beginning: what they have has
 * all been written since. Lambda does not say so; it is how Amazon's own client library begins shards (`HierarchicalShardSyncer` of
 * https://github.com/awslabs/amazon-kinesis-client). A shard that has children by then is closed, and has nothing that is new.
 *
 * Never returns.
 */
export const followStream = Effect.fnUntraced(function* (options: StreamMappingOptions): Effect.fn.Return<never> {
  const begun = new Set<string>()
  const done = new Set<string>()
  const { pollIntervalMs = 250 } = options
  let position = options.mapping.startingPosition
  while (true) {
    const shards = yield* options.source.shards
    if (position === "LATEST") {
      for (const { parentId } of shards) {
        if (parentId !== undefined) done.add(parentId)
      }
      done.forEach((id) => void begun.add(id))
    }
    const present = new Set(shards.map(({ id }) => id))
    for (const { id, parentId } of shards) {
      const waits = parentId !== undefined && present.has(parentId) && !done.has(parentId)
      if (begun.has(id) || waits) continue
      begun.add(id)
      yield* Effect.forkChild(
        Effect.andThen(
          followShard(options, id, position),
          Effect.sync(() => done.add(id))
        )
      )
    }
    position = "TRIM_HORIZON"
    // New shards come rarely: every four hours.
    yield* Effect.sleep(pollIntervalMs * 20)
  }
})

/** What is read ahead of the lanes. More would only be older when its turn comes. */
const readAhead = 1_000

const followShard = Effect.fnUntraced(function* (
  options: StreamMappingOptions,
  shardId: string,
  position: StartingPosition
) {
  const { mapping, source, pollIntervalMs = 250 } = options
  const lanes: Array<Queue.Queue<StreamRecord, "closed">> = []
  for (let lane = 0; lane < mapping.parallelizationFactor; lane++)
    lanes.push(yield* Queue.bounded<StreamRecord, "closed">(readAhead))
  const work = yield* Effect.forkChild(
    Effect.forEach(lanes, (lane) => workLane(options, shardId, lane), { concurrency: "unbounded", discard: true })
  )
  let iterator: string | undefined = yield* source.open(shardId, position)
  while (iterator !== undefined) {
    const read: Effect.Success<ReturnType<StreamSource["read"]>> = yield* source.read(iterator)
    for (const record of read.records) {
      // What does not pass is done with, and never handed over.
      if (!passesFilters(record, mapping.filters)) continue
      const lane = lanes[laneOf(record, lanes.length)]
      if (lane !== undefined) yield* Queue.offer(lane, record)
    }
    iterator = read.next
    if (read.records.length === 0 && iterator !== undefined) yield* Effect.sleep(pollIntervalMs)
  }
  for (const lane of lanes) yield* Queue.fail(lane, "closed")
  yield* Fiber.join(work)
})

/**
 * "In-order processing at the item (partition and sort key) level": with several lanes, two records of one run may be under way at
 * the same time; two of one item never. Source: `ParallelizationFactor` of https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
 */
export const laneOf = ({ dynamodb }: StreamRecord, lanes: number): number => {
  if (lanes === 1) return 0
  const names = Object.keys(dynamodb.Keys).sort()
  const identity = JSON.stringify(names.map((name) => [name, dynamodb.Keys[name]]))
  return createHash("sha256").update(identity).digest().readUInt32BE() % lanes
}

/** One batch at a time, in order. Ends when the shard has and everything is seen to. */
const workLane = Effect.fnUntraced(function* (
  options: StreamMappingOptions,
  shardId: string,
  lane: Queue.Queue<StreamRecord, "closed">
) {
  const carried: Array<StreamRecord> = []
  let isOpen = true
  while (isOpen || carried.length > 0) {
    const batch = yield* gather(options.mapping, lane, carried)
    isOpen = batch.isOpen
    if (batch.records.length > 0) yield* settle(options, shardId, batch.records)
  }
})

/**
 * A batch goes when it is full, by number or by size, when its window ends, or, without a window, as soon as there is something
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching).
 */
const gather = Effect.fnUntraced(function* (
  { batchSize, windowMs }: StreamMapping,
  lane: Queue.Queue<StreamRecord, "closed">,
  carried: Array<StreamRecord>
) {
  let isOpen = true
  const closed = Effect.sync((): ReadonlyArray<StreamRecord> => {
    isOpen = false
    return []
  })
  if (carried.length === 0) {
    carried.push(
      ...(yield* Queue.take(lane).pipe(
        Effect.map((one) => [one]),
        Effect.catch(() => closed)
      ))
    )
  }
  const endsAt = (yield* Clock.currentTimeMillis) + windowMs
  while (isOpen && carried.length < batchSize) {
    const left = Math.max(0, endsAt - (yield* Clock.currentTimeMillis))
    const waiting = yield* Queue.size(lane)
    if (waiting === 0 && left === 0) break
    const more = Queue.take(lane).pipe(
      Effect.map((one): ReadonlyArray<StreamRecord> => [one]),
      Effect.catch(() => closed)
    )
    const taken =
      waiting > 0
        ? yield* more
        : yield* Effect.timeoutOrElse(more, { duration: left, orElse: () => Effect.succeed([]) })
    carried.push(...taken)
  }
  let sizeBytes = 0
  let count = 0
  for (const record of carried.slice(0, batchSize)) {
    sizeBytes += Buffer.byteLength(JSON.stringify(record)) + 1
    if (count > 0 && sizeBytes > maxEventBytes) break
    count += 1
  }
  return { records: carried.splice(0, count), isOpen }
})

/** A batch, or a part of one that was split, and how often it was tried again. */
interface Part {
  readonly records: ReadonlyArray<StreamRecord>
  readonly retries: number
  readonly invocations: number
}

/**
 * Until every record of the batch is seen to or given up on; the lane waits for it.
 *
 * - A failed batch is tried again until it has no retries left, or its records are too old.
 * - With `BisectBatchOnFunctionError` a batch that failed as a whole is split in two first; splitting costs no retry and gives none
 *   back: its parts have those that the batch had left
 *   (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).
 * - A partial failure is a checkpoint at the lowest sequence number named: what was before it is done with, and what remains is
 *   tried again. With bisecting on, "the batch is bisected at the returned sequence number": that was the split.
 */
const settle = Effect.fnUntraced(function* (
  options: StreamMappingOptions,
  shardId: string,
  records: ReadonlyArray<StreamRecord>
) {
  const { mapping, invoke, deliversAgain = () => false } = options
  const parts: Array<Part> = [{ records, retries: 0, invocations: 0 }]
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const fresh = yield* withoutOld(options, shardId, part)
    if (fresh.length === 0) continue
    const result = yield* invoke(fresh)
    const invocations = part.invocations + 1
    const ranges = whatRemains(result, fresh, mapping)
    if (ranges.length === 0) {
      if (deliversAgain()) yield* invoke(fresh)
      continue
    }
    const isSplit = ranges.length > 1 || ranges[0]?.length !== fresh.length
    if (mapping.bisects && isSplit) {
      parts.unshift(...ranges.map((range) => ({ records: range, retries: part.retries, invocations })))
    } else if (part.retries >= mapping.maxRetries) {
      yield* options.discard({ shardId, records: ranges.flat(), condition: "RetryAttemptsExhausted", invocations })
      continue
    } else parts.unshift({ records: ranges.flat(), retries: part.retries + 1, invocations })
    yield* Effect.sleep(retryPauseMs(invocations))
  }
})

/** What of a batch comes again, in order, and whether at once or one half after the other. */
const whatRemains = (
  result: InvocationResult,
  records: ReadonlyArray<StreamRecord>,
  { reportsFailures, bisects }: StreamMapping
): ReadonlyArray<ReadonlyArray<StreamRecord>> => {
  const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
  const failures = failuresOf(result, numbers, reportsFailures)
  if (failures === "none") return []
  if (failures !== "all") return [records.slice(numbers.findIndex((one) => failures.has(one)))]
  const middle = Math.ceil(records.length / 2)
  return bisects && records.length > 1 ? [records.slice(0, middle), records.slice(middle)] : [records]
}

/** Records are in order, so the lowest sequence number is the first one's. Those past the maximum age are not sent. */
const withoutOld = Effect.fnUntraced(function* (options: StreamMappingOptions, shardId: string, part: Part) {
  const now = yield* Clock.currentTimeMillis
  const isOld = ({ dynamodb }: StreamRecord) =>
    now - dynamodb.ApproximateCreationDateTime * 1000 > options.mapping.maxRecordAgeMs
  const old = part.records.filter(isOld)
  if (old.length === 0) return part.records
  yield* options.discard({ shardId, records: old, condition: "RecordAgeExceeded", invocations: part.invocations })
  return part.records.filter((record) => !isOld(record))
})

/** Lambda backs off between two tries; by how much is not documented. */
const retryPauseMs = (invocations: number): number => Math.min(10_000, 100 * 2 ** Math.min(invocations - 1, 10))
