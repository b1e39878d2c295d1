import { accessSync, constants, type Stats, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { explain, FileAmiss } from "./sqliteErrors.ts"
import { checkpointPages } from "./walSpace.ts"

/** Until another connection lets go of the file's lock. */
export const lockPatienceMs = 5_000

export interface OpenFile {
  readonly raw: DatabaseSync
  /** Where the file is, links and the folder of the process resolved; undefined for a database in memory. */
  readonly path: string | undefined
}

/** A connection that can write, to a file with a write-ahead log. Throws a {@link FileAmiss} that says why there is none, and what to do. */
export const connect = (filename: string): OpenFile => {
  let raw: DatabaseSync | undefined
  try {
    raw = new DatabaseSync(filename)
    raw.exec(`pragma busy_timeout = ${lockPatienceMs}`)
    const { journal_mode: mode } = raw.prepare("pragma journal_mode = wal").get() as { journal_mode: string }
    raw.exec(`pragma synchronous = full; pragma wal_autocheckpoint = ${checkpointPages}`)
    const { file } = raw.prepare("pragma database_list").get() as { file: string | null }
    const path = file || undefined
    if (path !== undefined && mode !== "wal") {
      throw new FileAmiss("its file system takes no write-ahead log: move the file to a local disk (no network drive)")
    }
    expectWritable(raw)
    return { raw, path }
  } catch (error) {
    raw?.close()
    throw error instanceof FileAmiss ? error : new FileAmiss(placeAmiss(filename) ?? explain(error), { cause: error })
  }
}

/** One that can only be read opens like any other: what writing needs is asked for now, not in the middle of a run. */
const expectWritable = (raw: DatabaseSync): void => {
  raw.exec("begin immediate")
  const { user_version: version } = raw.prepare("pragma user_version").get() as { user_version: number }
  raw.exec(`pragma user_version = ${version}; rollback`)
}

/** What is wrong with the place itself: SQLite says no more than "unable to open database file". */
const placeAmiss = (filename: string): string | undefined => {
  // SQLite's own way to name a file with options: no path to look at.
  if (filename === ":memory:" || filename === "" || filename.startsWith("file:")) return undefined
  const path = resolve(filename)
  const file = statOf(path)
  if (file === "out of reach") return readOnly("folder")
  if (file?.isDirectory()) return "this is a folder: give the path of a file in it, such as runs.db"
  const folder = dirname(path)
  const around = statOf(folder)
  if (around === "out of reach") return readOnly("folder")
  if (around === undefined) return `its folder ${folder} is not there: make it, then open the store again`
  if (!around.isDirectory()) return `${folder} is no folder: give the path of a file in a folder`
  if (file !== undefined && !may(path, constants.R_OK | constants.W_OK)) return readOnly("file")
  if (!may(folder, constants.W_OK | constants.X_OK)) return readOnly("folder, where SQLite keeps its log,")
  return undefined
}

const readOnly = (what: string): string =>
  `this process may not read and write the ${what}: give it the right to, or move the file to where it has it`

const may = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const statOf = (path: string): Stats | "out of reach" | undefined => {
  try {
    return statSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? "out of reach" : undefined
  }
}
