import { StoreRefused, StoreUnavailable } from "../../errors.ts"

/** What a write holds that SQLite would take and not give back as it was. Thrown inside the write, which then fails alone. */
export class NeverTaken extends Error {
  override readonly name = "NeverTaken"
}

/** The file is not what it was, or not what it has to be. Thrown where it is found out; the message says what to do. */
export class FileAmiss extends Error {
  override readonly name = "FileAmiss"
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that mean: not this, not now and not later. */
const refused: ReadonlyMap<number, string> = new Map([
  [18, "it is over SQLite's limit of 1,000,000,000 bytes"],
  [19, "it breaks a rule of the table"],
  [20, "it is of a type that the table does not take"],
  [25, "it is out of range"]
])

/** Codes that mean: not now. What to do about each. */
const away: ReadonlyMap<number, string> = new Map([
  [3, "this process may not write the file: give it the right to"],
  [5, "another connection has held the file's lock for more than 5 seconds: it is tried again; end whoever holds it"],
  [6, "another connection has held the file's lock for more than 5 seconds: it is tried again; end whoever holds it"],
  [7, "this machine has no memory left"],
  [
    8,
    "the file or its folder can only be read: give this process the right to write them, or move them to where it has it"
  ],
  [10, "the disk could not read or write: look at the disk and the system's log"],
  [11, "the file is damaged: stop, and restore it from a backup or by sqlite3's .recover"],
  [13, "the disk is full, or the most that this process may write: make room, and it goes on by itself"],
  [
    14,
    "the file or those beside it (-wal, -shm) cannot be opened: the folder must be there, and this process may write in it"
  ],
  [22, "the file system does not take files of this size"],
  [26, "the file is no SQLite database: give the path of another, or restore it"]
])

const primaryCode = (error: unknown): number | undefined => {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode
  return typeof code === "number" ? code & 0xff : undefined
}

/** The disk is full: what is smaller may find room all the same. */
export const isFull = (error: unknown): boolean => primaryCode(error) === 13

/** Another connection holds the file's lock. */
export const isLocked = (error: unknown): boolean => primaryCode(error) === 5

/** A rule of a table does not hold. */
export const isBroken = (error: unknown): boolean => primaryCode(error) === 19

/** SQLite says that it is the file, the disk or another connection, not what is written. */
export const isAway = (error: unknown): boolean => away.has(primaryCode(error) ?? 0)

/**
 * Will it never be taken? Then it is for what the write itself holds: a rule of a table, a limit, or a value that cannot be bound
 * or encoded, as JavaScript says by errors of its own. A connection that is closed is none of these.
 */
export const isRefusal = (error: unknown): boolean => {
  const code = primaryCode(error)
  if (code !== undefined) return refused.has(code)
  if (error instanceof NeverTaken) return true
  return (error instanceof RangeError || error instanceof TypeError) && !isInvalidState(error)
}

const isInvalidState = (error: Error): boolean => (error as NodeJS.ErrnoException).code === "ERR_INVALID_STATE"

/** What SQLite said, and what can be done about it. */
export const explain = (error: unknown): string => {
  // Of what was under way as its connection was closed: Node says that of a statement, as "finalized", or of the database.
  if (error instanceof Error && isInvalidState(error)) return "the store is closed"
  const said = error instanceof Error ? error.message : String(error)
  const code = primaryCode(error)
  const advice = code === undefined ? undefined : (refused.get(code) ?? away.get(code))
  return advice === undefined ? said : `${said}: ${advice}`
}

export const unavailable = (operation: string, error: unknown): StoreUnavailable =>
  new StoreUnavailable({ operation, message: explain(error) })

/** A write that failed, sorted once for all adapters of the file. */
export const writeError = (operation: string, error: unknown): StoreUnavailable | StoreRefused =>
  isRefusal(error) ? new StoreRefused({ operation, message: explain(error) }) : unavailable(operation, error)

/**
 * A number that comes back as it went in. Beyond 2^53 SQLite would hold it, and every read that meets it would fail. `of`: the run that it is of,
 * where the sentence names one, put together only if it is needed.
 */
export const storable = (value: number, what: string, of?: string): number => {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  throw new NeverTaken(`${named(what, of)} is ${value}: numbers in a store are between -(2^53 - 1) and 2^53 - 1`)
}

const named = (what: string, of: string | undefined): string => (of === undefined ? what : `${what} run ${of}`)

/** Text that comes back as it went in: half of a surrogate pair would become U+FFFD, and two keys one. */
export const storableText = (value: string, what: string, of?: string): string => {
  if (value.isWellFormed()) return value
  throw new NeverTaken(
    `${named(what, of)} has half of a surrogate pair at ${firstLoneSurrogate(value)}: cut text between characters`
  )
}

const firstLoneSurrogate = (text: string): number => {
  const fixed = text.toWellFormed()
  for (let at = 0; ; at++) if (fixed[at] !== text[at]) return at
}
