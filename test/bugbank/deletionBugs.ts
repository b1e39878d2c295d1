import type { AdapterBug, Bug } from "./bug.ts"

const openNewest = "src/client/openNewest.ts"
const countPlaces = "src/streams/turns/telling/countPlaces.ts"
const finish = "src/store/deletion/finishDeletion.ts"
const mark = "src/store/deletion/markDeleted.ts"
const tell = "src/store/deletion/tellFirst.ts"

/** Of deletion: S34. */
export const deletionBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a message waits for a commit of a run that is over",
    file: "src/actor/history/head.ts",
    find: 'if (head !== undefined && isTerminal(head.status)) return "stale"',
    replace: 'if (head !== undefined && head.adopted >= message.index && isTerminal(head.status)) return "stale"',
    test: "actor/fences.test.ts",
    noticedBy:
      "the holder of a queue message waits for no commit of a run that is over: the one ahead of which it was sent will never stand"
  },
  {
    name: "a message waits for a commit of a generation whose run was deleted",
    file: "src/streams/workers/stepWorker.ts",
    find: '?.kind === "deleted") return "stale"',
    replace: '?.kind === "deleted") return "pending"',
    test: "streams/waitsAsItsOwn.test.ts",
    noticedBy:
      "of a run that was deleted nothing waits for its commit, whatever generation it is of: no head says so but the newest one's"
  },
  {
    name: "earlier generations of a deleted run stay",
    file: "src/store/sqlite/deletion/sqliteEraser.ts",
    find: ".run(...addressesOf(runId))",
    replace: '.run("", "", "")',
    test: "store/sqlite.test.ts",
    noticedBy:
      "RunEraser: SQLite removes tombstone and newest head together, with earlier ones, unless the head was written since"
  },
  {
    name: "heads of earlier generations go before the id of their run is free",
    file: "src/store/aws/table/deletion/dynamoEraser.ts",
    find: " || key === headKey",
    replace: " || (number === generation && key === headKey)",
    test: "store/wire.test.ts",
    noticedBy:
      "deletes all that a run has but its tombstone and its heads, and nothing of a run whose id begins like it"
  },
  {
    name: "who waits for a start that was asked for too late waits until the id of its run is free",
    file: openNewest,
    find: '  return (yield* table.readMessage(runId, "start"))?.kind === "start"\n',
    replace: "  return true\n",
    test: "client/deletionRaces.test.ts",
    noticedBy:
      "a run that is deleted and started once more at the same time, on SQLite is not waited for in a generation that was asked for too late"
  },
  {
    name: "who pauses a start to come does not look whether the run was deleted meanwhile",
    file: "src/client/repair/decide.ts",
    find: "? put.message.at : at)\n  yield* stillThere\n",
    replace: "? put.message.at : at)\n",
    test: "client/deletionRaces.test.ts",
    noticedBy:
      "a run that is deleted and started once more at the same time, on SQLite is not paused, resumed or terminated for that start, and whoever asks for it is told"
  },
  {
    name: "heads of earlier generations say that their run is deleted when its rows are gone, and not before",
    file: "src/store/deletion/earlierHeads.ts",
    find: "Effect.forEach(addressesBefore(newest, deletion), (address) => signOne(address, deletion), {",
    replace: "Effect.forEach(addressesBefore(newest, deletion).slice(0, 0), (address) => signOne(address, deletion), {",
    test: "client/deletedGenerations.test.ts",
    noticedBy:
      "a run of several generations that was deleted, on SQLite says so in the head of each before its tombstone stands"
  },
  {
    name: "an earlier generation of a run that is deleted is told of as one that was accepted, until the tombstone stands",
    file: "src/store/generations/newest.ts",
    find: "  return Effect.map(newestFrom({ address, head }), gone)\n",
    replace: "  return Effect.succeed({ address, head })\n",
    test: "client/deletedGenerations.test.ts",
    noticedBy:
      "a run of several generations that was deleted, on SQLite says so in the head of each before its tombstone stands"
  },
  {
    name: "nobody looks once more at what comes to an earlier generation of a deleted run",
    file: "src/streams/turns/loadRun.ts",
    find: "  if ((head !== undefined && !isPresent(head)) || start",
    replace: '  if (head?.status === "deleted" || start',
    test: "client/deletedGenerations.test.ts",
    noticedBy:
      "a run of several generations that was deleted, on SQLite is looked at once more, soon, for what comes to one of its generations"
  },
  {
    name: "a look through the table finds generations of runs that were deleted",
    file: "src/store/aws/table/unstartedRuns.ts",
    find: '"np" in item && !("l" in item) &&',
    replace: '"np" in item &&',
    test: "client/deletedGenerations.test.ts",
    noticedBy:
      "a run of several generations that was deleted, on dynoxide and fauxqs has heads that say so and nothing else, which no look through the table takes for the beginning of one"
  },
  {
    name: "who asks after a run on a file is told by its first generation that it goes on, though it was deleted",
    file: "src/store/sqlite/sqliteCommits.ts",
    find: "first?.deletion?.generation ?? selectMark",
    replace: "selectMark",
    test: "client/deletedGenerations.test.ts",
    noticedBy:
      "a run of several generations that was deleted, on SQLite is there for nobody who asks for it, in any generation"
  },
  {
    name: "who waits for a run that nobody has begun does not ask whether it is there",
    file: openNewest,
    find: "waitedMs >= longWaitMs && ",
    replace: "waitedMs < 0 && ",
    test: "client/deletionWaits.test.ts",
    noticedBy:
      "who waits for a run that nobody has begun, on SQLite is told that it was deleted without a tombstone, who waits for its end in generation 0"
  },
  {
    name: "a generation that nobody has begun is taken for one that is to come",
    file: openNewest,
    find: "  if (before === undefined || isPresent(before)) return before !== undefined\n",
    replace: "  if (before === undefined || isPresent(before)) return true\n",
    test: "client/deletionWaits.test.ts",
    noticedBy:
      "who waits for a run that nobody has begun, on SQLite is told that it was deleted without a tombstone, who waits for its end in generation 1"
  },
  {
    name: "who asks a run that is being deleted is told an outcome whose object is gone",
    file: "src/store/putNotices.ts",
    find: "  if (ifGone !== undefined && !isOwn(payload, from)) return ifGone\n",
    replace: "",
    test: "client/deletionTells.test.ts",
    noticedBy:
      "a run whose deletion was interrupted when its objects were gone, on SQLite is not there for one that asks before whoever deletes it is back"
  },
  {
    name: "who asks a run of the file that is being deleted is told an outcome whose object is gone",
    file: "src/store/sqlite/sqliteCommits.ts",
    find: "  if (ifGone !== undefined && !isThere) return ifGone\n",
    replace: "",
    test: "client/deletionTells.test.ts",
    noticedBy:
      "a run whose deletion was interrupted when its objects were gone, on SQLite is not there for one that asks after whoever deletes it is back"
  },
  {
    name: "another run of a parent's id is told how a child of the one before ended",
    file: tell,
    find: " || receiver.startedAt > deletedAt + clocksMs) return",
    replace: ") return",
    test: "client/deletionTells.test.ts",
    noticedBy:
      "a run whose deletion takes longer than that of its parent, on SQLite does not tell its end to another run of its parent's id"
  },
  {
    name: "a cancellation goes to a child that is deleted",
    file: "src/store/judgeNotice.ts",
    find: 'isThere && isItsChild && head?.status !== "deleted" ?',
    replace: "isThere && isItsChild ?",
    test: "store/judgeNotice.test.ts",
    noticedBy: "what a commit asks for in another run is judged: a cancellation of a child that is deleted"
  },
  {
    name: "a limiter that has ended is told to hold what it held",
    file: countPlaces,
    find: "isOver(actor) ? { ...status, ...nobody } : status",
    replace: "status",
    test: "telemetry/metrics.test.ts",
    noticedBy: "Places of a limiter that has ended are held and waited for by nobody: cancelled"
  },
  {
    name: "a limiter that goes on counts once more all that it has given",
    file: countPlaces,
    find: "(givenBefore ?? givenAtStart(actor))",
    replace: "(givenBefore ?? 0)",
    test: "telemetry/metrics.test.ts",
    noticedBy: "Places of a limiter that begins count from those of the generation before it"
  },
  {
    name: "a run is deleted before its parent knows how it ended",
    file: finish,
    find: "  yield* tellFirst(address, head)\n",
    replace: "",
    test: "client/deletionTells.test.ts",
    noticedBy:
      "a run that is deleted before it has told anybody of its end, on SQLite has its parent told, and who waits for it, by the client that deletes it"
  },
  {
    name: "who waits for a run that is deleted waits for ever",
    file: tell,
    find: 'if (row.kind !== "await") continue',
    replace: 'if (row.kind !== "await" || generation >= 0) continue',
    test: "client/deletionTells.test.ts",
    noticedBy:
      "a run that is deleted before it has told anybody of its end, on SQLite has its parent told, and who waits for it, by the client that deletes it"
  },
  {
    name: "a run is deleted although another start of it was accepted",
    file: mark,
    find: "if (deletion.isSettled !== true && (yield* isAskedToStart(address))) {",
    replace: "if (head.version < 0 && (yield* isAskedToStart(address))) {",
    test: "client/deletionRaces.test.ts",
    noticedBy:
      "a run that is deleted and started once more at the same time, on SQLite is not deleted if that start was accepted before its head said so"
  },
  {
    name: "the mark of a deletion that is taken back is left standing",
    file: mark,
    find: "    yield* table.commitHead(address, before)\n",
    replace: "    if (before.version < 0) yield* table.commitHead(address, before)\n",
    test: "client/deletionRaces.test.ts",
    noticedBy:
      "a run that is deleted and started once more at the same time, on SQLite is not deleted if that start was accepted before its head said so"
  },
  {
    name: "a start that races with a deletion does not look whether it was first",
    file: "src/store/sending/unlessDeleted.ts",
    find: "    if (newest.deleted === undefined && isBegun) return newest\n",
    replace: "    if (newest.deleted === undefined || waitMs > 0) return newest\n",
    test: "client/deletionRaces.test.ts",
    noticedBy:
      "a run that is deleted and started once more at the same time, on SQLite is deleted if that start comes behind its tombstone, and whoever asks for it is told"
  },
  {
    name: "a run is deleted although a retry of it was accepted",
    file: mark,
    find: 'kind === "restart" || kind === "repair"',
    replace: 'kind === "restart"',
    test: "client/deletionOfRetried.test.ts",
    noticedBy:
      "a run that is deleted and retried at the same time, on SQLite is not deleted if the retry was there before its deletion was settled"
  },
  {
    name: "a retry that races with a deletion does not look whether it was first",
    file: "src/client/repair/copyRun.ts",
    find: "  yield* stillThere(newest.address, how)\n",
    replace: "",
    test: "client/deletionOfRetried.test.ts",
    noticedBy:
      "a run that is deleted and retried at the same time, on SQLite is deleted if the retry comes behind its tombstone, and whoever asks for it is told"
  },
  {
    name: "a retry that is asked for again does not look whether the run was deleted first",
    file: "src/client/repair/copyRun.ts",
    find: "      yield* stillThere(address, request.how)\n",
    replace: "",
    test: "client/deletionOfRetried.test.ts",
    noticedBy:
      "a run that is deleted and retried at the same time, on SQLite is deleted if the retry comes behind its tombstone, and whoever asks for it once more is told"
  },
  {
    name: "a run that is deleted while its retry is planned is said not to have ended",
    file: "src/client/repair/planCopy.ts",
    find: "    if (stored.head === undefined || isPresent(stored.head)) return stored\n",
    replace: "    if (stored.head === undefined || isPresent(stored.head) || generation === 0) return stored\n",
    test: "client/deletionOfRetried.test.ts",
    noticedBy:
      "a run that is deleted and retried at the same time, on SQLite is not there for whoever plans a retry as it is deleted"
  },
  {
    name: "a fork under the id of a deleted run is told that there is another run",
    file: "src/client/repair/copyRun.ts",
    find: '  if (put.message.kind === "deleted") return yield* runDeleted(runId, goneBy(put.message))\n',
    replace: "",
    test: "client/deletionOfRetried.test.ts",
    noticedBy:
      "a run that is deleted and retried at the same time, on SQLite is told so where it asks for a fork under the id of a run that was deleted"
  },
  {
    name: "what was stored of forEachStep stays when its run is deleted",
    file: "src/store/deletion/eachRuns.ts",
    find: ".filter((key) => key.startsWith(eachPrefix))",
    replace: ".filter((key) => key.length < 0 && key.startsWith(eachPrefix))",
    test: "client/deletionOfParts.test.ts",
    noticedBy:
      "deletion of runs that forEachStep has spread, on SQLite its child runs go with the run, with their rows, and those that it has started by name stay"
  },
  {
    name: "of a run that was deleted twice the second answer says another time",
    file: mark,
    find: 'return { _tag: "Gone", deletedAt: start.at, takenUntil: start.until } satisfies Marking as Marking',
    replace: 'return { _tag: "Gone", deletedAt: start.until, takenUntil: start.until } satisfies Marking as Marking',
    test: "client/deletion.test.ts",
    noticedBy: "deletion of runs, on SQLite a run that was deleted is there for nobody, and its id is taken"
  }
]

