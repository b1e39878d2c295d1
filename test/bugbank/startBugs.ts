import type { AdapterBug, Bug } from "./bug.ts"

const restarts = "src/actor/history/restarting/restarts.ts"
const conclude = "src/streams/commits/conclude.ts"
const early = "store/sqliteStarts.test.ts"

/** Starts of runs that are there, by their tests. */
export const startBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a start that is asked for again is said to begin what has not begun",
    file: "src/client/starting/restart.ts",
    find: 'return typeof begun === "number" ? begun',
    replace: 'return typeof begun === "string" ? 0',
    test: "client/startPolicies.test.ts",
    noticedBy:
      "start policies, on SQLite one that is asked for again tells the generation that it has begun, and before that the first that it can begin"
  },
  {
    name: "a start by debounce takes the place of a body that has begun",
    file: "src/actor/history/restarting/leaving.ts",
    find: "this.restarts.isPassedOver(message) || !ledger",
    replace: "this.restarts.isPassedOver(message) && !ledger",
    test: "client/debounce.test.ts",
    noticedBy:
      "starts by debounce, on SQLite one that comes after the body has begun waits for its end, and the last of them is the one that comes"
  },
  {
    name: "each start by debounce forgets when the first was to begin at the latest",
    file: "src/actor/history/restarting/leaving.ts",
    find: "this.restarts.replaceBy(message, start?.notAfter)",
    replace: "this.restarts.replaceBy(message, start?.notBefore === 0 ? start.notAfter : undefined)",
    test: "client/debounce.test.ts",
    noticedBy: "starts by debounce, on SQLite many of them put it off no longer than maxDelay"
  },
  {
    name: "all starts by debounce that wait have their turn",
    file: restarts,
    find: 'message.policy === "debounce" && one.policy === "debounce"',
    replace: 'message.policy === "debounce" && one.policy !== "debounce" && one.id === message.id',
    test: "client/debounce.test.ts",
    noticedBy:
      "starts by debounce, on SQLite one that comes after the body has begun waits for its end, and the last of them is the one that comes"
  },
  {
    name: "a start by debounce takes the place of those who wait for their turn, too",
    file: restarts,
    find: '    if (message.policy === "debounce") return\n',
    replace: "",
    test: "client/debounce.test.ts",
    noticedBy:
      "starts by debounce, on SQLite one that takes the place of a body which has not begun leaves those who wait for their turn"
  },
  {
    name: "of starts by debounce that come together each is a generation",
    file: restarts,
    find: "if (ids.length > 1) for",
    replace: "if (ids.length > 1_000) for",
    test: "client/debounce.test.ts",
    noticedBy: "starts by debounce that a host finds together are one generation, and begin by the bound of the first"
  },
  {
    name: "a replace is one more start behind the others",
    file: restarts,
    find: "    this.requests = [message]\n",
    replace: "    this.requests = [...this.requests, message]\n",
    test: "client/startPolicies.test.ts",
    noticedBy: "start policies, on SQLite a later replace takes the place of starts that have not begun"
  },
  {
    name: "what came before the request goes to the new start",
    file: conclude,
    find: "  const adopted = left\n    .slice(0, end)",
    replace: "  const adopted = left\n    .slice(end - 1, end)",
    test: "streams/conclude.test.ts",
    noticedBy:
      "a run that has ended, and is asked to start once more, on SQLite leaves what came before the request where it was, and takes along what came behind it"
  },
  {
    name: "a start that waits has no turn where the run was ended by force",
    file: conclude,
    find: "for (const row of [...adoptedRestarts(order, stored), ...left]) restarts.note(row)",
    replace: "for (const row of left) restarts.note(row)",
    test: "streams/conclude.test.ts",
    noticedBy:
      "a run that has ended, and is asked to start once more, on SQLite is told by who had ended it by force: the start that waited has its turn"
  },
  {
    name: "a new start goes on with the streams of the one before",
    file: "src/store/beside/outputChunks.ts",
    find: "addressOf(runIdOf(address), since)",
    replace: "addressOf(runIdOf(address), since * 0)",
    test: "client/startPolicies.test.ts",
    noticedBy: "start policies, on SQLite each start has streams of its own"
  },
  {
    name: "a start that was asked for twice begins twice",
    file: "src/store/sending/putRestart.ts",
    find: "const home = isNamed ? yield* homeOfRestart(newest.address, key) : newest",
    replace: "const home = isNamed && generation < 0 ? yield* homeOfRestart(newest.address, key) : newest",
    test: "client/startPolicies.test.ts",
    noticedBy:
      "start policies, on SQLite replace cancels what runs, which compensates, and then begins; how it had ended stays readable"
  },
  {
    name: "a body begins before its time",
    file: "src/actor/runtime/program.ts",
    find: "notBefore === undefined ? now :",
    replace: "notBefore === undefined || notBefore > 0 ? now :",
    test: "client/startPolicies.test.ts",
    noticedBy: "start policies, on SQLite a body does not begin before its time"
  },
  {
    name: "who asks late marks a start that is over as to come",
    file: "src/store/generations/nextGeneration.ts",
    find: "{ to: generation + 1, above: generation }",
    replace: "{ to: generation + 2, above: generation }",
    test: "client/starts/lateRequest.test.ts",
    noticedBy: "who has asked and comes late finds that start over"
  },
  {
    name: "the child of a later start tells of its end before what it has sent",
    file: "src/streams/commits/rowsForOthers.ts",
    find: "actor.ledger.outbox.before(runIdOf(waiter.runId))",
    replace: "actor.ledger.outbox.before(waiter.runId)",
    test: "client/starts/childOfStart.test.ts",
    noticedBy: "the child of a run that was started again, on SQLite tells it"
  },
  {
    name: "a turn that goes ahead of its start stands without it",
    file: "src/store/sqlite/sqliteCommits.ts",
    find: "turn.begins !== undefined && !engine.standsAlone(runId, turn.begins)",
    replace: "turn.begins !== undefined && runId === undefined",
    test: early,
    noticedBy: "a turn that goes ahead of its start falls with a start in whose place there is another"
  },
  {
    name: "a turn that goes ahead of its start has not seen what came before it",
    file: "src/store/sqlite/engine.ts",
    find: "return isThere && !this.hasOthers(runId)",
    replace: "return isThere",
    test: early,
    noticedBy: "a turn that goes ahead of its start falls if another row has come before the start, which then rings"
  },
  {
    name: "a start that no commit adopts rings for nobody",
    file: "src/store/sqlite/engine.ts",
    find: '      this.ring(runId, "start", afterCommit)\n',
    replace: "",
    test: early,
    noticedBy: "a turn that goes ahead of its start rings for a start that no commit adopts"
  },
  {
    name: "a start of a flush that was taken back is taken for one that is there",
    file: "src/store/sqlite/engine.ts",
    find: "begins: () => this.starts.clear()",
    replace: "begins: () => {}",
    test: early,
    noticedBy: "a turn that goes ahead of its start falls with a start whose flush was taken back"
  },
  {
    name: "inline steps run ahead of their run's start",
    file: "src/streams/turns/turnRun.ts",
    find: "work.begins !== undefined && (parked !== undefined || actor.hasInlineSteps)",
    replace: "work.begins !== undefined && parked !== undefined",
    test: "streams/earlyStarts.test.ts",
    noticedBy: "the first turn of a run runs no inline step before its start stands"
  }
]

