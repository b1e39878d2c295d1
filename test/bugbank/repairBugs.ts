import type { AdapterBug, Bug } from "./bug.ts"

const copied = "src/actor/history/copying/copiedFrom.ts"
const anew = "src/actor/history/copying/askedAnew.ts"
const cut = "src/actor/history/copying/cut.ts"
const ledger = "src/actor/history/ledger.ts"
const rows = "src/streams/turns/copying/copiedRows.ts"
const first = "src/streams/turns/copying/loadCopy.ts"
const left = "src/streams/commits/repairing/repairCommit.ts"
const asking = "src/client/repair/copyRun.ts"

/** Of retries, resets and forks: S37, and what others promise of a run that goes on from an earlier message. */
export const repairBugs: ReadonlyArray<Bug> = [
  {
    name: "a step that takes effect once more has the key by which services know that it has",
    breaks: "S37",
    file: copied,
    find: "if (keys.includes(key)) return address",
    replace: "if (keys.includes(key)) return known.address"
  },
  {
    name: "signals of the dropped part are not handed over once more",
    breaks: "S27",
    file: left,
    find: 'return row.kind === "signal" || (row',
    replace: "return (row"
  },
  {
    name: "an outcome that was edited is what it was",
    breaks: "S37",
    file: rows,
    find: "return { ...row, outcome: { tag: edit.tag, payload: { json: edit.json } } }",
    replace: "return { ...row, outcome: { ...row.outcome, tag: edit.tag } }"
  },
  {
    name: "a timer of a copy is over when that of its source would have been",
    breaks: "S19",
    file: anew,
    find: "command.isFixed === true ? command.due : command.due + laterMs",
    replace: "command.due"
  },
  {
    name: "a moment that the body has named is put off",
    breaks: "S19",
    file: anew,
    find: "command.isFixed === true ? command.due : command.due + laterMs",
    replace: "command.due + laterMs"
  },
  {
    name: "what was over by the first copy is counted once more by the second",
    breaks: "S19",
    file: cut,
    find: "goesOnAt - Math.max(now, this.wentOnAt)",
    replace: "goesOnAt - now"
  },
  {
    name: "a retry cannot tell which error it has failed with",
    breaks: "S37",
    file: "src/client/repair/cutAt.ts",
    find: "if (handedOut !== undefined && handedOut > begunBy(history)) return handedOut",
    replace: 'if (handedOut !== undefined) return notFound(runId, "its code comes to its end without failing")'
  },
  {
    name: "child runs are in the way though others are to be started for them",
    breaks: "S37",
    file: "src/client/repair/planCopy.ts",
    find: 'if (children === "again") return',
    replace: 'if (children === "again" && address === "") return'
  },
  {
    name: "whoever has asked for a retry that another one came before waits for ever",
    breaks: "S37",
    file: "src/client/starting/restart.ts",
    find: 'return row.from === undefined ? ("superseded" as const) : start',
    replace: "return undefined"
  },
  {
    name: "a copy begins with one message less",
    breaks: "S37",
    file: rows,
    find: "adoptedOrder(head, source).slice(0, from.count)",
    replace: "adoptedOrder(head, source).slice(0, Math.max(1, from.count - 1))"
  },
  {
    name: "what a copy has from its source is no row of its own",
    breaks: "S1",
    file: "src/streams/turns/turnRun.ts",
    find: "if (loaded.copied !== undefined) work.rows = [...loaded.copied, ...work.rows]",
    replace: ""
  },
  {
    name: "what is open where a copy goes on is not asked for anew",
    breaks: "L2",
    file: ledger,
    find: "if (!taken.has(id)) this.fresh.set(id, command)",
    replace: ""
  },
  {
    name: "what a copy keeps is derived from its own address",
    breaks: "S37",
    file: cut,
    find: "    run.ledger.runAs(first.address)\n    run.program.runAs(first.address)\n",
    replace: ""
  },
  {
    name: "a reset takes over what had succeeded behind its message",
    breaks: "S37",
    file: "src/client/repair/planCopy.ts",
    find: "{ at: asked.at as number, takesOver: false }",
    replace: "{ at: asked.at as number, takesOver: true }"
  },
  {
    name: "what had succeeded behind a message is not known to have",
    breaks: "S37",
    file: "src/client/repair/planCopy.ts",
    find: '.filter((key) => key.startsWith("step/") && !taken.includes(key))',
    replace: '.filter((key) => key.startsWith("step/") && taken.includes(key))'
  },
  {
    name: "signals that are kept are handed over once more",
    breaks: "S27",
    file: left,
    find: "    if (index < count) return []\n",
    replace: ""
  },
  {
    name: "a cancellation that came behind the request is dropped with what is left",
    breaks: "S37",
    file: left,
    find: "(hasEnded || row.at <= request.at)",
    replace: "(hasEnded || row.at > 0)"
  },
  {
    name: "starts that are to follow a run are lost with what is dropped of it",
    breaks: "S27",
    file: left,
    find: 'if (row.kind === "restart") return [row]',
    replace: 'if (row.kind === "restart") return []'
  },
  {
    name: "what a run owes is told by code that has changed since",
    breaks: "S3",
    file: "src/streams/turns/finishedRun.ts",
    find: "    endReplay(actor, { order, open: head.open, abandoned: head.abandoned })\n",
    replace: "    actor.ledger.endReplay()\n"
  },
  {
    name: "a request that is sent twice is two",
    breaks: "S33",
    file: asking,
    find: "if (before !== undefined) return before",
    replace: ""
  },
  {
    name: "a fork that is there is somebody else's",
    breaks: "S1",
    file: asking,
    find: "there.edits === plan.from.edits) return repair",
    replace: "there.edits !== plan.from.edits) return repair"
  },
  {
    name: "a run that is to be retried is said to have ended",
    breaks: "S1",
    file: asking,
    find: "  yield* noteAsked(newest, repairKey(id))\n",
    replace: ""
  },
  {
    name: "what the runtime asks for a copy at the message is done for its source",
    breaks: "S26",
    file: "src/streams/steps/systemSteps.ts",
    find: "systemStep(expireUnbegun, ({ key }, address) =>",
    replace: "systemStep(expireUnbegun, ({ address, key }) =>"
  },
  {
    name: "whoever waits for a run that is reset is never told",
    breaks: "L2",
    file: left,
    find: 'if (row.kind === "await") return hasEnded ? [] : [row]',
    replace: 'if (row.kind === "await") return []'
  },
  {
    name: "values that a reset keeps are emitted once more",
    breaks: "S24",
    file: first,
    find: "const emitted = sameStreams ? actor.emits.settle() : []",
    replace: "const emitted: ReturnType<typeof actor.emits.settle> = []"
  },
  {
    name: "no earlier generation can be forked",
    breaks: "S37",
    file: "src/client/repair/planCopy.ts",
    find: 'if (head.status === "continued" && how !== "fork")',
    replace: 'if (head.status === "continued")'
  },
  {
    name: "a run that is to be undone once more is cut before its start",
    breaks: "S37",
    file: "src/client/repair/cutAt.ts",
    find: "Math.max(begunBy(history) + 1, Math.min(found, point.compensatedFrom ?? found))",
    replace: "Math.min(found, point.compensatedFrom ?? found)"
  }
]

