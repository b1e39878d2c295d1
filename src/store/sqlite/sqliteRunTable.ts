import * as Effect from "effect/Effect"
import { parseAddress, runIdOf } from "../../actor/history/generation.ts"
import { type Head, headStatuses, isTerminal } from "../../actor/history/head.ts"
import type { Message, StartMessage, TombstoneMessage } from "../../actor/history/message.ts"
import { currentMillis } from "../currentMillis.ts"
import type { QueuedStep } from "../reading/queuedStep.ts"
import type { StepRetry } from "../reading/waitingFor.ts"
import type { DeletedPlace, HeadResult, PutResult, RunTable, StoredRun, UnstartedPage } from "../runTable.ts"
import type { QueueMessage, StepRequest } from "../stepQueue.ts"
import type { Engine } from "./engine.ts"
import type { Database } from "./file/database.ts"
import { storable, storableText } from "./file/sqliteErrors.ts"
import { selectCounts } from "./listing/sqliteCounts.ts"
import { listRuns } from "./listing/sqliteListing.ts"
import { writeTags } from "./listing/sqliteTags.ts"
import { retryTag } from "./queueTags.ts"
import { rowStatements } from "./transactions/rowStatements.ts"
import { sqlitePutWith } from "./transactions/sqlitePutWith.ts"

const inserted: PutResult = { _tag: "Inserted" }

export const sqliteRunTable = (engine: Engine): RunTable["Service"] => {
  const { writes } = engine
  return {
    put: (runId, message) =>
      message.kind === "start" ? putStart(engine, runId, message) : putRow(engine, runId, message),
    putWith: sqlitePutWith(engine),
    asWrites: (row) => Effect.succeed(rowStatements(row)),
    readHead: (runId) => writes.read("RunTable.readHead", () => selectHead(engine, runId)),
    lastSent: (runId) => writes.read("RunTable.lastSent", () => engine.lastSent(runId)),
    readMark: (runId, name) => writes.read("RunTable.readMark", () => selectMark(engine, runId, name)),
    raiseMark: (runId, name, options) =>
      writes.run("RunTable.raiseMark", () => raiseMark(engine, runId, name, options)),
    readMessage: (runId, key) => writes.read("RunTable.readMessage", () => engine.selectRow(runId, key)),
    readRun: (runId) => readRun(engine, runId),
    putSegment: (runId, index, keys) =>
      writes.run("RunTable.putSegment", () => insertSegment(engine, runId, index, keys)),
    commitHead: (runId, head) =>
      writes.run("RunTable.commitHead", (afterCommit) => {
        const result = writeHead(engine, runId, head)
        if (result._tag === "Committed") afterCommit(() => engine.headWritten(runId, head))
        return result
      }),
    list: (query) => listRuns(engine, query),
    listDeleted: (query) => writes.read("RunTable.listDeleted", () => selectDeleted(engine, query)),
    entomb: (runId, tombstone) => writes.run("RunTable.entomb", () => entomb(engine, runId, tombstone)),
    count: (query) => writes.read("RunTable.count", () => selectCounts(engine, query)),
    stepRetries: (runId) =>
      Effect.flatMap(currentMillis, (now) =>
        writes.read("RunTable.stepRetries", () => selectRetries(engine, runId, now))
      ),
    stepsQueued: (runId) => writes.read("RunTable.stepsQueued", () => selectQueued(engine, runId)),
    deadLetters: (limit) => writes.read("RunTable.deadLetters", () => selectDead(engine, limit)),
    onChange: (tell) => onChange(engine, tell),
    scanUnstarted: (cursor) => writes.read("RunTable.scanUnstarted", () => selectUnstarted(engine, cursor)),
    headChanged: (runId, timeoutMs, beyond) => headChanged(engine, runId, timeoutMs, beyond)
  }
}

const putRow = (engine: Engine, runId: string, message: Message) =>
  engine.writes.run("RunTable.put", (afterCommit) => putResult(engine.insertRow(runId, message, true, afterCommit)))

const putStart = (engine: Engine, runId: string, start: StartMessage) =>
  engine.writes.run(
    "RunTable.put",
    (afterCommit) => putResult(engine.insertStart(runId, start, afterCommit)),
    // The first turn is under way meanwhile, and its commit shares the flush.
    () => {
      for (const tell of engine.listening) tell(runId, start)
    }
  )

const putResult = (existing: Message | undefined): PutResult =>
  existing === undefined ? inserted : { _tag: "Exists", message: existing }

