import type { _Record } from "@aws-sdk/client-dynamodb-streams"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ChangeFeed, type Doorbell, type FeedBatch } from "../changeFeed.ts"
import { StoreUnavailable } from "../errors.ts"
import { textOf } from "./attributes.ts"
import { type DynamoTable, queryAll } from "./dynamoTable.ts"
import { ShardProgress } from "./feedProgress.ts"
import { listStreamShards, readShard, type StreamsSdk, shardIterator } from "./feedShards.ts"
import { checkpointPartition, isInboxKey, parseRunPartition } from "./keys.ts"
import type { Lazy } from "./lazy.ts"

export interface DynamoFeedOptions {
  readonly table: DynamoTable
  readonly streams: Lazy<StreamsSdk>
  readonly streamArn: Effect.Effect<string, StoreUnavailable>
  readonly tenant: string
  /** Readers of different names each get every doorbell. */
  readonly readerName: string
  /** Least time between two reads of one shard that has nothing new. */
  readonly pollIntervalMs: number
}

/** Least time between two checkpoints of one shard. Ends of shards and of the feed are written at once. */
const checkpointIntervalMs = 3_000

/** Shards are listed again so often, and whenever one has come to its end. */
const listIntervalMs = 30_000

const longestPauseMs = 5_000

/** A stream keeps a day; what is left of its shards after three is of no use. */
const checkpointKeptMs = 3 * 24 * 3_600_000

/** Stands in a checkpoint for "read to its end". */
const shardEnd = "end"

const operation = "ChangeFeed.poll"

interface ShardState {
  readonly shardId: string
  readonly parentId: string | undefined
  readonly progress: ShardProgress
  iterator: string | undefined
  nextReadAt: number
  pauseMs: number
  checkpointAt: number
  isWriting: boolean
}

/**
 * The change feed of a table's stream, for a plain process (in Lambda the platform reads the stream). Reads every shard, parents
 * before children, and keeps its place in the table itself. Several processes may read one stream under one name: each gets
 * every doorbell, and a checkpoint stands for what any of them has seen to.
 */
export const makeDynamoFeed = (options: DynamoFeedOptions): Effect.Effect<ChangeFeed["Service"], never, Scope.Scope> =>
  Effect.gen(function* () {
    const feed = makeReader(options)
    yield* Effect.addFinalizer(() => Effect.ignore(feed.checkpoint(true), { log: "Warn" }))

    const acknowledge = (settles: ReadonlyArray<() => void>) =>
      Effect.suspend(() => {
        for (const settle of settles) settle()
        return feed.checkpoint(false)
      })

    const poll = Effect.fnUntraced(function* ({ limit, waitMs }: { readonly limit: number; readonly waitMs: number }) {
      const deadline = (yield* Clock.currentTimeMillis) + waitMs
      for (;;) {
        yield* feed.read(limit)
        const { doorbells, settles } = feed.take(limit)
        const now = yield* Clock.currentTimeMillis
        if (doorbells.length > 0 || now >= deadline) {
          return { doorbells, acknowledge: acknowledge(settles) } satisfies FeedBatch
        }
        // Shards with nothing to ring for settle by themselves; the rest of an interval may be over by now.
        yield* feed.checkpoint(false)
        yield* Effect.sleep(Math.max(1, Math.min(deadline, feed.nextReadAt()) - now))
      }
    })

    return ChangeFeed.of({ poll })
  })

