import type { Bug } from "./bug.ts"

const eraser = "src/store/sqlite/deletion/sqliteEraser.ts"

/** Bugs of what deletes runs of a file of SQLite's. Each was described before it was tried. */
export const fileDeletionBugs: ReadonlyArray<Bug> = [
  {
    name: "messages of a deleted run stay in the queue of the file",
    breaks: "S34",
    file: eraser,
    find: `"delete from queue where json_extract(body, '$.runId') = ? or (`,
    replace: `"delete from queue where 0 and json_extract(body, '$.runId') = ? or (`
  },
  {
    name: "a file remembers what was sent last to a run that is deleted",
    breaks: "S34",
    file: eraser,
    find: '"last_sent", ',
    replace: ""
  },
  {
    name: "objects of a deleted run stay in the file",
    breaks: "S34",
    file: eraser,
    find: '"delete from payloads where sha256 > ? and sha256 < ?"',
    replace: '"delete from payloads where 0 and sha256 > ? and sha256 < ?"'
  },
  {
    name: "the tombstone of a file goes with the rows of its run",
    breaks: "S34",
    file: eraser,
    find: "and not (run = ? and key = 'start')`).run(...of, runId)",
    replace: "and run <> ?`).run(...of, '')"
  },
  {
    name: "the id of a run of the file is freed, and its tombstone stays",
    breaks: "S34",
    file: eraser,
    find: `        sql("delete from inbox where run = ? and key = 'start'").run(runId)\n`,
    replace: ""
  },
  {
    name: "answers to updates of a deleted run stay in the file",
    breaks: "S34",
    file: eraser,
    find: '"replies", ',
    replace: ""
  }
]
