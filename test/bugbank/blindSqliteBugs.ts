// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** As `blindAwsBugs.ts`, of the adapter for SQLite. */
export const blindSqliteBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "of the keys of callbacks that are to be kept one fewer is kept",
    file: "src/store/sqlite/beside/sqliteCallbackKeys.ts",
    find: "Math.max(0, Math.trunc(keep)) + 1)",
    replace: "Math.max(0, Math.trunc(keep)))",
    test: "store/sqlite.test.ts",
    noticedBy: "CallbackKeys: SQLite in memory signs with a new key, and keeps as many of the others as it is told to"
  },
  {
    name: "on SQLite the first heartbeat stands",
    file: "src/store/sqlite/beside/sqliteHeartbeats.ts",
    find: "insert or replace into heartbeats",
    replace: "insert or ignore into heartbeats",
    test: "store/sqlite.test.ts",
    noticedBy: "Heartbeats: SQLite in memory knows the last one of each command of each run"
  },
  {
    name: "on SQLite the last answer to an update stands, and not the first",
    file: "src/store/sqlite/beside/sqliteReplies.ts",
    find: "insert or ignore into replies",
    replace: "insert or replace into replies",
    test: "store/sqlite.test.ts",
    noticedBy: "Replies: SQLite in memory keeps the first reply to an update, whatever it holds"
  },
  {
    name: "a log that somebody reads counts as cut off",
    file: "src/store/sqlite/deletion/scrub.ts",
    find: "return busy === 0",
    replace: "return busy >= 0",
    test: "store/sqliteScrub.test.ts",
    noticedBy: "is not scrubbed while another connection reads what was before"
  },
  {
    name: "a commit is acknowledged before its log is flushed",
    file: "src/store/sqlite/file/openFile.ts",
    find: "pragma synchronous = full;",
    replace: "pragma synchronous = normal;",
    test: "store/sqliteOpening.test.ts",
    noticedBy: "an opened file has a log that each commit flushes"
  },
  {
    name: "room for the log that was got in part is kept",
    file: "src/store/sqlite/file/walSpace.ts",
    find: `    fs.ftruncateSync(file, size)
`,
    replace: "",
    test: "store/walSpace.test.ts",
    noticedBy: "room that cannot be made gives back what it got of its room"
  },
  {
    name: "timers of one time come in any order",
    file: "src/store/sqlite/handedTimers.ts",
    find: "a.delivery.message.notBefore - b.delivery.message.notBefore || a.number - b.number",
    replace: "a.delivery.message.notBefore - b.delivery.message.notBefore",
    test: "property/handedTimers.test.ts",
    noticedBy: "handed timers come out by their time"
  },
  {
    name: "all workflows together count as many runs as the largest of them",
    file: "src/store/sqlite/listing/sqliteCounts.ts",
    find: "sum(runs) as runs",
    replace: "max(runs) as runs",
    test: "store/sqlite.test.ts",
    noticedBy: "RunTable (SQLite in memory): a listing and a plain list count the same of each status"
  },
  {
    name: "timers of two runs may have one tag",
    file: "src/store/sqlite/queueTags.ts",
    find: `\`\${runId}/\${key}@\${due}/\${runId.length}\``,
    replace: `\`\${runId}/\${key}@\${due}\``,
    test: "store/sqlite.test.ts",
    noticedBy: "Timers: SQLite in memory keeps timers of odd names apart"
  },
  {
    name: "dead letters count as messages that nobody takes",
    file: "src/store/sqlite/sqliteHealth.ts",
    find: "where dead = 0 and visible_at < ?",
    replace: "where visible_at < ?",
    test: "store/sqliteHealth.test.ts",
    noticedBy: "a dead letter is for no worker"
  },
  {
    name: "a payload that was altered is not mended by who stores it again",
    file: "src/store/sqlite/sqlitePayloads.ts",
    find: "insert or replace into payloads",
    replace: "insert or ignore into payloads",
    test: "store/sqlite.test.ts",
    noticedBy: "Payloads: SQLite in memory mends an object that was altered"
  },
  {
    name: "nobody hears after how many receipts a message is dead",
    file: "src/store/sqlite/sqliteStore.ts",
    find: "new SqliteQueue(engine, options.maxReceives)",
    replace: "new SqliteQueue(engine)",
    test: "store/sqlite.test.ts",
    noticedBy: "StepQueue: SQLite in memory makes a message that nobody completes a dead letter"
  },
  {
    name: "a statement that rolls back is taken where a line ends in between",
    file: "src/store/sqlite/transactions/statements.ts",
    find: "/\\bor\\s+rollback\\b/i",
    replace: "/\\bor rollback\\b/i",
    test: "store/sqliteStatements.test.ts",
    noticedBy: "a statement in a transaction of the engine's may not roll back what is not its own"
  },
  {
    name: "news that come between a look and the wait are slept through",
    file: "src/store/sqlite/watchers.ts",
    find: "if (waitMs <= 0 || this.count !== seen) return",
    replace: "if (waitMs <= 0) return",
    test: "store/watchers.test.ts",
    noticedBy: "whoever looks and then waits misses no news"
  }
]