/** Those in somebody's hands are found by their time, which is to come, among what waits for its own: so the whole queue is not gone through. */
const selectRetries = (engine: Engine, runId: string, now: number): ReadonlyArray<StepRetry> => {
  const columns = "select visible_at, owner, body from queue"
  const tag = retryTag(runId)
  const rows = engine.database
    .sql(
      `${columns} where tag = ? union all ${columns} where dead = 0 and lane = 0 and visible_at > ? and owner is not null and tag is not ? and json_extract(body, '$.runId') = ?`
    )
    .all(tag, now, tag, runId) as unknown as ReadonlyArray<Pick<QueueRow, "visible_at" | "owner" | "body">>
  return rows.map(({ body, owner, visible_at }) => {
    const { key, attempt, lastError, notBefore } = JSON.parse(body) as StepRequest
    return { key, attempt, lastError, notBefore, worker: visible_at > now ? processOf(owner) : undefined }
  })
}

const processOf = (owner: string | null): string | undefined => owner?.split(":")[0]

const selectQueued = (engine: Engine, runId: string): ReadonlyArray<QueuedStep> => {
  const rows = engine.database
    .sql(
      "select visible_at, receives, owner, dead, body from queue where lane = 0 and json_extract(body, '$.runId') = ?"
    )
    .all(runId) as unknown as ReadonlyArray<QueueRow>
  return rows.map(({ body, dead, owner, receives, visible_at }) => {
    const { attempt, key, lastError, notBefore } = JSON.parse(body) as StepRequest
    const held = { visibleAt: visible_at, owner: processOf(owner), isDead: dead === 1 }
    return { key, attempt, receives, lastError, notBefore, ...held }
  })
}

const selectDead = (engine: Engine, limit: number): ReadonlyArray<QueueMessage> => {
  const rows = engine.database.sql("select body from queue where dead = 1 order by id limit ?").all(limit)
  return (rows as Array<{ body: string }>).map(({ body }) => JSON.parse(body) as QueueMessage)
}

const onChange = (engine: Engine, tell: (runId: string | undefined) => void) => {
  const mine = (address: string | undefined) => tell(address === undefined ? undefined : runIdOf(address))
  return Effect.acquireRelease(
    Effect.sync(() => void engine.changes.add(mine)),
    () => Effect.sync(() => engine.changes.delete(mine))
  )
}

interface QueueRow {
  readonly visible_at: number
  readonly receives: number
  readonly owner: string | null
  readonly dead: number
  readonly body: string
}

export const selectMark = (engine: Engine, runId: string, name: string): number | undefined =>
  (
    engine.database.sql("select value from marks where run = ? and name = ?").get(runId, name) as
      | { value: number }
      | undefined
  )?.value

export const raiseMark = (
  engine: Engine,
  runId: string,
  name: string,
  { to, above }: { readonly to: number; readonly above: number }
): number => {
  const there = selectMark(engine, runId, name)
  if (there !== undefined && there > above) return there
  engine.database
    .sql("insert or replace into marks (run, name, value) values (?, ?, ?)")
    .run(storableText(runId, "the run id"), storableText(name, "the name of a mark"), to)
  return to
}

const selectDeleted = (
  engine: Engine,
  { before, limit }: { readonly before: number; readonly limit: number }
): ReadonlyArray<DeletedPlace> => {
  const rows = engine.database
    .sql("select run from runs where status = 'deleted' and started_at < ? order by started_at limit ?")
    .all(before, limit) as unknown as ReadonlyArray<{ readonly run: string }>
  return rows.map(({ run }) => parseAddress(run))
}

const entomb = (engine: Engine, runId: string, tombstone: TombstoneMessage): void => {
  engine.fresh.forget(runId)
  engine.database
    .sql("insert or replace into inbox (run, key, at, body) values (?, 'start', ?, ?)")
    .run(storableText(runId, "the run id"), tombstone.at, JSON.stringify(tombstone))
}

export const selectHead = (engine: Engine, runId: string): Head | undefined => {
  const row = engine.database.sql("select head from runs where run = ?").get(runId)
  return row === undefined ? undefined : JSON.parse((row as { head: string }).head)
}

/** 0 if there is no head. */
export const selectVersion = (engine: Engine, runId: string): number => {
  const row = engine.database.sql("select version from runs where run = ?").get(runId)
  return row === undefined ? 0 : (row as { version: number }).version
}

const readRun = (engine: Engine, runId: string) =>
  Effect.flatMap(
    engine.writes.read("RunTable.readRun", () => engine.fresh.find(runId, engine.readDataVersion)),
    (known) =>
      known === undefined
        ? engine.writes.readTogether("RunTable.readRun", () => selectRun(engine, runId))
        : Effect.succeed(known)
  )

const selectRun = (engine: Engine, runId: string): StoredRun => {
  const { sql } = engine.database
  const rows = sql("select body from inbox where run = ? order by at, key").all(runId) as Array<{ body: string }>
  const segments = sql("select keys from segments where run = ? order by idx").all(runId) as Array<{ keys: string }>
  return {
    head: selectHead(engine, runId),
    segments: segments.map(({ keys }) => JSON.parse(keys)),
    messages: rows.map(({ body }) => JSON.parse(body) as Message)
  }
}

