import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../errors.ts"
import { numberOf, textOf } from "../table/attributes.ts"
import { type DynamoTable, queryAll } from "../table/dynamoTable.ts"
import { checkpointPartition } from "../table/keys.ts"
import { forgetfulMs, lookKey, readLook } from "./feedGap.ts"

/** A stream keeps a day; what is left of its shards after three is of no use. */
export const checkpointKeptMs = 3 * 24 * 3_600_000

/** Stands in a checkpoint for "read to its end". */
export const shardEnd = "end"

/** An item beside the shards' checkpoints, a sign of life: the time at which somebody read the stream, even if nothing rang. */
const aliveKey = "alive"

/** How often a sign of life is written where there is no checkpoint to write. */
const aliveIntervalMs = 6 * 3_600_000

/** The places in a stream that readers of one name have got to, in the table itself. */
export interface Checkpoints {
  readonly load: (streamArn: string) => Effect.Effect<SavedPlaces, StoreUnavailable>
  readonly save: (
    streamArn: string,
    shardId: string,
    place: string,
    now: number
  ) => Effect.Effect<void, StoreUnavailable>
  /** Seldom more than a look at the clock. */
  readonly saveAlive: (streamArn: string, now: number) => Effect.Effect<void, StoreUnavailable>
}

export interface SavedPlaces {
  /** By shard. */
  readonly places: ReadonlyMap<string, { readonly place: string; readonly savedAt: number }>
  /** When anything was last written; undefined: never, or more than some days ago. */
  readonly savedAt: number | undefined
  /** The last look through the table for what the stream has forgotten. */
  readonly look: ReturnType<typeof readLook> | undefined
}

export const makeCheckpoints = (options: { readonly table: DynamoTable; readonly readerName: string }): Checkpoints => {
  const { table, readerName } = options
  let writtenAt = 0

  const save: Checkpoints["save"] = (streamArn, shardId, place, now) => {
    const ttl = Math.ceil((now + checkpointKeptMs) / 1000)
    const item = { pk: checkpointPartition(readerName, streamArn), sk: shardId, q: place, ttl }
    const note = Effect.sync(() => {
      writtenAt = Math.max(writtenAt, now)
    })
    return Effect.andThen(table.put("ChangeFeed.acknowledge", item), note)
  }

  return {
    load: Effect.fnUntraced(function* (streamArn: string) {
      const items = yield* queryAll(table, "ChangeFeed.poll", {
        KeyConditionExpression: "pk = :pk",
        values: { ":pk": checkpointPartition(readerName, streamArn) },
        ConsistentRead: true
      })
      const saved = items.map((item) => ({
        key: textOf(item, "sk"),
        item,
        savedAt: numberOf(item, "ttl") * 1000 - checkpointKeptMs
      }))
      const look = saved.find(({ key }) => key === lookKey)
      const shards = saved.filter(({ key }) => key !== lookKey && key !== aliveKey)
      return {
        places: new Map(shards.map(({ key, item, savedAt }) => [key, { place: textOf(item, "q"), savedAt }])),
        savedAt: saved.length === 0 ? undefined : Math.max(...saved.map(({ savedAt }) => savedAt)),
        look: look === undefined ? undefined : readLook(look.item)
      }
    }),

    save,

    saveAlive: (streamArn, now) =>
      now - writtenAt < aliveIntervalMs ? Effect.void : save(streamArn, aliveKey, "", now)
  }
}

/** What was saved, beside the shards that there still are: may records have been lost, and why? */
export const lossOf = (
  { places, savedAt, look }: SavedPlaces,
  listed: ReadonlySet<string>,
  now: number
): string | undefined => {
  if (savedAt === undefined) return "this reader has no place in the stream yet"
  if (now - savedAt > forgetfulMs) return unread(now - savedAt)
  if (look !== undefined && !look.isOver) return "the table was not looked through to its end"
  for (const [shardId, { place, savedAt }] of places) {
    if (place === shardEnd || listed.has(shardId)) continue
    // It was met then.
    if (look === undefined || savedAt > look.begunAt) return goneShard
  }
  return undefined
}

export const goneShard = "a shard of the stream was gone before it was read to its end"

export const unread = (forMs: number): string => `nobody has read the stream for ${Math.round(forMs / 3_600_000)} hours`
