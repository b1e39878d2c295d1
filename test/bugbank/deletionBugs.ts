import type { AdapterBug, Bug } from "./bug.ts"

const finish = "src/store/deletion/finishDeletion.ts"
const mark = "src/store/deletion/markDeleted.ts"
const tell = "src/store/deletion/tellFirst.ts"

/** Of deletion: S34. */
export const deletionBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "earlier generations of a deleted run stay",
    file: "src/store/sqlite/deletion/sqliteEraser.ts",
    find: " and run <> ?`",
    replace: " and run <> ? and 1 = 0`",
    test: "client/deletion.test.ts",
    noticedBy: "deletion of runs, on SQLite a run that was started anew is deleted with what it was before"
  }
]

/** Of deletion, in the world. */
export const deletedRunsBugs: ReadonlyArray<Bug> = [
  {
    name: "a run is deleted before its parent knows how it ended",
    breaks: "S34",
    file: finish,
    find: "  yield* tellFirst(address, head)\n",
    replace: ""
  },
  {
    name: "who waits for a run that is deleted waits for ever",
    breaks: "S34",
    file: tell,
    find: 'if (row.kind !== "await") continue',
    replace: 'if (row.kind !== "await" || generation >= 0) continue'
  },
  {
    name: "a deleted run leaves no tombstone",
    breaks: "S34",
    file: mark,
    find: '  yield* table.entomb(runId, { kind: "deleted", at, until: deletion.until, generation })\n',
    replace: ""
  },
  {
    name: "what goes on is deleted",
    breaks: "S34",
    file: mark,
    find: "  if (!isTerminal(head.status))\n",
    replace: "  if (head.version < 0)\n"
  },
  {
    name: "a purge takes no heed of how long a workflow keeps its runs",
    breaks: "S34",
    file: "src/streams/retention/purge.ts",
    find: "    kept.set(workflowName, Math.max(kept.get(workflowName) ?? 0, own))\n",
    replace: "    kept.set(workflowName, Math.min(retentionMs ?? 0, own))\n"
  },
  {
    name: "a run is deleted although another start of it was accepted",
    breaks: "S34",
    file: mark,
    find: "  if (yield* isAskedToStart(address)) {\n",
    replace: "  if (head.version < 0 && (yield* isAskedToStart(address))) {\n"
  },
  {
    name: "a run that is to begin once more is taken for one that has ended",
    breaks: "S34",
    file: mark,
    find: "  if ((yield* toBegin(found)) !== found) return",
    replace: "  if (head.version < 0 && (yield* toBegin(found)) !== found) return"
  },
  {
    name: "the mark of a deletion that is taken back is left standing",
    breaks: "S34",
    file: mark,
    find: "    yield* table.commitHead(address, before)\n    return undefined",
    replace: "    if (before.version < 0) yield* table.commitHead(address, before)\n    return undefined"
  },
  {
    name: "the id of a deleted run is free as soon as all is gone",
    breaks: "S34",
    file: finish,
    find: "  if (deletion.until <= now) {\n",
    replace: "  if (deletion.until <= now + 30 * 86_400_000) {\n"
  },
  {
    name: "what comes late for a deleted run is looked for by nobody",
    breaks: "S34",
    file: finish,
    find: "  const again = marked.updatedAt + secondLookMs\n",
    replace: "  const again = marked.updatedAt\n"
  },
  {
    name: "what was stored of forEachStep stays when its run is deleted",
    breaks: "S34",
    file: "src/store/deletion/eachRuns.ts",
    find: ".filter((key) => key.startsWith(eachPrefix))",
    replace: ".filter((key) => key.length < 0 && key.startsWith(eachPrefix))"
  },
  {
    name: "children that were to end with a deleted run go on",
    breaks: "S34",
    file: tell,
    find: "    yield* cancelLeft(address, head)\n",
    replace: ""
  },
  {
    name: "a parent is told of a deleted child with the child's own object",
    breaks: "S34",
    file: tell,
    find: "  const payload = yield* copiedFor(told.outcome.payload, waiter.runId)\n",
    replace: "  const payload = told.outcome.payload\n"
  },
  {
    name: "outcomes that are told to others stay with the run that they are of",
    breaks: "S34",
    file: "src/store/payloads.ts",
    find: '  if (loaded._tag === "Success") return yield* offload(loaded.success, owner)\n',
    replace: '  if (loaded._tag === "Success") return payload\n'
  },
  {
    name: "a parent that asks again for a child that is being deleted is told that its id is another's",
    breaks: "S10",
    file: "src/streams/commits/notices.ts",
    find: "    if (yield* tellOfDeleted(notice.runId, conflict.existing.generation, message.parent)) return\n",
    replace: ""
  },
  {
    name: "a start that meets a tombstone is told that it is there",
    breaks: "S34",
    file: "src/client/start.ts",
    find: '  if (put.message.kind === "deleted") return yield* runDeleted(runId, goneBy(put.message))\n',
    replace: '  if (put.message.kind === "deleted") return { runId, isNew: false, generation: 0 } as RunHandle\n'
  },
  {
    name: "a start that races with a deletion does not look whether it was first",
    breaks: "S34",
    file: "src/client/starting/restart.ts",
    find: "    if (newest.deleted === undefined) return newest\n",
    replace: "    if (newest.deleted === undefined || waitMs > 0) return newest\n"
  },
  {
    name: "a host that has the run in memory goes on with it after its deletion",
    breaks: "S34",
    file: "src/streams/turns/loadRun.ts",
    find: '  if (head?.status === "deleted" || start?.kind === "deleted") return deletedRun(runId, stored)\n',
    replace: '  if (head?.status === "deleted" && start?.kind === "deleted") return deletedRun(runId, stored)\n'
  },
  {
    name: "two delete one run at the same time",
    breaks: "S34",
    file: finish,
    find: '    if ((yield* table.commitHead(address, head))._tag === "Conflict")\n',
    replace: '    if (head.version < 0 && (yield* table.commitHead(address, head))._tag === "Conflict")\n'
  },
  {
    name: "a deletion whose process has died is gone on with by nobody",
    breaks: "S34",
    file: "src/streams/retention/purge.ts",
    find: '      if (head?.status !== "deleted" || head.startedAt >= before) return\n',
    replace:
      '      if (head?.status !== "deleted" || head.startedAt >= before || head.deletion?.was !== undefined) return\n'
  },
  {
    name: "of a run that was deleted twice the second answer says another time",
    breaks: "S34",
    file: mark,
    find: 'return { _tag: "Gone", deletedAt: start.at, takenUntil: start.until } satisfies Marking as Marking',
    replace: 'return { _tag: "Gone", deletedAt: start.until, takenUntil: start.until } satisfies Marking as Marking'
  }
]