/** They take more luck than the schedules of a bank have, or more messages: all that fits a turn is answered before its commit asks for anything. */
export const rareRepairBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "what a copy leaves out of its source takes the patches with it to which its time had led",
    file: rows,
    find: "isSetAside: true, time: undefined, patches }",
    replace: "isSetAside: true, time: undefined, patches: patches.slice(0, 0) }",
    test: "client/repairs/setAside.test.ts",
    noticedBy:
      "A copy of a run that went on by the time of a row which was for nobody, on SQLite goes the new way of a patch to which that time had led"
  },
  {
    name: "a fork of a run that was deleted meanwhile begins from the start",
    file: rows,
    find: "  if (kept.length < from.count) return undefined\n",
    replace: "  if (head === undefined) return undefined\n",
    test: "client/repairs/firstTurn.test.ts",
    noticedBy: "The first turn of a copy is not taken when its source was deleted: nothing of it runs again"
  },
  {
    name: "a copy asks for what has been taken over",
    file: ledger,
    find: "if (!taken.has(id)) this.fresh.set(id, command)",
    replace: "this.fresh.set(id, command)",
    test: "actor/ledger.test.ts",
    noticedBy:
      "where a copied part is over what is open is asked for anew, but for what is answered by what was taken over"
  },
  {
    name: "a child run is asked for anew under the id of the one that has failed",
    file: anew,
    find: "const runId = defaultChildRunId(to, command.key)",
    replace: "const runId = defaultChildRunId(from, command.key)",
    test: "client/repairs/anew.test.ts",
    noticedBy:
      "What is open where a copy goes on, on SQLite is a child run under another id: of its own accord if that one has failed, else if it is said"
  },
  {
    name: "a retry looks for where a body has failed by a handle of a child run that has no id",
    file: "src/client/repair/failurePoint.ts",
    find: "withChild(started, { outcome: noted(started.outcome) })",
    replace: "({ ...started, outcome: noted(started.outcome) })",
    test: "client/repairs/retry.test.ts",
    noticedBy:
      "A run that is retried, on SQLite goes on from its failure where that has to do with the id of a child run"
  },
  {
    name: "what a run has sent last is lost when it is left for an earlier message",
    file: "src/streams/turns/decisions/takeRepair.ts",
    find: "  yield* putOwed(runId, startOf(stored), stored, options, false)\n",
    replace: "",
    test: "client/repairs/owed.test.ts",
    noticedBy:
      "A run that is left as it stands, on dynoxide and fauxqs owes what its last commit has said all the same, when it is reset to its beginning"
  },
  {
    name: "child runs of what is dropped go on",
    file: left,
    find: "hasEnded ? before.open : yield* childrenToCancel(address, before)",
    replace: "hasEnded ? before.open : []",
    test: "client/repairs/owed.test.ts",
    noticedBy:
      "A run that is left as it stands, on SQLite owes what its last commit has said all the same, when it is reset to its beginning"
  },
  {
    name: "what a run has sent last is lost when it is terminated",
    file: "src/streams/turns/decisions/takeDecisions.ts",
    find: "  if (isOver) yield* putOwed(runId, start, stored, options, true)\n",
    replace: "",
    test: "client/repairs/owed.test.ts",
    noticedBy:
      "A run that is left as it stands, on dynoxide and fauxqs owes what its last commit has said all the same, when it is terminated"
  }
]
