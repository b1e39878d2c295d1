import type { AdapterBug } from "./bug.ts"

const finish = "src/store/deletion/finishDeletion.ts"
const mark = "src/store/deletion/markDeleted.ts"
const told = "client/deletionTells.test.ts"
const untold = "a run that is deleted before it has told anybody of its end, on SQLite"

/** Of deletion: S34. */
export const deletionBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a run is deleted before its parent knows how it ended",
    file: finish,
    find: "  yield* tellFirst(address, head)\n",
    replace: "",
    test: told,
    noticedBy: `${untold} has its parent told, and who waits for it, by the client that deletes it`
  },
  {
    name: "who waits for a run that is deleted waits for ever",
    file: "src/store/deletion/tellFirst.ts",
    find: 'if (row.kind !== "await") continue',
    replace: 'if (row.kind !== "await" || generation >= 0) continue',
    test: told,
    noticedBy: `${untold} has its parent told, and who waits for it, by the client that deletes it`
  },
  {
    name: "a deleted run leaves no tombstone",
    file: mark,
    find: '  yield* table.entomb(runId, { kind: "deleted", at, until: deletion.until, generation })\n',
    replace: "",
    test: "client/deletion.test.ts",
    noticedBy: "deletion of runs, on SQLite a run that was deleted is there for nobody, and its id is taken"
  },
  {
    name: "what goes on is deleted",
    file: mark,
    find: "  if (!isTerminal(head.status))\n",
    replace: "  if (head.version < 0)\n",
    test: "client/deletion.test.ts",
    noticedBy: "deletion of runs, on SQLite what goes on is not deleted, and the error says what to do"
  },
  {
    name: "earlier generations of a deleted run stay",
    file: "src/store/sqlite/deletion/sqliteEraser.ts",
    find: " and run <> ?`",
    replace: " and run <> ? and 1 = 0`",
    test: "client/deletion.test.ts",
    noticedBy: "deletion of runs, on SQLite a run that was started anew is deleted with what it was before"
  },
  {
    name: "a purge takes no heed of how long a workflow keeps its runs",
    file: "src/streams/retention/purge.ts",
    find: "    kept.set(workflowName, Math.max(kept.get(workflowName) ?? 0, own))\n",
    replace: "    kept.set(workflowName, Math.min(retentionMs ?? 0, own))\n",
    test: "client/retention.test.ts",
    noticedBy: "retention, on SQLite a purge deletes what is older than its workflow keeps it, and nothing else"
  }
]
