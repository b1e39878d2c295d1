import type { AdapterBug, Bug } from "./bug.ts"

const take = "src/streams/turns/decisions/takeDecisions.ts"
const head = "src/streams/turns/decisions/decidedHead.ts"

/** Runs that are paused, resumed and terminated: S30 and S31. */
export const decisionBugs: ReadonlyArray<Bug> = [
  {
    name: "a paused run is handed what comes",
    breaks: "S30",
    file: "src/streams/turns/loadRun.ts",
    find: '  if (head?.status === "paused") return { _tag: "Paused", head } satisfies LoadedRun\n',
    replace: ""
  },
  {
    name: "what has come during a pause is not read when the run goes on",
    breaks: "L1",
    file: take,
    find: 'if (decided.by._tag === "GoesOn") return "again" as const',
    replace: 'if (decided.by._tag === "GoesOn") return "settled" as const'
  },
  {
    name: "a run that is paused forgets what it waits for",
    breaks: "S30",
    file: head,
    find: 'return { ...rest, status: "paused",',
    replace: 'return { ...rest, open: [], status: "paused",'
  },
  {
    name: "a terminated run keeps what it waited for",
    breaks: "S31",
    file: head,
    find: "  abandoned: [],\n  fences: [],\n",
    replace: ""
  },
  {
    name: "a termination leaves no trace in the history",
    breaks: "S31",
    file: head,
    find: "const order = [...adoptedOrder(base, { segments: stored }), ...adopted]",
    replace: 'const order = [...adoptedOrder(base, { segments: stored }), ...(by._tag === "Terminated" ? [] : adopted)]'
  }
]

/** What the world does not draw: terminated children, and their own. */
export const decisionTestBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "decisions go by the clock of who decides, wherever it steps",
    file: "src/client/repair/decide.ts",
    find: "const at = Math.max(row.at, lastAt(table, address) + 1, (head?.paused?.since ?? 0) + 1)",
    replace: "const at = row.at",
    test: "client/repair.test.ts",
    noticedBy:
      "A run that is paused, on SQLite is not paused behind the request which ends that, whatever the clock of who asks for both"
  },
  {
    name: "who asks for a pause again, by a clock that was set right, forgets how late the pause is",
    file: "src/client/repair/decide.ts",
    find: "const latest = Math.max(at, known.get(address) ?? 0)",
    replace: "const latest = at",
    test: "client/repair.test.ts",
    noticedBy:
      "A run that is paused, on SQLite is not paused behind the end of that by who asks for the pause again, as the first answer was lost"
  },
  {
    name: "who finds that somebody has asked for the same pause goes by its own time of that",
    file: "src/client/repair/decide.ts",
    find: 'put._tag === "Exists" ? put.message.at : at',
    replace: "put === undefined ? 0 : at",
    test: "client/repair.test.ts",
    noticedBy:
      "A run that is paused, on SQLite is not paused behind the end of that by who asks for the pause again, as the first answer was lost"
  },
  {
    name: "the parent of a terminated run is not told",
    file: take,
    find: "...[...(head.parent === undefined ? [] : [head.parent]), ...waiters]",
    replace: "...[...waiters]",
    test: "client/repair.test.ts",
    noticedBy: "A run that is terminated, on SQLite tells its parent"
  },
  {
    name: "who waits for a terminated run is not told",
    file: take,
    find: "...[...(head.parent === undefined ? [] : [head.parent]), ...waiters]",
    replace: "...[...(head.parent === undefined ? [] : [head.parent])]",
    test: "client/repair.test.ts",
    noticedBy: "A run that is terminated, on SQLite tells its parent"
  },
  {
    name: "a terminated run cancels all of its children",
    file: "src/streams/commits/leftChildren.ts",
    find: '(start) => start?.kind !== "start" || start.whenParentEnds === undefined',
    replace: "() => true",
    test: "client/repair.test.ts",
    noticedBy: "A run that is terminated, on SQLite leaves the children"
  },
  {
    name: "a terminated run cancels none of its children",
    file: take,
    find: "    ...cancelsOfLeft(runId, { open }, at),\n",
    replace: "",
    test: "client/repair.test.ts",
    noticedBy: "A run that is terminated, on SQLite leaves the children"
  },
  {
    name: "a decision brings the time at which it was made",
    file: "src/actor/history/message.ts",
    find: 'isDecision(message) || message.kind === "repair" ? 0 : message.at',
    replace: "message.at",
    test: "client/repair.test.ts",
    noticedBy: "A run that is paused, on SQLite lets steps under way"
  },
  {
    name: "a termination waits for code that fits",
    file: "src/streams/turns/loadRun.ts",
    find: "  if (decided !== undefined) return",
    replace: '  if (decided !== undefined && head?.status !== "parked") return',
    test: "client/repair.test.ts",
    noticedBy: "A run that is terminated, on SQLite and whose history"
  }
]
