import type { AdapterBug } from "./bug.ts"

const copied = "src/actor/history/copying/copiedFrom.ts"
const anew = "src/actor/history/copying/askedAnew.ts"
const cut = "src/actor/history/copying/cut.ts"
const reset =
  "A run that is forked or reset, on SQLite is reset while it runs: what was dropped takes effect again, and what was sent to it is handed over once more"
const child =
  "What is open where a copy goes on, on SQLite is a child run under another id: of its own accord if that one has failed, else if it is said"
const timer =
  "What is open where a copy goes on, on SQLite is a timer with as much time left as it had, unless its moment was fixed"

/** Of retries, resets and forks, each with the test that is to notice it. */
export const repairBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a step that takes effect once more has the key by which services know that it has",
    file: copied,
    find: "if (keys.includes(key)) return address",
    replace: "if (keys.includes(key)) return known.address",
    test: "client/repairs/fork.test.ts",
    noticedBy: reset
  },
  {
    name: "signals of the dropped part are not handed over once more",
    file: "src/streams/commits/repairing/repairCommit.ts",
    find: 'return row.kind === "signal" || (row',
    replace: "return (row",
    test: "client/repairs/fork.test.ts",
    noticedBy: reset
  },
  {
    name: "an outcome that was edited is what it was",
    file: "src/streams/turns/copying/copiedRows.ts",
    find: "return { ...row, outcome: { tag: edit.tag, payload: { json: edit.json } } }",
    replace: "return { ...row, outcome: { ...row.outcome, tag: edit.tag } }",
    test: "client/repairs/fork.test.ts",
    noticedBy: "A run that is forked or reset, on SQLite is forked into another run"
  },
  {
    name: "a child run is asked for anew under the id of the one that has failed",
    file: anew,
    find: "const runId = defaultChildRunId(to, command.key)",
    replace: "const runId = defaultChildRunId(from, command.key)",
    test: "client/repairs/anew.test.ts",
    noticedBy: child
  },
  {
    name: "a timer of a copy is over when that of its source would have been",
    file: anew,
    find: "command.isFixed === true ? command.due : command.due + laterMs",
    replace: "command.due",
    test: "client/repairs/anew.test.ts",
    noticedBy: timer
  },
  {
    name: "a moment that the body has named is put off",
    file: anew,
    find: "command.isFixed === true ? command.due : command.due + laterMs",
    replace: "command.due + laterMs",
    test: "client/repairs/anew.test.ts",
    noticedBy: timer
  },
  {
    name: "what was over by the first copy is counted once more by the second",
    file: cut,
    find: "goesOnAt - Math.max(now, this.wentOnAt)",
    replace: "goesOnAt - now",
    test: "client/repairs/anew.test.ts",
    noticedBy: timer
  },
  {
    name: "whoever has asked for a retry that another one came before waits for ever",
    file: "src/client/starting/restart.ts",
    find: 'return row.from === undefined ? ("superseded" as const) : start',
    replace: "return undefined",
    test: "client/repairs/twice.test.ts",
    noticedBy:
      "A repair that is asked for more than once, on SQLite is begun once under two request ids, and both who have asked are told how that ends"
  }
]