export const insertSegment = (engine: Engine, runId: string, index: number, keys: ReadonlyArray<string>): void => {
  engine.database
    .sql("insert or ignore into segments (run, idx, keys) values (?, ?, ?)")
    .run(storableText(runId, "the run id"), storable(index, "an order segment of", runId), JSON.stringify(keys))
}

/** S2: the statement itself carries the condition. */
export const writeHead = (engine: Engine, runId: string, head: Head): HeadResult => {
  const { sql } = engine.database
  const text = JSON.stringify(head)
  storableText(runId, "the run id")
  engine.fresh.forget(runId)
  storable(head.version, "version of", runId)
  storable(head.startedAt, "startedAt of", runId)
  storable(head.updatedAt, "updatedAt of", runId)
  const changes = head.version === 1 ? insertHead(sql, runId, head, text) : updateHead(sql, runId, head, text)
  if (changes === 1) writeTags(engine, runId, head)
  return changes === 1 ? { _tag: "Committed" } : { _tag: "Conflict", head: selectHead(engine, runId) }
}

const insertHead = (sql: Database["sql"], runId: string, head: Head, text: string) =>
  sql(
    "insert or ignore into runs (run, version, status, workflow, definition_version, started_at, updated_at, head) values (?, ?, ?, ?, ?, ?, ?, ?)"
  ).run(runId, 1, head.status, head.workflow, head.definitionVersion, head.startedAt, head.updatedAt, text).changes

/** A statement that sets the status writes both listings anew, though it stay as it was: most commits leave it alone. */
const updateHead = (sql: Database["sql"], runId: string, head: Head, text: string) => {
  if (head.status === "running") {
    const { changes } = sql(
      "update runs set version = ?, updated_at = ?, head = ? where run = ? and version = ? and status = 'running'"
    ).run(head.version, head.updatedAt, text, runId, head.version - 1)
    if (changes === 1) return changes
  }
  return sql(
    "update runs set version = ?, status = ?, started_at = ?, updated_at = ?, head = ? where run = ? and version = ?"
  ).run(head.version, head.status, head.startedAt, head.updatedAt, text, runId, head.version - 1).changes
}

/** Of so many runs at a time, in the order of their ids. */
const startsPerPage = 250

const selectUnstarted = (engine: Engine, cursor = ""): UnstartedPage => {
  const rows = engine.database
    .sql(
      `select run, exists (select 1 from runs where runs.run = inbox.run) as has_head
       from inbox where key = 'start' and run > ? and body not like '{"kind":"deleted"%' order by run limit ?`
    )
    .all(cursor, startsPerPage) as unknown as Array<{ run: string; has_head: 0 | 1 }>
  const runIds = rows.flatMap((row) => (row.has_head === 1 ? [] : [row.run]))
  const last = rows.at(-1)
  return rows.length === startsPerPage && last !== undefined ? { runIds, cursor: last.run } : { runIds }
}

/** Told of every change, of this process and of others: time-outs are for what is lost all the same. */
const leastWaitMs = 1_000

const headChanged = (
  engine: Engine,
  runId: string,
  timeoutMs: number,
  beyond: number | undefined
): Effect.Effect<Head | undefined> =>
  Effect.callback((resume) => {
    // It may have happened since the caller looked: from here on nothing can come in between.
    if (beyond === undefined ? hasEnded(engine, runId) : isBeyond(engine, runId, beyond))
      return resume(Effect.undefined)
    const all = beyond === undefined ? engine.heads : engine.commits
    const waiting = all.get(runId) ?? new Set()
    all.set(runId, waiting)
    const stop = () => {
      engine.process.stop(timer)
      waiting.delete(wake)
      if (waiting.size === 0 && all.get(runId) === waiting) all.delete(runId)
    }
    const wake = (head?: Head) => {
      stop()
      resume(Effect.succeed(head))
    }
    const timer = engine.process.after(wake, Math.max(timeoutMs, leastWaitMs))
    waiting.add(wake)
    return Effect.sync(stop)
  })

const ended = headStatuses
  .filter(isTerminal)
  .map((status) => `'${status}'`)
  .join(", ")

/** False if the file cannot be read: who waits looks again by itself, and is told why then. */
const hasEnded = (engine: Engine, runId: string): boolean => {
  if (engine.fresh.goesOn(runId)) return false
  try {
    return engine.database.sql(`select 1 from runs where run = ? and status in (${ended})`).get(runId) !== undefined
  } catch {
    return false
  }
}

const isBeyond = (engine: Engine, runId: string, version: number): boolean => {
  try {
    return selectVersion(engine, runId) > version
  } catch {
    return false
  }
}
