import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../errors.ts"
import type { Database } from "./database.ts"

interface Pending {
  readonly operation: string
  readonly write: (afterCommit: (effect: () => void) => void) => unknown
  readonly succeed: (value: unknown) => void
  readonly fail: (error: StoreUnavailable) => void
}

/**
 * Writes of one turn of the event loop share one transaction and one flush. A write is answered after the flush; if the
 * transaction fails, every write in it fails and none has happened.
 */
export class GroupCommit {
  private readonly database: Database
  private readonly onFlushed: () => void
  private pending: Array<Pending> = []
  private closed = false

  /** `onFlushed` is called when all writes of a flush have been answered. */
  constructor(database: Database, onFlushed: () => void) {
    this.database = database
    this.onFlushed = onFlushed
  }

  /**
   * `write` runs synchronously inside the transaction. What it hands to `afterCommit` (telling others of this process) runs
   * only if the transaction stands.
   */
  run<A>(
    operation: string,
    write: (afterCommit: (effect: () => void) => void) => A
  ): Effect.Effect<A, StoreUnavailable> {
    return Effect.callback<A, StoreUnavailable>((resume) => {
      this.pending.push({
        operation,
        write,
        succeed: (value) => resume(Effect.succeed(value as A)),
        fail: (error) => resume(Effect.fail(error))
      })
      if (this.pending.length === 1) setImmediate(() => this.flush())
    })
  }

  /** Reads see all that was flushed: no transaction is ever open between two turns of the event loop. */
  read<A>(operation: string, read: () => A): Effect.Effect<A, StoreUnavailable> {
    return Effect.suspend(() => {
      try {
        return Effect.succeed(read())
      } catch (error) {
        return Effect.fail(unavailable(operation, error))
      }
    })
  }

  flush(): void {
    const batch = this.pending
    if (batch.length === 0) return
    this.pending = []
    const after: Array<() => void> = []
    const results = this.transaction(batch, after)
    for (const effect of after) effect()
    for (let i = 0; i < batch.length; i++) {
      if (results instanceof Error) batch[i]?.fail(unavailable(batch[i]?.operation ?? "", results))
      else batch[i]?.succeed(results[i])
    }
    this.onFlushed()
  }

  close(): void {
    this.flush()
    this.closed = true
    this.database.raw.close()
  }

  private transaction(batch: ReadonlyArray<Pending>, after: Array<() => void>): Array<unknown> | Error {
    const afterCommit = (effect: () => void) => {
      after.push(effect)
    }
    try {
      if (this.closed) throw new Error("the store is closed")
      this.database.begin()
      const results = batch.map((pending) => pending.write(afterCommit))
      this.database.sql("commit").run()
      return results
    } catch (error) {
      after.length = 0
      try {
        this.database.raw.exec("rollback")
      } catch {
        // Nothing was open: the begin itself failed.
      }
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}

const unavailable = (operation: string, error: unknown): StoreUnavailable =>
  new StoreUnavailable({ operation, message: error instanceof Error ? error.message : String(error) })
