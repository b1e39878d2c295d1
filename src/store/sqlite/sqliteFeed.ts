import * as Effect from "effect/Effect"
import type { ChangeFeed, Doorbell, FeedBatch } from "../changeFeed.ts"
import type { Engine } from "./engine.ts"

/**
 * Doorbells of this process come from memory; those of other processes, and at the start those of processes that are no
 * more, from the table. A doorbell leaves the table when its row is adopted or when it is acknowledged.
 */
export const sqliteFeed = (engine: Engine): ChangeFeed["Service"] => {
  let lastSeen = 0
  const take = (limit: number): ReadonlyArray<Doorbell> => {
    const doorbells: Array<Doorbell> = engine.ownDoorbells.splice(0, limit)
    if (!engine.rows.foreign || doorbells.length >= limit) return doorbells
    const rows = engine.database
      .sql("select seq, run, key from doorbells where seq > ? and origin <> ? order by seq limit ?")
      .all(lastSeen, engine.origin, limit - doorbells.length) as unknown as Array<{
      seq: number
      run: string
      key: string
    }>
    if (rows.length < limit - doorbells.length) engine.rows.foreign = false
    for (const row of rows) {
      lastSeen = row.seq
      doorbells.push({ runId: row.run, key: row.key })
    }
    return doorbells
  }
  const read = (limit: number) => engine.writes.read("ChangeFeed.poll", () => take(limit))
  return {
    poll: Effect.fnUntraced(function* ({ limit, waitMs }) {
      const seen = engine.rows.count
      let doorbells = yield* read(limit)
      if (doorbells.length === 0 && waitMs > 0) {
        yield* engine.rows.wait(seen, waitMs)
        doorbells = yield* read(limit)
      }
      return { doorbells, acknowledge: acknowledge(engine, doorbells) } satisfies FeedBatch
    })
  }
}

const acknowledge = (engine: Engine, doorbells: ReadonlyArray<Doorbell>) =>
  doorbells.length === 0
    ? Effect.void
    : engine.writes.runOwn("ChangeFeed.acknowledge", () => {
        for (const { runId, key } of doorbells) deleteDoorbell(engine, runId, key)
      })

export const deleteDoorbell = (engine: Engine, runId: string, key: string): void => {
  engine.database.sql("delete from doorbells where run = ? and key = ?").run(runId, key)
}
