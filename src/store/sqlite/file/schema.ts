import type { DatabaseSync } from "node:sqlite"
import { FileAmiss } from "./sqliteErrors.ts"

/**
 * - 1: queue ids of milliseconds and a counter, which two hosts could give out twice.
 * - 2: SQLite's own ids, and a `nonce` beside each.
 * - 3: what was sent last to each run.
 * - 4: answers to updates.
 * - 5: output streams.
 * - 6: keys of callbacks, and heartbeats.
 * - 7: who has begun a step.
 * - 8: marks of runs that continue as new.
 * - 9: tags of runs, and how many there are of each status.
 */
export const schemaVersion = 9

const queueTable = `
create table if not exists queue (
  -- Given out again when its message is gone: the nonce tells a late receipt from that of the next message.
  id integer primary key, nonce integer not null, visible_at integer not null, receives integer not null, owner text,
  dead integer not null, lane integer not null, tag text, body text not null
);
create index if not exists queue_by_time on queue (dead, lane, visible_at);
create index if not exists queue_by_tag on queue (tag) where tag is not null;
`

const lastSentTable = `
-- By run: the keys of the signals and cancellations that were put last, whoever sent them. The next one names them.
create table if not exists last_sent (run text primary key, keys text not null) without rowid;
`

const repliesTable = `
-- Of updates: put by the commits that give them.
create table if not exists replies (
  run text not null, name text not null, id text not null, outcome text not null, primary key (run, name, id)
) without rowid;
`

const outputTable = `
-- Chunks of output streams: each begins where the one before it ends.
create table if not exists output (
  run text not null, stream text not null, position integer not null, at integer not null, body text not null,
  primary key (run, stream, position)
) without rowid;
`

const callbackTables = `
create table if not exists callback_keys (number integer primary key autoincrement, id text not null unique, secret text not null);
create table if not exists heartbeats (run text not null, id text not null, at integer not null, primary key (run, id)) without rowid;
`

const stepMarksTable = `
-- Of steps that ask for it: who has begun each last, and what it has told since.
create table if not exists step_marks (run text not null, step text not null, body text not null, primary key (run, step)) without rowid;
`

const marksTable = `
-- Of runs that have continued as new: which generation is the newest, and to which a signal was sent.
create table if not exists marks (run text not null, name text not null, value integer not null, primary key (run, name)) without rowid;
`

/** Whoever writes a row of `runs`, or deletes one: triggers count. */
const listingTables = `
-- Of runs with tags, each with what a listing by a tag goes by: moved with the status.
create table if not exists tags (
  key text not null, value text not null, status text not null, started_at integer not null, run text not null,
  workflow text not null, primary key (key, value, status, started_at, run)
) without rowid;
create index if not exists tags_by_run on tags (run);
create table if not exists counts (
  workflow text not null, status text not null, runs integer not null, primary key (workflow, status)
) without rowid;
create trigger if not exists runs_counted after insert on runs begin
  insert or ignore into counts values (new.workflow, new.status, 0);
  update counts set runs = runs + 1 where workflow = new.workflow and status = new.status;
end;
create trigger if not exists runs_recounted after update of status on runs when old.status <> new.status begin
  update counts set runs = runs - 1 where workflow = old.workflow and status = old.status;
  insert or ignore into counts values (new.workflow, new.status, 0);
  update counts set runs = runs + 1 where workflow = new.workflow and status = new.status;
end;
create trigger if not exists runs_uncounted after delete on runs begin
  update counts set runs = runs - 1 where workflow = old.workflow and status = old.status;
  delete from tags where run = old.run;
end;
`

const fromVersion8 = (raw: DatabaseSync): void => {
  raw.exec(listingTables)
  raw.exec("insert or replace into counts select workflow, status, count(*) from runs group by workflow, status")
}

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
${queueTable}
${lastSentTable}
${repliesTable}
${outputTable}
${callbackTables}
${stepMarksTable}
${marksTable}
${listingTables}
create table if not exists payloads (sha256 text primary key, body text not null) without rowid;
`

/** Old ids and times may be beyond 2^53, where no read gets past them: ids are given anew, times brought back to what can be read. */
const fromVersion1 = `
alter table queue rename to queue_before;
drop index queue_by_time;
drop index queue_by_tag;
${queueTable}
insert into queue (nonce, visible_at, receives, owner, dead, lane, tag, body)
  select 0, max(min(visible_at, 9007199254740991), -9007199254740991), receives, owner, dead, lane, tag, body
  from queue_before order by id;
drop table queue_before;
`

/** Makes the tables, or brings those of an earlier version up to date. */
export const ensureSchema = (raw: DatabaseSync): void => {
  if (versionOf(raw) === schemaVersion) return expectOwn(raw)
  raw.exec("begin immediate")
  try {
    // Another process may have been first.
    const version = versionOf(raw)
    if (version > schemaVersion) {
      throw new FileAmiss(
        `the file has schema ${version}, and this version of dynactor knows up to ${schemaVersion}: install the version that wrote it, or a later one`
      )
    }
    if (version === 0) expectEmpty(raw)
    else expectOwn(raw)
    if (version === 0) raw.exec(schema)
    if (version === 1) raw.exec(fromVersion1)
    if (version === 1 || version === 2) raw.exec(lastSentTable)
    if (version > 0 && version < 4) raw.exec(repliesTable)
    if (version > 0 && version < 5) raw.exec(outputTable)
    if (version > 0 && version < 6) raw.exec(callbackTables)
    if (version > 0 && version < 7) raw.exec(stepMarksTable)
    if (version > 0 && version < 8) raw.exec(marksTable)
    if (version > 0 && version < 9) fromVersion8(raw)
    raw.exec(`pragma user_version = ${schemaVersion}; commit`)
  } catch (error) {
    rollback(raw)
    throw error
  }
}

const rollback = (raw: DatabaseSync): void => {
  try {
    raw.exec("rollback")
  } catch {
    // SQLite has rolled back by itself.
  }
}

const versionOf = (raw: DatabaseSync): number =>
  (raw.prepare("pragma user_version").get() as { user_version: number }).user_version

const tablesOf = (raw: DatabaseSync): ReadonlyArray<string> =>
  raw
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name")
    .all()
    .map(({ name }) => String(name))

const ownTables = ["doorbells", "inbox", "payloads", "queue", "runs", "segments"]

/** A number in the same place says nothing of whose it is. */
const expectOwn = (raw: DatabaseSync): void => {
  const tables = new Set(tablesOf(raw))
  if (!ownTables.every((table) => tables.has(table))) throw ofAnother(raw)
}

const expectEmpty = (raw: DatabaseSync): void => {
  if (tablesOf(raw).some((table) => ownTables.includes(table))) throw ofAnother(raw)
}

const ofAnother = (raw: DatabaseSync): FileAmiss =>
  new FileAmiss(
    `this is a database of another program (its tables: ${tablesOf(raw).join(", ") || "none"}): give dynactor a file of its own`
  )
