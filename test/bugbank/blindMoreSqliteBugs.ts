// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** As `blindSqliteBugs.ts`, of a second batch. */
export const blindMoreSqliteBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "timers that a process had claimed which is no more are visible at once",
    file: "src/store/sqlite/process/claims.ts",
    find: "visible_at = case lane when 0 then 0 else json_extract(body, '$.notBefore') end where owner = ?",
    replace: "visible_at = 0 where owner = ?",
    test: "store/handedTimers.test.ts",
    noticedBy:
      "a timer handed in an opening of the file that is no more, from another one fires at its time, if it was closed"
  },
  {
    name: "a process of another user counts as gone, and what it has in hand is given to others",
    file: "src/store/sqlite/process/claims.ts",
    find: `    return (error as NodeJS.ErrnoException).code === "EPERM"`,
    replace: `    return (error as NodeJS.ErrnoException).code === "EACCES"`,
    test: "store/sqliteClaims.test.ts",
    noticedBy: "a process that cannot be asked for EPERM is there: true"
  },
  {
    name: "a read that failed leaves its transaction open, and no write begins any more",
    file: "src/store/sqlite/groupCommit.ts",
    find: `        this.rollback()
        throw error
`,
    replace: `        throw error
`,
    test: "store/groupCommit.test.ts",
    noticedBy: "a read that fails among others leaves no transaction open"
  },
  {
    name: "the last writes of a process that meet a lock wait for a later that there is not",
    file: "src/store/sqlite/groupCommit.ts",
    find: `    this.lockedSince = Number.NEGATIVE_INFINITY
`,
    replace: "",
    test: "store/groupCommit.test.ts",
    noticedBy: "the last writes of a process that meet a lock are answered then"
  },
  {
    name: "of doorbells of other processes those beyond the first page wait for more news",
    file: "src/store/sqlite/sqliteFeed.ts",
    find: "if (rows.length < limit) engine.rows.foreign = false",
    replace: "engine.rows.foreign = false",
    test: "store/sqliteFeed.test.ts",
    noticedBy: "doorbells of another process come page by page to the last one"
  },
  {
    name: "who waits for dead letters is not told of one that is let go of",
    file: "src/store/sqlite/sqliteQueue.ts",
    find: `        // It may be a dead letter that is let go of.
        this.engine.deadMessages.hasNews = true
`,
    replace: "",
    test: "store/sqlite.test.ts",
    noticedBy: "StepQueue: SQLite in memory makes a message that nobody completes a dead letter"
  },
  {
    name: "who waits for a run that was terminated a moment ago waits for all of its time",
    file: "src/store/sqlite/sqliteRunTable.ts",
    find: ".filter(isTerminal)",
    replace: '.filter((status) => isTerminal(status) && status !== "terminated")',
    test: "store/sqlite.test.ts",
    noticedBy: "RunTable: SQLite in memory lets nobody wait for the end of a run that has ended by then"
  },
  {
    name: "each opening of a file adds room to a log that has enough",
    file: "src/store/sqlite/file/walSpace.ts",
    find: "size > this.reserved && size < enoughBytes && this.isAmple()",
    replace: "size > this.reserved && this.isAmple()",
    test: "store/walSpace.test.ts",
    noticedBy: "the log is written by two openings in turn while each gives it room"
  },
  {
    name: "of more than two hundred runs whose ids begin alike the rest is in no listing",
    file: "src/store/sqlite/listing/sqliteListing.ts",
    find: "mostLooked + 1) as unknown as ReadonlyArray<SummaryRow>",
    replace: "mostLooked) as unknown as ReadonlyArray<SummaryRow>",
    test: "store/sqliteListing.test.ts",
    noticedBy: "lists all of 201 runs whose ids begin alike, and no others"
  },
  {
    name: "a file that was replaced counts as there for some milliseconds once that was seen",
    file: "src/store/sqlite/file/database.ts",
    find: `    if (inodeOf(path) !== inode) return false
    lookedAt = now
    return true
`,
    replace: `    lookedAt = now
    return inodeOf(path) === inode
`,
    test: "store/sqliteGone.test.ts",
    noticedBy: "a file that was taken away is missed by each transaction, however soon it follows the one before"
  },
  {
    name: "an answer to an update is kept by the generation that gave it, and not by the run",
    file: "src/store/sqlite/sqliteCommits.ts",
    find: "insertReply(engine, id, reply)",
    replace: "insertReply(engine, runId, reply)",
    test: "store/sqlite.test.ts",
    noticedBy:
      "Commits: SQLite in memory keeps answers to updates with their run, whichever of its generations gives them"
  },
  {
    name: "who waits for output for more than 24 days does not wait at all",
    file: "src/store/sqlite/process/storeProcess.ts",
    find: "setTimeout(call, Math.min(delayMs, longestTimerMs))",
    replace: "setTimeout(call, delayMs)",
    test: "store/watchers.test.ts",
    noticedBy: "whoever is ready to wait for longer than a timer can waits"
  }
]
