// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug, Bug } from "./bug.ts"

const notices = "src/streams/commits/notices.ts"
const rows = "src/streams/commits/rowsForOthers.ts"
const outbox = "src/actor/history/outbox.ts"
const judge = "src/store/judgeNotice.ts"

/** Children beside the body, signals between runs, and the ends of runs that others have started. */
export const otherRunsBugs: ReadonlyArray<Bug> = [
  {
    name: "signals that a commit has sent are not put again",
    breaks: "S25",
    file: notices,
    find: "    yield* putSends(runId, actor, head.sends, at)\n",
    replace: "    yield* putSends(runId, actor, { ...head.sends, count: 0 }, at)\n"
  },
  {
    name: "what a run sent as it ended is not put again",
    breaks: "S25",
    file: "src/streams/turns/finishedRun.ts",
    find: 'const hasSends = head.notices && (head.sends?.fingerprint ?? "") !== ""',
    replace: "const hasSends = false"
  },
  {
    name: "signals of one message have one id",
    breaks: "S25",
    file: outbox,
    find: "${index}.${this.count++}`",
    replace: "${index}.${this.count}`"
  },
  {
    name: "signals between runs do not name the one before",
    breaks: "S25",
    file: outbox,
    find: "command : { ...command, ...before }",
    replace: "command : command"
  },
  {
    name: "the end of a child overtakes its signals",
    breaks: "S25",
    file: rows,
    find: "outcomeNotice(waiter, outcome, at, actor.ledger.outbox.before(runIdOf(waiter.runId)))",
    replace: "outcomeNotice(waiter, outcome, at)"
  },
  {
    name: "signals overtake the starts of those that they are for",
    breaks: "S25",
    file: "src/store/putNotices.ts",
    find: "return [alone(notices.filter(isStart)), [...byRun.values()],",
    replace: "return [[...byRun.values()], alone(notices.filter(isStart)),"
  },
  {
    name: "a child that is to go on is cancelled with its parent",
    breaks: "S25",
    file: "src/actor/history/ledger.ts",
    find: '      if (command.whenParentEnds === "cancel") this.requestCancelOf(entry)',
    replace: "      this.requestCancelOf(entry)"
  },
  {
    name: "a parent ends before a child that it is to wait for",
    breaks: "S10",
    file: "src/actor/port/runs/startChild.ts",
    find: 'if (whenParentEnds !== "wait") return Effect.succeed(started)',
    replace: 'if (whenParentEnds !== "abandon") return Effect.succeed(started)'
  }
]

/** So seldom in the world that luck finds them. */
export const seldomOtherRunsBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a question that comes after the end is not answered",
    file: "src/streams/turns/ended/finishedTurn.ts",
    find: 'doorbells.includes("start") || doorbells.some(isForTheRun)',
    replace: 'doorbells.includes("start")',
    test: "client/otherRuns.test.ts",
    noticedBy: "a run that waits for another's, on SQLite is told by a run that ended while the question was on its way"
  },
  {
    name: "whoever has the id of a child gets its signals",
    file: judge,
    find: "if (toChild !== undefined && !isItsChild)",
    replace: 'if (toChild === "")',
    test: "client/otherRuns.test.ts",
    noticedBy: "children that go on beside the body, on SQLite that could not have their run id say so to whoever waits"
  },
  {
    name: "a parent that ends leaves its children to themselves",
    file: rows,
    find: ".filter(({ command }) => isCancelled(command))",
    replace: ".filter(({ command, cancelRequested }) => cancelRequested && isCancelled(command))",
    test: "streams/otherRunsAgain.test.ts",
    noticedBy:
      "what a commit has sent to other runs is put again of a run that has ended, with the children of its last turn and their cancellations"
  },
  {
    name: "the last turn answers no questions",
    file: rows,
    find: ", ...actor.waiters.values()]",
    replace: "]",
    test: "client/otherRuns.test.ts",
    noticedBy: "a run that waits for another's, on SQLite is told when that one ends, and at once if it has"
  },
  {
    name: "a run is waited for whatever workflow it is of",
    file: judge,
    find: "if (workflow !== undefined && found !== workflow)",
    replace: "if (workflow === undefined && found !== workflow)",
    test: "store/judgeNotice.test.ts",
    noticedBy: "what a commit asks for in another run is judged: a question to a run of another workflow"
  },
  {
    name: "a question is handed to nobody after a replay",
    file: "src/actor/actor.ts",
    find: "      this.leaving.note(message)\n      this.adopt(entry)",
    replace: "      this.adopt(entry)",
    test: "actor/otherRuns.test.ts",
    noticedBy: "a wait for the end of another run of others for this one is set aside, and known after a replay"
  },
  {
    name: "code that has changed makes sure of what it would send itself",
    file: notices,
    find: "if (now.count === sends.count && now.fingerprint === sends.fingerprint) return true",
    replace: "if (now.count >= 0) return true",
    test: "streams/otherRunsAgain.test.ts",
    noticedBy: "what a commit has sent to other runs is not put again by code that would send something else"
  },
  {
    name: "a replay counts signals that were sent once more in another way than the run did",
    file: "src/actor/history/ledger.ts",
    find: "this.fresh.set(`send/${this.sent++}`, this.outbox.send(send))",
    replace:
      "const command = this.outbox.send(send)\n    if (!this.fresh.has(`send/${command.key}`)) this.fresh.set(`send/${command.key}`, command)",
    test: "streams/otherRunsAgain.test.ts",
    noticedBy: "what a commit has sent to other runs is put again as well where one of them had been sent before"
  },
  {
    name: "what follows a signal that was sent once more is behind that one alone",
    file: "src/actor/history/outbox.ts",
    find: "if (!this.given.has(place)) this.last.set(send.runId, key)",
    replace: "this.last.set(send.runId, key)",
    test: "streams/otherRunsAgain.test.ts",
    noticedBy:
      "what a commit has sent to other runs is behind what was sent there last, also where one is sent once more that stands before that"
  }
]
