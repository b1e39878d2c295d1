import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { FeedGap } from "../../changeFeed.ts"
import { type StoreRefused, StoreUnavailable } from "../../errors.ts"
import { type Item, numberOf } from "../table/attributes.ts"
import type { DynamoTable, PutCondition } from "../table/dynamoTable.ts"
import { checkpointPartition } from "../table/keys.ts"

/** A stream keeps a day. What nobody has read for this long may be gone before somebody does. */
export const forgetfulMs = 20 * 3_600_000

/** A look that has not moved for so long is nobody's any more. Its owner writes after each page. */
const leaseMs = 300_000

/** While another reader looks through the table: the pause before asking again whether it is done. */
const retryMs = 30_000

/** Least time between two writes of how far a look has got. */
const saveIntervalMs = 3_000

/**
 * How far the table has been looked through for what the stream has forgotten: an item beside the checkpoints of its reader, so
 * that of many hosts one looks, and another goes on if it dies. `at`: when it was written. `b`: when the look began. `q`: how far it
 * has got; absent when it is through.
 */
export const lookKey = "look"

interface Look {
  readonly at: number
  readonly begunAt: number
  readonly cursor: string | undefined
  readonly isOver: boolean
}

export const readLook = (item: Item): Look => ({
  at: numberOf(item, "at"),
  begunAt: numberOf(item, "b"),
  cursor: typeof item.q === "string" && item.q !== "" ? item.q : undefined,
  isOver: !("q" in item)
})

interface Pending {
  readonly because: string
  readonly foundAt: number
  tryAt: number
}

/** What a reader of a stream knows of records that may have been lost. */
export interface GapWatch {
  readonly found: (because: string, now: number) => void
  /** The gap, if there is one and it is this reader's to see to. Written down before it is answered: a crash forgets nothing. */
  readonly claim: (streamArn: string, now: number) => Effect.Effect<FeedGap | undefined, StoreUnavailable>
}

export const makeGapWatch = (options: {
  readonly table: DynamoTable
  readonly readerName: string
  readonly keptMs: number
}): GapWatch => {
  const { table, readerName, keptMs } = options
  let pending: Pending | undefined

  const write = (streamArn: string, look: Look, condition: PutCondition) => {
    const { at, begunAt, cursor = "", isOver } = look
    const ttl = Math.ceil((at + keptMs) / 1000)
    const keys = { pk: checkpointPartition(readerName, streamArn), sk: lookKey }
    const item = { ...keys, at, b: begunAt, ttl, ...(isOver ? {} : { q: cursor }) }
    return table.putIf("ChangeFeed.acknowledge", item, condition).pipe(
      Effect.map(({ _tag }) => _tag === "Written"),
      Effect.catchTag("StoreRefused", asUnavailable)
    )
  }

  const hold = (streamArn: string, claimed: Look, mine: Pending): FeedGap => {
    let look = claimed
    return {
      because: mine.because,
      cursor: claimed.cursor,
      seenTo: Effect.fnUntraced(function* (cursor) {
        const now = yield* Clock.currentTimeMillis
        const isOver = cursor === undefined
        if (!isOver && now - look.at < saveIntervalMs) return true
        const next: Look = { at: Math.max(now, look.at + 1), begunAt: look.begunAt, cursor, isOver }
        if (!(yield* write(streamArn, next, { attribute: "at", equals: look.at }))) return false
        look = next
        if (isOver && pending === mine) pending = undefined
        else mine.tryAt = now + leaseMs
        return true
      })
    }
  }

  const claim = Effect.fnUntraced(function* (streamArn: string, now: number) {
    const mine = pending
    if (mine === undefined || now < mine.tryAt) return undefined
    const item = yield* table.get("ChangeFeed.poll", checkpointPartition(readerName, streamArn), lookKey)
    const before = item === undefined ? undefined : readLook(item)
    // Records that were lost were about a day old. A look that began after they were written has met their rows.
    const covers = before !== undefined && before.begunAt > mine.foundAt - forgetfulMs
    if (covers && before.isOver && before.at >= mine.foundAt) {
      pending = undefined
      return undefined
    }
    if (before !== undefined && !before.isOver && now - before.at < leaseMs) {
      mine.tryAt = now + retryMs
      return undefined
    }
    const goesOn = covers && !before.isOver
    const look: Look = {
      at: Math.max(now, (before?.at ?? 0) + 1),
      begunAt: goesOn ? before.begunAt : now,
      cursor: goesOn ? before.cursor : undefined,
      isOver: false
    }
    const condition = before === undefined ? "absent" : { attribute: "at", equals: before.at }
    const isMine = yield* write(streamArn, look, condition)
    // Kept in mind until it is over: should whoever looks through the table give up, it is claimed again.
    mine.tryAt = now + (isMine ? leaseMs : retryMs)
    return isMine ? hold(streamArn, look, mine) : undefined
  })

  return {
    found: (because, now) => {
      pending = { because, foundAt: now, tryAt: 0 }
    },
    claim
  }
}

const asUnavailable = ({ message, operation }: StoreRefused) =>
  Effect.fail(new StoreUnavailable({ message, operation }))
