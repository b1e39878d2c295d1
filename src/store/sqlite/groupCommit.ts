import * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"
import type { Database } from "./file/database.ts"
import { lockPatienceMs } from "./file/openFile.ts"
import { isAway, isFull, isLocked, unavailable, writeError } from "./file/sqliteErrors.ts"
import type { StoreProcess } from "./process/storeProcess.ts"

/** Kept until the transaction stands, and forgotten if it does not. */
export type AfterCommit = (effect: () => void) => void

/** What the writes of one transaction share. Both are called inside of it: `begins` before its first write, `ends` behind the last. */
export interface AroundTransaction {
  readonly begins: () => void
  readonly ends: (afterCommit: AfterCommit) => void
}

interface Pending {
  readonly operation: string
  readonly write: (afterCommit: AfterCommit) => unknown
  readonly succeed: (value: unknown) => void
  readonly fail: (error: StoreUnavailable | StoreRefused) => void
}

/**
 * Writes of one turn of the event loop share one transaction and one flush. A write is answered after the flush. If one of them
 * cannot be written, the transaction is rolled back and taken again in halves, until what cannot be written fails alone: those
 * that share a flush have nothing to do with each other.
 *
 * While another connection holds the file's lock for long, the writes wait here and the process goes on with all else: SQLite itself
 * would let the whole process stand still.
 */
export class GroupCommit {
  private readonly database: Database
  private readonly process: StoreProcess
  private readonly around: AroundTransaction
  private readonly onFlushed: () => void
  private pending: Array<Pending> = []
  private closed = false
  /** When the lock was first asked for in vain, by the clock of the process. */
  private lockedSince: number | undefined

  /** `onFlushed` is called when all writes of a flush have been answered. */
  constructor(database: Database, process: StoreProcess, around: AroundTransaction, onFlushed: () => void) {
    this.database = database
    this.process = process
    this.around = around
    this.onFlushed = onFlushed
  }

  /**
   * `write` runs synchronously inside the transaction, and more than once if the first does not stand. What it hands to
   * `afterCommit` (telling others of this process, and all else that it changes in memory) runs only if the transaction stands.
   *
   * `queued` is called at once: what it writes comes behind this, in the same transaction or a later one.
   */
  run<A>(
    operation: string,
    write: (afterCommit: AfterCommit) => A,
    queued?: () => void
  ): Effect.Effect<A, StoreUnavailable | StoreRefused> {
    return Effect.callback<A, StoreUnavailable | StoreRefused>((resume) => {
      this.pending.push({
        operation,
        write,
        succeed: (value) => resume(Effect.succeed(value as A)),
        fail: (error) => resume(Effect.fail(error))
      })
      if (this.pending.length === 1) this.process.soon(() => this.flush())
      queued?.()
    })
  }

  /** As `run`, for writes that bring no data of a caller: what they could be refused for is no fault of theirs. */
  runOwn<A>(operation: string, write: (afterCommit: AfterCommit) => A): Effect.Effect<A, StoreUnavailable> {
    return Effect.catchTag(this.run(operation, write), "StoreRefused", (error) =>
      Effect.fail(unavailable(operation, error))
    )
  }

  /** One statement. It sees all that was flushed: no transaction is ever open between two turns of the event loop. */
  read<A>(operation: string, read: () => A): Effect.Effect<A, StoreUnavailable> {
    return Effect.suspend(() => {
      try {
        return Effect.succeed(this.readInSpiteOfLock(read))
      } catch (error) {
        return Effect.fail(unavailable(operation, error))
      }
    })
  }

  /** A reader meets a lock only while another connection opens or closes the file, or has it for itself: then it waits in SQLite. */
  private readInSpiteOfLock<A>(read: () => A): A {
    try {
      return read()
    } catch (error) {
      if (!isLocked(error)) throw error
      return this.database.waitingForLock(read)
    }
  }

  /** Several statements that see the file at one moment: between two of them another process may commit. */
  readTogether<A>(operation: string, read: () => A): Effect.Effect<A, StoreUnavailable> {
    return this.read(operation, () => {
      const { sql } = this.database
      sql("begin").run()
      try {
        const found = read()
        sql("commit").run()
        return found
      } catch (error) {
        this.rollback()
        throw error
      }
    })
  }

  private flush(): void {
    const batch = this.pending
    if (batch.length === 0) return
    this.pending = []
    this.settle(batch, { left: triesOnFullDisk })
    this.onFlushed()
  }

  /** What is still to be written, when there is no later. */
  flushLast(): void {
    this.lockedSince = Number.NEGATIVE_INFINITY
    this.database.waitingForLock(() => this.flush())
  }

  close(): void {
    this.flushLast()
    this.closed = true
    this.database.raw.close()
  }

  private settle(batch: ReadonlyArray<Pending>, onFullDisk: { left: number }): void {
    const outcome = this.transaction(batch)
    if (outcome._tag === "Stands") {
      this.lockedSince = undefined
      for (const effect of outcome.after) effect()
      const { results } = outcome
      for (let index = 0; index < batch.length; index++) (batch[index] as Pending).succeed(results[index])
      return
    }
    const { error } = outcome
    if (batch.length > 1 && (outcome.isOfOne || (isFull(error) && onFullDisk.left-- > 0))) {
      const middle = batch.length >> 1
      this.settle(batch.slice(0, middle), onFullDisk)
      this.settle(batch.slice(middle), onFullDisk)
      return
    }
    if (isLocked(error) && this.mayWait()) return this.tryAgainSoon(batch)
    this.lockedSince = undefined
    for (const { operation, fail } of batch) fail(writeError(operation, error))
  }

  private mayWait(): boolean {
    const now = this.process.now()
    this.lockedSince ??= now
    return now - this.lockedSince < lockPatienceMs
  }

  private tryAgainSoon(batch: ReadonlyArray<Pending>): void {
    this.pending = [...batch, ...this.pending]
    this.process.after(() => this.flush(), lockPauseMs)
  }

  private transaction(batch: ReadonlyArray<Pending>): Outcome {
    const after: Array<() => void> = []
    const afterCommit = (effect: () => void) => {
      after.push(effect)
    }
    let begun = false
    try {
      if (this.closed) throw new Error("the store is closed")
      this.database.begin()
      begun = true
      this.around.begins()
      const results = batch.map((pending) => pending.write(afterCommit))
      this.around.ends(afterCommit)
      this.database.sql("commit").run()
      return { _tag: "Stands", results, after }
    } catch (error) {
      this.rollback()
      return { _tag: "Failed", error, isOfOne: begun && !isAway(error) }
    }
  }

  private rollback(): void {
    try {
      this.database.raw.exec("rollback")
    } catch {
      // Nothing was open: the begin itself failed, or SQLite has rolled back by itself.
    }
  }
}

type Outcome =
  | { readonly _tag: "Stands"; readonly results: ReadonlyArray<unknown>; readonly after: ReadonlyArray<() => void> }
  /** Is it for what one of the writes holds, and not for the state of the file or the disk? */
  | { readonly _tag: "Failed"; readonly error: unknown; readonly isOfOne: boolean }

const lockPauseMs = 10

/** Of a flush: a write too large for what is left of the disk is told from those that are not, and a full disk is not asked for long. */
const triesOnFullDisk = 16