const makeReader = (options: DynamoFeedOptions) => {
  const { streams, pollIntervalMs } = options
  const checkpoints = makeCheckpoints(options)
  const shards = new Map<string, ShardState>()
  const finished = new Set<string>()
  let streamArn: string | undefined
  let listAt = 0

  const refresh = Effect.fnUntraced(function* (now: number) {
    if (streamArn === undefined) {
      const arn = yield* options.streamArn
      for (const shardId of yield* checkpoints.load(arn)) finished.add(shardId)
      streamArn = arn
    }
    const listed = yield* listStreamShards(streams, streamArn)
    for (const { ShardId, ParentShardId } of listed) {
      if (ShardId === undefined || shards.has(ShardId) || finished.has(ShardId)) continue
      shards.set(ShardId, newShard(ShardId, ParentShardId, checkpoints.placeOf(ShardId)))
    }
    // A shard that the stream no longer knows is a day old: gone, with whatever was in it.
    const known = new Set(listed.map(({ ShardId }) => ShardId))
    for (const shardId of shards.keys()) if (!known.has(shardId)) shards.delete(shardId)
    listAt = now + listIntervalMs
  })

  /** Not before its parent has been read to the end. */
  const isReadable = ({ progress, parentId }: ShardState) => {
    const parent = parentId === undefined ? undefined : shards.get(parentId)
    return !progress.isClosed && !progress.hasRecords && (parent === undefined || parent.progress.isClosed)
  }

  const close = (shard: ShardState) => {
    shard.progress.isClosed = true
    listAt = 0
  }

  const readOne = Effect.fnUntraced(function* (shard: ShardState, arn: string, limit: number) {
    const { shardId, progress } = shard
    const after = progress.readTo
    const iterator = shard.iterator ?? (yield* shardIterator(streams, { streamArn: arn, shardId, after }))
    if (typeof iterator === "string") shard.iterator = iterator
    const page = typeof iterator === "string" ? yield* readShard(streams, iterator, limit) : iterator
    const now = yield* Clock.currentTimeMillis
    switch (page._tag) {
      case "Records":
        progress.add(page.records.map((record) => ({ sequence: sequenceOf(record), doorbell: ring(record, options) })))
        shard.iterator = page.next
        shard.pauseMs = pollIntervalMs
        shard.nextReadAt = page.records.length > 0 ? now : now + pollIntervalMs
        if (page.next === undefined) close(shard)
        return
      case "Expired":
        shard.iterator = undefined
        return
      case "Trimmed":
        yield* Effect.logWarning("the stream no longer has what was to come next; the sweeper finds what rang there", {
          shardId
        })
        shard.iterator = undefined
        progress.readTo = undefined
        return
      case "Gone":
        return close(shard)
      case "Throttled":
        shard.pauseMs = Math.min(longestPauseMs, shard.pauseMs * 2)
        shard.nextReadAt = now + shard.pauseMs
    }
  })

  const read = Effect.fnUntraced(function* (limit: number) {
    const now = yield* Clock.currentTimeMillis
    if (now >= listAt) yield* refresh(now)
    const due = [...shards.values()].filter((shard) => isReadable(shard) && shard.nextReadAt <= now)
    yield* Effect.forEach(due, (shard) => readOne(shard, streamArn as string, Math.min(limit, 1000)), {
      concurrency: 16,
      discard: true
    })
  })

  const take = (limit: number) => {
    const doorbells: Array<Doorbell> = []
    const settles: Array<() => void> = []
    for (const { progress } of shards.values()) {
      const taken = progress.take(limit - doorbells.length)
      doorbells.push(...taken.doorbells)
      settles.push(taken.settle)
    }
    return { doorbells, settles }
  }

  const checkpoint = Effect.fnUntraced(function* (all: boolean) {
    const now = yield* Clock.currentTimeMillis
    const arn = streamArn
    if (arn === undefined) return
    for (const shard of shards.values()) {
      const { progress, shardId } = shard
      const isDue = progress.isFinished || (progress.isDirty && (all || now >= shard.checkpointAt))
      if (!isDue || shard.isWriting) continue
      const place = progress.isFinished ? shardEnd : progress.settledTo
      if (place === undefined) continue
      shard.isWriting = true
      progress.isDirty = false
      shard.checkpointAt = now + checkpointIntervalMs
      yield* Effect.ensuring(
        checkpoints.save(arn, shardId, place, now),
        Effect.sync(() => {
          shard.isWriting = false
        })
      )
      if (place === shardEnd && shards.delete(shardId)) finished.add(shardId)
    }
  })

  /** When there is something to do again. */
  const nextReadAt = () => {
    let next = listAt
    for (const shard of shards.values()) if (isReadable(shard)) next = Math.min(next, shard.nextReadAt)
    return next
  }

  return { read, take, checkpoint, nextReadAt }
}

const newShard = (shardId: string, parentId: string | undefined, place: string | undefined): ShardState => ({
  shardId,
  parentId,
  progress: new ShardProgress(place),
  iterator: undefined,
  nextReadAt: 0,
  pauseMs: 100,
  checkpointAt: 0,
  isWriting: false
})

const makeCheckpoints = ({ table, readerName }: DynamoFeedOptions) => {
  const places = new Map<string, string>()
  return {
    placeOf: (shardId: string) => places.get(shardId),

    /** Answers the shards that were read to their ends. */
    load: Effect.fnUntraced(function* (streamArn: string) {
      const items = yield* queryAll(table, operation, {
        KeyConditionExpression: "pk = :pk",
        values: { ":pk": checkpointPartition(readerName, streamArn) },
        ConsistentRead: true
      })
      for (const item of items) places.set(textOf(item, "sk"), textOf(item, "q"))
      return [...places].filter(([, place]) => place === shardEnd).map(([shardId]) => shardId)
    }),

    save: (streamArn: string, shardId: string, place: string, now: number) => {
      const ttl = Math.ceil((now + checkpointKeptMs) / 1000)
      const item = { pk: checkpointPartition(readerName, streamArn), sk: shardId, q: place, ttl }
      return table.put("ChangeFeed.acknowledge", item)
    }
  }
}

const sequenceOf = (record: _Record): string => record.dynamodb?.SequenceNumber ?? ""

/** Whom a record rings for: the run of an inbox row that was put. Heads, order segments, checkpoints and deletions do not ring. */
const ring = (record: _Record, { tenant }: DynamoFeedOptions): Doorbell | undefined => {
  const pk = record.dynamodb?.Keys?.pk?.S
  const key = record.dynamodb?.Keys?.sk?.S
  if (pk === undefined || key === undefined || record.eventName === "REMOVE" || !isInboxKey(key)) return undefined
  const run = parseRunPartition(pk)
  return run !== undefined && run.tenant === tenant && run.generation === 0 ? { runId: run.runId, key } : undefined
}

/** The stream of a table, as the table says. */
export const latestStreamArn = (describe: Effect.Effect<string | undefined, StoreUnavailable>) =>
  Effect.flatMap(describe, (streamArn) =>
    streamArn === undefined
      ? Effect.fail(new StoreUnavailable({ operation, message: "the table has no stream" }))
      : Effect.succeed(streamArn)
  )