/** Of deletion, in the world. */
export const deletedRunsBugs: ReadonlyArray<Bug> = [
  {
    name: "of two who see to one deletion and see different things both go by what they have seen",
    breaks: "S34",
    file: mark,
    find: '  if ((yield* table.commitHead(address, settled))._tag === "Conflict") return undefined\n',
    replace: ""
  },
  {
    name: "whoever goes on with a deletion that was settled does not look whether another has come to its end",
    breaks: "S34",
    file: mark,
    find: '  if ((yield* table.commitHead(address, settled))._tag === "Conflict") return undefined\n',
    replace:
      '  if (deletion.isSettled !== true && (yield* table.commitHead(address, settled))._tag === "Conflict") return undefined\n'
  },
  {
    name: "a deletion that is taken back is told as one that has happened",
    breaks: "S1",
    file: "src/store/generations/newest.ts",
    find: "  if (deletion?.was === undefined || deletion.isSettled === true) return newest\n",
    replace: "  if (deletion?.was === undefined || deletion.generation >= 0) return newest\n"
  },
  {
    name: "heads of earlier generations of a deleted run stay as they were",
    breaks: "S34",
    file: finish,
    find: "  if (!(yield* blankEarlier(address, deletion))) return",
    replace: "  if (head.version < 0) return"
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
    name: "a run that is to begin once more is taken for one that has ended",
    breaks: "S34",
    file: mark,
    find: "  if ((yield* toBegin(found)) !== found) return",
    replace: "  if (head.version < 0 && (yield* toBegin(found)) !== found) return"
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
    find: "  const own = yield* ownAnswer({ answer: told, ...orGone }, waiter.runId)\n",
    replace: "  const own = told\n"
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
    name: "a host that has the run in memory goes on with it after its deletion",
    breaks: "S34",
    file: "src/streams/turns/loadRun.ts",
    find: '!isPresent(head)) || start?.kind === "deleted") return deletedRun(runId, stored)\n',
    replace: '!isPresent(head)) && start?.kind === "deleted") return deletedRun(runId, stored)\n'
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
  }
]