/** The same as the simulated world finds them: S33, and what clients are promised of a run that is to start once more. */
export const startsAgainBugs: ReadonlyArray<Bug> = [
  {
    name: "a run that is to start once more is said to have ended",
    breaks: "S1",
    file: "src/store/sending/putRestart.ts",
    find: "  yield* noteAsked({ address }, key)\n",
    replace: ""
  },
  {
    name: "a request that goes along is not told of to senders",
    breaks: "S1",
    file: "src/store/generations/nextGeneration.ts",
    find: '  if (rows.some(({ kind }) => kind === "restart")) yield* raiseAsked(address)\n',
    replace: ""
  },
  {
    name: "a decision about a run that is to start once more is refused",
    breaks: "S1",
    file: "src/client/repair/decide.ts",
    find: "const newest = yield* toBegin(found)",
    replace: "const newest = found"
  },
  {
    name: "a request overtakes what was sent to the start before it",
    breaks: "S18",
    file: "src/store/sending/putRestart.ts",
    find: "const newest = behind ?? (yield* toBegin(found))",
    replace: "const newest = behind ?? found"
  },
  {
    name: "a request overtakes a signal that was sent again",
    breaks: "S18",
    file: "src/client/send.ts",
    find: '    if (own !== undefined) sent.noteSent(runId, message, { _tag: "Exists", message: own }, generation)\n',
    replace: ""
  },
  {
    name: "a look leaves out the run that has ended and is to start once more",
    breaks: "L2",
    file: "src/streams/wakeups/lookThrough.ts",
    find: 'if (head !== undefined && head.status !== "continued" && !(yield* insist(what, isAskedAgain(runId)))) return',
    replace: 'if (head !== undefined && head.status !== "continued") return'
  },
  {
    name: "a refusal that meets the end of a run spends the request to start it once more",
    breaks: "L1",
    file: "src/streams/turns/parkRun.ts",
    find: 'if (head !== undefined && isTerminal(head.status)) return "again" as const',
    replace: "if (head !== undefined && isTerminal(head.status)) return settled"
  },
  {
    name: "a signal behind the request is lost on a host that knows of the end alone",
    breaks: "L1",
    file: "src/streams/turns/ended/finishedTurn.ts",
    find: "doorbells.some(isForTheRun)",
    replace: "doorbells.some((key) => /^(?:await|restart)\\//.test(key))"
  },
  {
    name: "a start whose place was taken is forgotten by the next generation",
    breaks: "S13",
    file: restarts,
    find: "const mostPassed = 100",
    replace: "const mostPassed = Number.NEGATIVE_INFINITY"
  },
  {
    name: "a replace lets those before it begin",
    breaks: "S33",
    file: restarts,
    find: "    this.requests = [message]\n",
    replace: "    this.requests = [...this.requests, message]\n"
  },
  {
    name: "the last request has its turn first",
    breaks: "S33",
    file: restarts,
    find: "const [first, ...rest] = this.requests.map(",
    replace: "const [first, ...rest] = this.requests.toReversed().map("
  },
  {
    name: "a request that waits is left behind",
    breaks: "S33",
    file: restarts,
    find: "handoverTo(first, order, [...unread, ...rest])",
    replace: "handoverTo(first, order, [...unread])"
  },
  {
    name: "another start has what came before its request",
    breaks: "S27",
    file: restarts,
    find: 'row.kind !== "cancel" && behind.has(messageKey(row))',
    replace: 'row.kind !== "cancel" && behind !== undefined'
  },
  {
    name: "signals behind the request go down with a run that is terminated",
    breaks: "S27",
    file: conclude,
    find: "[...unreadOf(head, order, stored), ...waiting]",
    replace: "waiting"
  },
  {
    name: "a run that was ended by force does not start once more",
    breaks: "L2",
    file: conclude,
    find: "for (const row of [...adoptedRestarts(order, stored), ...left]) restarts.note(row)",
    replace: "for (const row of left) restarts.note(row)"
  },
  {
    name: "how the start before had ended is written over",
    breaks: "S33",
    file: conclude,
    find: "concluded: yield* concludedOf(address, status as RunStatus, outcome),",
    replace: 'concluded: yield* concludedOf(address, "cancelled", { tag: "cancelled", payload: outcome.payload }),'
  },
  {
    name: "another start begins at once, and not at its time",
    breaks: "S33",
    file: "src/actor/history/continuation.ts",
    find: "      ...(notBefore === undefined ? {} : { notBefore }),\n      ...(notAfter",
    replace: "      ...(notAfter"
  },
  {
    name: "a debounce cuts off a body that has begun",
    breaks: "S39",
    file: "src/actor/history/restarting/leaving.ts",
    find: "this.restarts.isPassedOver(message) || !ledger",
    replace: "this.restarts.isPassedOver(message) && !ledger"
  },
  {
    name: "a debounce does not know by when the one whose place it takes was to begin",
    breaks: "S39",
    file: restarts,
    find: "    this.isReplaced = true\n    this.bound(message, notAfter)\n",
    replace: "    this.isReplaced = true\n"
  },
  {
    name: "all debounces that wait have their turn",
    breaks: "S33",
    file: restarts,
    find: 'message.policy === "debounce" && one.policy === "debounce"',
    replace: 'message.policy === "debounce" && one.policy !== "debounce" && one.id === message.id'
  },
  {
    name: "a debounce takes the place of those who wait for their turn, too",
    breaks: "S33",
    file: restarts,
    find: '    if (message.policy === "debounce") return\n',
    replace: ""
  },
  {
    name: "the last debounce of a window begins at its own time, whatever the others have asked for",
    breaks: "S39",
    file: restarts,
    find: "notBefore: Math.min(notAfter, message.notBefore ?? notAfter)",
    replace: "notBefore: message.notBefore ?? notAfter"
  }
]
