import type { AdapterBug } from "./bug.ts"

const restarts = "src/actor/history/restarting/restarts.ts"
const conclude = "src/streams/commits/conclude.ts"
const early = "store/sqliteStarts.test.ts"

/** Starts of runs that are there. Their tests find these: the simulated world draws no such starts. */
export const startBugs: ReadonlyArray<AdapterBug> = [
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
    file: "src/client/starting/restart.ts",
    find: "const home = isNamed ? yield* homeOf(newest.address, key) : newest",
    replace: "const home = isNamed && generation < 0 ? yield* homeOf(newest.address, key) : newest",
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
    file: "src/store/generations/starts.ts",
    find: "  if ((yield* table.readMessage(address, key)) === undefined) return\n",
    replace: "",
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
