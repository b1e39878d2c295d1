import type { _Record, Shard } from "@aws-sdk/client-dynamodb-streams"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ChangeFeed, type Doorbell, type FeedBatch, type FeedGap } from "../../changeFeed.ts"
import { StoreUnavailable } from "../../errors.ts"
import type { Lazy } from "../calls/lazy.ts"
import type { DynamoTable } from "../table/dynamoTable.ts"
import { isInboxKey, partitionAddress } from "../table/keys.ts"
import {
  checkpointKeptMs,
  goneShard,
  lossOf,
  makeCheckpoints,
  type SavedPlaces,
  shardEnd,
  unread
} from "./feedCheckpoints.ts"
import { forgetfulMs, makeGapWatch } from "./feedGap.ts"
import { ShardProgress } from "./feedProgress.ts"
import { listStreamShards, readShard, type StreamsSdk, shardIterator } from "./feedShards.ts"

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
 *
 * A stream forgets after a day. Whenever records may have gone unread, the feed reports a gap to one of its readers.
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
      const end = (yield* monotonicMs) + waitMs
      for (;;) {
        yield* feed.read(limit)
        const { doorbells, settles, gap } = feed.take(limit)
        const leftMs = end - (yield* monotonicMs)
        if (doorbells.length > 0 || gap !== undefined || leftMs <= 0) {
          return {
            doorbells,
            acknowledge: acknowledge(settles),
            ...(gap === undefined ? {} : { gap })
          } satisfies FeedBatch
        }
        // Shards with nothing to ring for settle by themselves; the rest of an interval may be over by now.
        yield* feed.checkpoint(false)
        const untilReadMs = feed.nextReadAt() - (yield* Clock.currentTimeMillis)
        yield* Effect.sleep(Math.max(1, Math.min(leftMs, untilReadMs)))
      }
    })

    return ChangeFeed.of({ poll })
  })

