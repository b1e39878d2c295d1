// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** As `blindSqliteBugs.ts`, of a second batch. */
export const blindMoreSqliteBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "timers that a process had claimed which is no more are visible at once",
    file: "src/store/sqlite/process/claims.ts",
    find: "visible_at = case lane when 0 then 0 else json_extract(body, '$.notBefore') end where owner = ?",
    replace: "visible_at = 0 where owner = ?",
    test: "store/sqliteQueue.test.ts",
    noticedBy: ""
  },
  {
    name: "a process of another user counts as gone, and what it has in hand is given to others",
    file: "src/store/sqlite/process/claims.ts",
    find: `    return (error as NodeJS.ErrnoException).code === "EPERM"`,
    replace: `    return (error as NodeJS.ErrnoException).code === "EACCES"`,
    test: "",
    noticedBy: ""
  },
  {
    name: "a read that failed leaves its transaction open, and no write begins any more",
    file: "src/store/sqlite/groupCommit.ts",
    find: `        this.rollback()
        throw error
`,
    replace: `        throw error
`,
    test: "",
    noticedBy: ""
  },
  {
    name: "the last writes of a process that meet a lock wait for a later that there is not",
    file: "src/store/sqlite/groupCommit.ts",
    find: `    this.lockedSince = Number.NEGATIVE_INFINITY
`,
    replace: "",
    test: "",
    noticedBy: ""
  },
  {
    name: "of doorbells of other processes those beyond the first page wait for more news",
    file: "src/store/sqlite/sqliteFeed.ts",
    find: "if (rows.length < limit) engine.rows.foreign = false",
    replace: "engine.rows.foreign = false",
    test: "store/sqlite.test.ts",
    noticedBy: ""
  },
  {
    name: "who waits for dead letters is not told of one that is let go of",
    file: "src/store/sqlite/sqliteQueue.ts",
    find: `        // It may be a dead letter that is let go of.
        this.engine.deadMessages.hasNews = true
`,
    replace: "",
    test: "",
    noticedBy: ""
  },
  {
    name: "who waits for a run that was terminated a moment ago waits for all of its time",
    file: "src/store/sqlite/sqliteRunTable.ts",
    find: "'cancelled', 'terminated', 'continued')",
    replace: "'cancelled', 'continued')",
    test: "store/sqlite.test.ts",
    noticedBy: ""
  },
  {
    name: "each opening of a file adds room to a log that has enough",
    file: "src/store/sqlite/file/walSpace.ts",
    find: "size > this.reserved && size < enoughBytes && this.isAmple()",
    replace: "size > this.reserved && this.isAmple()",
    test: "store/walSpace.test.ts",
    noticedBy: ""
  },
  {
    name: "of more than two hundred runs whose ids begin alike the rest is in no listing",
    file: "src/store/sqlite/listing/sqliteListing.ts",
    find: "mostLooked + 1) as unknown as ReadonlyArray<SummaryRow>",
    replace: "mostLooked) as unknown as ReadonlyArray<SummaryRow>",
    test: "store/sqlite.test.ts",
    noticedBy: ""
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
    test: "store/sqliteOpening.test.ts",
    noticedBy: ""
  },
  {
    name: "a signal that is sent once more names itself as what came before it",
    file: "src/store/sqlite/sqliteCommits.ts",
    find: `  previous.delete(messageKey(message))
`,
    replace: "",
    test: "",
    noticedBy: ""
  },
  {
    name: "who waits for output for more than 24 days does not wait at all",
    file: "src/store/sqlite/watchers.ts",
    find: "this.process.after(wake, Math.min(timeoutMs, 2 ** 31 - 1))",
    replace: "this.process.after(wake, timeoutMs)",
    test: "store/watchers.test.ts",
    noticedBy: ""
  }
]
