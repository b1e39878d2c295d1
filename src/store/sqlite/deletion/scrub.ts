import type { DatabaseSync } from "node:sqlite"
import type * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../errors.ts"
import type { Engine } from "../engine.ts"
import { isLocked } from "../file/sqliteErrors.ts"

/**
 * What was deleted stands in the file until it is written over: in free pages, in what is free of the others, and in the write-ahead log. SQLite's `secure_delete`
 * does not reach all of it (findings/sqlite-secure-delete-leaves-copies.sh): in tables without rowid, as most of ours are, copies stay behind. So the file is
 * written anew without what is free, the log copied into it and cut off. It shrinks by that.
 *
 * False: another connection reads or writes, and it is to be asked again.
 */
export const scrub = (engine: Engine): Effect.Effect<boolean, StoreUnavailable> =>
  engine.writes.read("RunEraser.scrub", () => unlessLocked(() => scrubNow(engine.database.raw)))

const scrubNow = (raw: DatabaseSync): boolean => {
  raw.exec("vacuum")
  const { busy } = raw.prepare("pragma wal_checkpoint(truncate)").get() as { busy: number }
  return busy === 0
}

const unlessLocked = (attempt: () => boolean): boolean => {
  try {
    return attempt()
  } catch (error) {
    if (isLocked(error)) return false
    throw error
  }
}