/** What a wait goes by: a clock that is set, or that is made to run faster, must not end one, nor make it endless. */
const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state that all of its parts share
const makeReader = (options: DynamoFeedOptions) => {
  const { streams, pollIntervalMs } = options
  const checkpoints = makeCheckpoints(options)
  const gaps = makeGapWatch({ ...options, keptMs: checkpointKeptMs })
  const shards = new Map<string, ShardState>()
  const finished = new Set<string>()
  let streamArn: string | undefined
  /** The stream may be no more the table's: nothing of it goes on, or it is not there. */
  let asksAgain = false
  /** As they were at the start. */
  let saved: SavedPlaces | undefined
  let gap: FeedGap | undefined
  let listedAt: number | undefined
  let listAt = 0
  let readAt = 0

  /** Times that were to come by a clock that has been set back since would not come for as long: nothing would ring till then. */
  const mindClock = (now: number) => {
    if (now < readAt) {
      listAt = 0
      for (const shard of shards.values()) Object.assign(shard, { nextReadAt: 0, checkpointAt: 0 })
    }
    readAt = now
  }

  /** A table whose stream was switched off and on has another one. What came between is in none. */
  const forgetStream = (now: number) => {
    gaps.found(anotherStream, now)
    shards.clear()
    finished.clear()
    saved = undefined
    listedAt = undefined
  }

  const refresh = Effect.fnUntraced(function* (now: number) {
    const arn = streamArn === undefined || asksAgain ? yield* options.streamArn : streamArn
    if (streamArn !== undefined && arn !== streamArn) forgetStream(now)
    streamArn = arn
    const before = saved ?? (yield* checkpoints.load(arn))
    saved = before
    asksAgain = true
    const listed = yield* listStreamShards(streams, arn)
    asksAgain = listed.every(hasEnded)
    const known = new Set(listed.flatMap(({ ShardId }) => (ShardId === undefined ? [] : [ShardId])))
    if (listedAt === undefined) {
      for (const [shardId, { place }] of before.places) if (place === shardEnd) finished.add(shardId)
      const loss = lossOf(before, known, now)
      if (loss !== undefined) gaps.found(loss, now)
    } else if (now - listedAt > forgetfulMs) gaps.found(unread(now - listedAt), now)
    for (const { ShardId, ParentShardId } of listed) {
      if (ShardId === undefined || shards.has(ShardId) || finished.has(ShardId)) continue
      shards.set(ShardId, newShard(ShardId, ParentShardId, before.places.get(ShardId)?.place))
    }
    // A shard that the stream no longer knows is a day old: gone, with whatever was in it.
    for (const [shardId, { progress }] of shards) {
      if (known.has(shardId)) continue
      if (!progress.isClosed) gaps.found(goneShard, now)
      shards.delete(shardId)
    }
    listedAt = now
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

  const lost = (because: string, shardId: string, now: number) => {
    gaps.found(because, now)
    return Effect.logWarning(because, { shardId })
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
        yield* lost(forgotten, shardId, now)
        shard.iterator = undefined
        progress.readTo = undefined
        return
      case "Gone":
        yield* lost(goneShard, shardId, now)
        return close(shard)
      case "Throttled":
        shard.pauseMs = Math.min(longestPauseMs, shard.pauseMs * 2)
        shard.nextReadAt = now + shard.pauseMs
    }
  })

  const read = Effect.fnUntraced(function* (limit: number) {
    const now = yield* Clock.currentTimeMillis
    mindClock(now)
    if (now >= listAt) yield* refresh(now)
    const due = [...shards.values()].filter((shard) => isReadable(shard) && shard.nextReadAt <= now)
    yield* Effect.forEach(due, (shard) => readOne(shard, streamArn as string, Math.min(limit, 1000)), {
      concurrency: 16,
      discard: true
    })
    // The gap is reported before what was read is handed out. Otherwise a checkpoint beyond the gap could be saved, and the gap
    // be forgotten.
    gap ??= yield* gaps.claim(streamArn as string, now)
  })

  const take = (limit: number) => {
    const told = gap
    gap = undefined
    const doorbells: Array<Doorbell> = []
    const settles: Array<() => void> = []
    for (const { progress } of shards.values()) {
      const taken = progress.take(limit - doorbells.length)
      doorbells.push(...taken.doorbells)
      settles.push(taken.settle)
    }
    return { doorbells, settles, gap: told }
  }

  const checkpoint = Effect.fnUntraced(function* (all: boolean) {
    const now = yield* Clock.currentTimeMillis
    const arn = streamArn
    if (arn === undefined || listedAt === undefined) return
    yield* checkpoints.saveAlive(arn, now)
    for (const shard of shards.values()) {
      const { progress, shardId } = shard
      const isDue = progress.isFinished || (progress.isDirty && (all || now >= shard.checkpointAt))
      if (!isDue || shard.isWriting) continue
      const place = progress.isFinished ? shardEnd : progress.settledTo
      if (place === undefined) continue
      shard.isWriting = true
      progress.isDirty = false
      shard.checkpointAt = now + checkpointIntervalMs
      yield* Effect.onExit(checkpoints.save(arn, shardId, place, now), (exit) =>
        Effect.sync(() => {
          shard.isWriting = false
          // A checkpoint that could not be written has to be tried again, even if no more doorbells come.
          if (exit._tag === "Failure") progress.isDirty = true
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

/** A stream that goes on has shards that do, and always one. */
const hasEnded = ({ SequenceNumberRange }: Shard): boolean => SequenceNumberRange?.EndingSequenceNumber !== undefined

const anotherStream = "the table has another stream than before"

const forgotten = "the stream no longer has what was to come next"

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

const sequenceOf = (record: _Record): string => record.dynamodb?.SequenceNumber ?? ""

/** Whom a record rings for: the run of an inbox row that was put. Heads, order segments, checkpoints and deletions do not ring. */
const ring = (record: _Record, { tenant }: DynamoFeedOptions): Doorbell | undefined => {
  const pk = record.dynamodb?.Keys?.pk?.S
  const key = record.dynamodb?.Keys?.sk?.S
  if (pk === undefined || key === undefined || record.eventName === "REMOVE" || !isInboxKey(key)) return undefined
  const runId = partitionAddress(tenant, pk)
  return runId === undefined ? undefined : { runId, key }
}

/** The stream of a table, as the table says. */
export const latestStreamArn = (describe: Effect.Effect<string | undefined, StoreUnavailable>) =>
  Effect.flatMap(describe, (streamArn) =>
    streamArn === undefined
      ? Effect.fail(new StoreUnavailable({ operation, message: "the table has no stream" }))
      : Effect.succeed(streamArn)
  )
