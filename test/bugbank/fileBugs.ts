// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"
import { fileDeletionBugs } from "./fileDeletionBugs.ts"
import { fileOrderBugs } from "./fileOrderBugs.ts"

const sqlite = "src/store/sqlite"
const queue = `${sqlite}/sqliteQueue.ts`
const table = `${sqlite}/sqliteRunTable.ts`
const engine = `${sqlite}/engine.ts`
const flush = `${sqlite}/groupCommit.ts`
const feed = `${sqlite}/sqliteFeed.ts`
const commits = `${sqlite}/sqliteCommits.ts`

/** Bugs of the adapter for SQLite, for schedules that run it on a file. Each was described before it was tried. */
export const fileBugs: ReadonlyArray<Bug> = [
  {
    name: "a run is read without a snapshot",
    breaks: "S1",
    file: table,
    find: 'engine.writes.readTogether("RunTable.readRun"',
    replace: 'engine.writes.read("RunTable.readRun"'
  },
  {
    name: "a message is replaced by an outdated receipt",
    breaks: "S8",
    file: queue,
    find: "if (queue.removeOurs(delivery)) queue.insert(message, now, afterCommit)",
    replace: "queue.removeOurs(delivery)\n        queue.insert(message, now, afterCommit)"
  },
  {
    name: "claims of the living are given back",
    breaks: "S8",
    file: `${sqlite}/process/claims.ts`,
    find: "if (!isAlive(owner)) giveBackClaims",
    replace: "giveBackClaims"
  },
  {
    name: "doorbells are silenced though the commit is lost",
    breaks: "L1",
    file: commits,
    find: `  if (written._tag === "Conflict") return written
`,
    replace: `  if (written._tag === "Conflict") {
    for (const entry of commit.adopted) engine.silence(runId, adoptedKey(entry))
    return written
  }
`
  },
  {
    name: "what a transaction changes in memory stays when it is rolled back",
    breaks: "L2",
    file: flush,
    find: `      this.rollback()
      return { _tag: "Failed"`,
    replace: `      this.rollback()
      for (const effect of after) effect()
      return { _tag: "Failed"`
  },
  {
    name: "a fresh run is believed though others have written",
    breaks: "S1",
    file: `${sqlite}/freshRuns.ts`,
    find: "run?.stands === true && run.dataVersion === dataVersion()",
    replace: "run?.stands === true && dataVersion() > 0"
  },
  {
    name: "a head is written over a later one",
    breaks: "S2",
    file: table,
    find: "where run = ? and version = ? and status = 'running'",
    replace: "where run = ? and version >= ? and status = 'running'"
  },
  {
    name: "of a flush that is halved the second half counts as written",
    breaks: "S1",
    file: flush,
    find: "      this.settle(batch.slice(middle), onFullDisk)",
    replace: "      for (const one of batch.slice(middle)) one.succeed(undefined)"
  },
  {
    name: "a file that is locked is taken for one that refuses",
    breaks: "L4",
    file: `${sqlite}/file/sqliteErrors.ts`,
    find: '  [18, "it is over',
    replace: '  [5, "it is locked"],\n  [18, "it is over'
  },
  {
    name: "a full disk is taken for one that refuses",
    breaks: "L4",
    file: `${sqlite}/file/sqliteErrors.ts`,
    find: '  [18, "it is over',
    replace: '  [13, "it has no room"],\n  [18, "it is over'
  },
  {
    name: "what is handed over in memory is hidden for ever",
    breaks: "L2",
    file: queue,
    find: "const until = hand ? Math.max(now, due) + visibilityMs : due",
    replace: "const until = hand ? Number.MAX_SAFE_INTEGER : due"
  },
  {
    name: "the feed's cursor is ahead of what it has read",
    breaks: "L1",
    file: feed,
    find: "lastSeen = rows.at(-1)?.seq ?? lastSeen",
    replace: "lastSeen = rows.length === 0 ? lastSeen : Number(rows.at(-1)?.seq) + 1"
  },
  {
    name: "doorbells in memory are gone though the poll fails",
    breaks: "L1",
    file: feed,
    find: "const own = engine.ownDoorbells.slice(0, limit)",
    replace: "const own = engine.ownDoorbells.splice(0, limit)",
    and: [{ file: feed, find: "    engine.ownDoorbells.splice(0, own.length)\n", replace: "" }]
  },
  {
    name: "a row that no head has adopted does not ring",
    breaks: "L1",
    file: commits,
    find: "    if (adopted(key)) continue",
    replace: '    if (adopted(key) || result._tag === "Committed") continue'
  },
  {
    name: "a claim is renewed by an outdated receipt",
    breaks: "S8",
    file: queue,
    find: "update queue set visible_at = ?, owner = ? where id = ? and nonce = ? and receives = ?",
    replace: "update queue set visible_at = ?, owner = ? where id = ? and nonce = ? and receives >= ?"
  },
  {
    name: "a message is deleted by an id that another has by now",
    breaks: "L2",
    file: queue,
    find: '"delete from queue where id = ? and nonce = ?").run(id, nonce)',
    replace: '"delete from queue where id = ? and ? is not null").run(id, nonce)'
  },
  {
    name: "the queue is not told that others have written",
    breaks: "L2",
    file: engine,
    find: "      this.messages.notifyForeign()\n",
    replace: ""
  },
  {
    name: "the feed is not told that others have written",
    breaks: "L1",
    file: engine,
    find: "      this.rows.notifyForeign()\n",
    replace: ""
  },
  {
    name: "a timer that is cleared goes off",
    breaks: "S7",
    file: queue,
    find: "    afterCommit(() => this.handedTimers.clear(tag))\n",
    replace: ""
  },
  {
    name: "a row on a file is put over the one that is there",
    breaks: "S2",
    file: engine,
    find: "insert or ignore into inbox",
    replace: "insert or replace into inbox"
  },
  {
    name: "writes are answered before they are flushed",
    breaks: "S1",
    file: flush,
    find: "      this.around.ends(afterCommit)\n",
    replace: `      for (let index = 0; index < batch.length; index++) (batch[index] as Pending).succeed(results[index])
      this.around.ends(afterCommit)
`
  },
  {
    name: "what waits for the lock goes behind what came later",
    breaks: "S1",
    file: flush,
    find: "[...batch, ...this.pending]",
    replace: "[...this.pending, ...batch]"
  },
  {
    name: "a claim in memory is believed when it has grown old",
    breaks: "S8",
    file: queue,
    find: "until - now > visibilityMs * 0.9 && until - now <= visibilityMs",
    replace: "until - now <= visibilityMs"
  },
  {
    name: "a claim counts from when it was asked for",
    breaks: "S8",
    file: queue,
    find: `    return this.engine.writes.runOwn("StepQueue.receive", (afterCommit) => {
      const now = clock.currentTimeMillisUnsafe()
`,
    replace: `    const now = clock.currentTimeMillisUnsafe()
    return this.engine.writes.runOwn("StepQueue.receive", (afterCommit) => {
`
  },
  {
    name: "a step that has waited for long is begun though its run has ended",
    breaks: "S6",
    file: "src/streams/workers/stepWorker.ts",
    find: 'if (token === null) return isOld ? unlessUnwanted(yield* table.readHead(runId), message) : "valid"',
    replace: 'if (token === null) return "valid"'
  },
  {
    name: "of a step's transaction that is refused the writes stay",
    breaks: "S35",
    file: `${sqlite}/transactions/sqlitePutWith.ts`,
    find: "  takeBack(engine)\n",
    replace: '  engine.database.raw.exec("release user_writes")\n'
  },
  {
    name: "a mark is written over another's",
    breaks: "S26",
    file: `${sqlite}/beside/sqliteStepMarks.ts`,
    find: "if ((there?.version ?? 0) !== mark.version - 1)",
    replace: "if ((there?.version ?? 0) > mark.version)"
  },
  {
    name: "a mark is raised without a look",
    breaks: "S14",
    file: table,
    find: "  if (there !== undefined && there > above) return there\n",
    replace: ""
  },
  {
    name: "values of an output stream are put over others",
    breaks: "S24",
    file: `${sqlite}/beside/sqliteOutput.ts`,
    find: "insert or ignore into output",
    replace: "insert or replace into output"
  },
  {
    name: "of a generation that ends with its first commit nobody is rung for any more",
    breaks: "L1",
    file: commits,
    find: 'if (!isOwn(key) && !(ringsOn && key === "start")) engine',
    replace: "if (!isOwn(key)) engine"
  },
  ...fileDeletionBugs,
  ...fileOrderBugs
]
