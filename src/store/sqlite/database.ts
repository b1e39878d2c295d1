import { DatabaseSync, type StatementSync } from "node:sqlite"
import { checkpointPages, WalSpace } from "./walSpace.ts"

/**
 * One file holds the inbox, the heads, the queue with its timers, and large payloads. Write-ahead log, every commit flushed
 * (`synchronous=FULL`): what was acknowledged survives `kill -9` and a power cut.
 */
export interface Database {
  readonly raw: DatabaseSync
  /** A prepared statement, prepared once. */
  readonly sql: (text: string) => StatementSync
  /** Begins a transaction that writes. */
  readonly begin: () => void
}

const schemaVersion = 1

const schema = `
create table if not exists runs (
  run text primary key, version integer not null, status text not null, workflow text not null,
  definition_version text not null, started_at integer not null, updated_at integer not null, head text not null
) without rowid;
create index if not exists runs_by_workflow on runs (workflow, status, started_at, run);
create index if not exists runs_by_status on runs (status, started_at, run);
create table if not exists inbox (
  run text not null, key text not null, at integer not null, body text not null, primary key (run, key)
) without rowid;
create table if not exists segments (run text not null, idx integer not null, keys text not null, primary key (run, idx)) without rowid;
-- Exactly the rows that no head has adopted yet and no host has seen to: the change feed, and its own checkpoint.
create table if not exists doorbells (seq integer primary key autoincrement, origin text not null, run text not null, key text not null);
create unique index if not exists doorbells_by_row on doorbells (run, key);
create table if not exists queue (
  id integer primary key, visible_at integer not null, receives integer not null, owner text,
  dead integer not null, lane integer not null, tag text, body text not null
);
create index if not exists queue_by_time on queue (dead, lane, visible_at);
create index if not exists queue_by_tag on queue (tag) where tag is not null;
create table if not exists payloads (sha256 text primary key, body text not null) without rowid;
`

/** Opens or makes the file. Throws on a file that is no database, or one of a later schema. */
export const openDatabase = (filename: string): Database => {
  const raw = new DatabaseSync(filename)
  raw.exec("pragma busy_timeout = 5000")
  raw.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = ${checkpointPages}`)
  const { user_version: version } = raw.prepare("pragma user_version").get() as { user_version: number }
  if (version > schemaVersion) {
    raw.close()
    throw new Error(`${filename} has schema ${version}; this version of dynactor knows up to ${schemaVersion}`)
  }
  if (version < schemaVersion) raw.exec(`begin immediate; ${schema} pragma user_version = ${schemaVersion}; commit`)
  const statements = new Map<string, StatementSync>()
  const begin = raw.prepare("begin immediate")
  const walSpace = new WalSpace(filename)
  return {
    raw,
    sql: (text) => {
      const known = statements.get(text)
      if (known !== undefined) return known
      const statement = raw.prepare(text)
      statements.set(text, statement)
      return statement
    },
    begin: () => {
      begin.run()
      walSpace.ensure()
    }
  }
}
