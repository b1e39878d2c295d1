import * as Effect from "effect/Effect"
import type { ChangeFeed, Doorbell, FeedBatch } from "../changeFeed.ts"
import type { Engine } from "./engine.ts"
import { startPatience } from "./watchers.ts"

/**
 * Doorbells of this process come from memory; those of other processes, and at the start those of processes that are no
 * more, from the table. A doorbell leaves the table when its row is adopted or when it is acknowledged.
 */
export const sqliteFeed = (engine: Engine): ChangeFeed["Service"] => {
  let lastSeen = 0
  const take = (limit: number): ReadonlyArray<Doorbell> => {
    const own = engine.ownDoorbells.slice(0, limit)
    // Asked first: if the file is away, those in memory are still there for the next poll. Nobody else would ring for them.
    const doorbells = [...own, ...(own.length < limit && engine.rows.foreign ? takeForeign(limit - own.length) : [])]
    engine.ownDoorbells.splice(0, own.length)
    return doorbells
  }
  const takeForeign = (limit: number): ReadonlyArray<Doorbell> => {
    const rows = engine.database
      .sql("select seq, run, key from doorbells where seq > ? and origin <> ? order by seq limit ?")
      .all(lastSeen, engine.origin, limit) as unknown as Array<{ seq: number; run: string; key: string }>
    if (rows.length < limit) engine.rows.foreign = false
    lastSeen = rows.at(-1)?.seq ?? lastSeen
    return rows.map(({ run, key }) => ({ runId: run, key }))
  }
  const read = (limit: number) => engine.writes.read("ChangeFeed.poll", () => take(limit))
  return {
    onStart: (tell) => {
      // One of its own for each listener, whatever function it brings.
      const mine: typeof tell = (runId, start) => tell(runId, start)
      return Effect.asVoid(
        Effect.acquireRelease(
          Effect.sync(() => void engine.listening.add(mine)),
          () => Effect.sync(() => engine.listening.delete(mine))
        )
      )
    },
    poll: Effect.fnUntraced(function* ({ limit, waitMs }) {
      const patience = startPatience(engine.process, waitMs)
      for (;;) {
        const seen = engine.rows.count
        const doorbells = yield* read(limit)
        const leftMs = patience.leftMs()
        if (doorbells.length > 0 || leftMs <= 0) {
          return { doorbells, acknowledge: acknowledge(engine, doorbells) } satisfies FeedBatch
        }
        // There was news, but no doorbell for this process among it.
        yield* engine.rows.wait(seen, leftMs)
      }
    })
  }
}

const acknowledge = (engine: Engine, doorbells: ReadonlyArray<Doorbell>) =>
  doorbells.length === 0
    ? Effect.void
    : engine.writes.runOwn("ChangeFeed.acknowledge", () => {
        for (const { runId, key } of doorbells) engine.silence(runId, key)
      })

/** No commit has adopted the row, and nobody has brought it to where it belongs. */
export const isRinging = (engine: Engine, runId: string, key: string): boolean =>
  engine.database.sql("select 1 from doorbells where run = ? and key = ?").get(runId, key) !== undefined
