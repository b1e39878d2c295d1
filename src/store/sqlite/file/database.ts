import { statSync } from "node:fs"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { connect, lockPatienceMs } from "./openFile.ts"
import { ensureSchema } from "./schema.ts"
import { FileAmiss } from "./sqliteErrors.ts"
import { WalSpace } from "./walSpace.ts"

/**
 * One file holds the inbox, the heads, the queue with its timers, and large payloads. Write-ahead log, every commit flushed
 * (`synchronous=FULL`): what was acknowledged survives `kill -9` and a power cut.
 */
export interface Database {
  readonly raw: DatabaseSync
  /** As SQLite knows it, without links; empty: it is in memory. */
  readonly path: string
  /** A prepared statement, prepared once. */
  readonly sql: (text: string) => StatementSync
  /** Begins a transaction that writes. Throws if the file is no longer where it was. */
  readonly begin: () => void
  /** The process stands still while another connection holds the file's lock, for seconds. Outside of it, for a few milliseconds. */
  readonly waitingForLock: <A>(use: () => A) => A
}

/** Opens or makes the file. Throws an error that says what is wrong with it and what to do. */
export const openDatabase = (filename: string): Database => {
  const { raw, path } = connect(filename)
  try {
    ensureSchema(raw)
    return databaseOf(raw, path)
  } catch (error) {
    raw.close()
    throw error
  }
}

const databaseOf = (raw: DatabaseSync, path: string | undefined): Database => {
  const statements = new Map<string, StatementSync>()
  const begin = raw.prepare("begin immediate")
  const setPatience = (timeoutMs: number) => raw.exec(`pragma busy_timeout = ${timeoutMs}`)
  setPatience(briefPatienceMs)
  const walSpace = path === undefined ? undefined : new WalSpace(path)
  const isThere = path === undefined ? () => true : presenceOf(path)
  return {
    raw,
    path: path ?? "",
    sql: (text) => {
      const known = statements.get(text)
      if (known !== undefined) return known
      const statement = raw.prepare(text)
      statements.set(text, statement)
      return statement
    },
    begin: () => {
      if (!isThere()) throw gone(path as string)
      begin.run()
      walSpace?.ensure()
    },
    waitingForLock: (use) => {
      setPatience(lockPatienceMs)
      try {
        return use()
      } finally {
        setPatience(briefPatienceMs)
      }
    }
  }
}

/** Others of the same file hold its lock for as long as one flush takes. */
const briefPatienceMs = 25

/** A look takes as long as a small statement: one in so many milliseconds. */
const lookEveryMs = 5

/**
 * Is the file still the one that was opened? What is written to a file that nobody can open any more is lost at the end of this
 * process, acknowledged or not.
 */
const presenceOf = (path: string): (() => boolean) => {
  const inode = inodeOf(path)
  let lookedAt = Number.NEGATIVE_INFINITY
  return () => {
    const now = performance.now()
    if (now - lookedAt < lookEveryMs) return true
    if (inodeOf(path) !== inode) return false
    lookedAt = now
    return true
  }
}

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino

const gone = (path: string): FileAmiss =>
  new FileAmiss(
    `${path} was deleted or replaced while it was open, and nothing can be written: put the same file back in its place, or end this process and start it again on the file that is there`
  )
