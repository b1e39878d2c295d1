// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const actor = "src/actor/actor.ts"
const turn = "src/actor/turn.ts"
const ledger = "src/actor/history/ledger.ts"
const message = "src/actor/history/message.ts"
const program = "src/actor/runtime/program.ts"
const callChild = "src/actor/port/runs/callChild.ts"
const inline = "src/streams/turns/inlineSteps.ts"

/** The pure core: which messages are adopted, what they answer, what replay makes sure of; and inline steps. */
export const actorBugs: ReadonlyArray<Bug> = [
  {
    name: "a row is adopted twice",
    breaks: "S1",
    file: actor,
    find: " || this.hasAdopted(messageKey(message))) return false",
    replace: ") return false"
  },
  {
    name: "a run begins with whatever comes first",
    breaks: "none",
    file: actor,
    find: 'return (this.start === undefined) === (message.kind === "start")',
    replace: 'return this.start === undefined || message.kind !== "start"',
    equivalent:
      "No actor is handed a message ahead of its start: `loadRun` makes none without a start row, the first turn sorts that row to the front (`byArrival`), later ones have replayed it, and a portion takes at least one message. With a start that does not come first it is a bug: see the pairs."
  },
  {
    name: "rows are adopted after the end",
    breaks: "S6",
    file: actor,
    find: "this.parked !== undefined || this.outcome !== undefined || this.hasAdopted",
    replace: "this.parked !== undefined || this.hasAdopted"
  },
  {
    name: "any timer of a key answers for it",
    breaks: "S9",
    file: actor,
    find: 'return this.ledger.timerDue(message.key) === message.due ? "run" : "setAside"',
    replace: 'return this.ledger.timerDue(message.key) !== undefined ? "run" : "setAside"'
  },
  {
    name: "what is set aside is not marked",
    breaks: "S5",
    file: actor,
    find: "if (isSetAside) this.amendEntry({ isSetAside })\n    else if (!isTimer)",
    replace: "if (!isSetAside && !isTimer)"
  },
  {
    name: "what was set aside brings no time to a replay",
    breaks: "S5",
    file: actor,
    find: "      yield* this.passage.passTime(time, undefined, false)\n",
    replace: ""
  },
  {
    name: "time stands still but for timers",
    breaks: "S13",
    file: "src/actor/runtime/passage.ts",
    find: "    this.clock.advanceTo(time)\n  }",
    replace: "  }"
  },
  {
    name: "a timer brings the time of its row",
    breaks: "S9",
    file: message,
    find: '  if (message.kind === "timer") return Math.max(message.at, message.due)\n',
    replace: ""
  },
  {
    name: "an inline outcome for another input is accepted",
    breaks: "S5",
    file: actor,
    find: 'if (this.ledger.isKnown(id)) return "setAside"',
    replace: 'if (this.ledger.isKnown(id)) return "run"'
  },
  {
    name: "an inline outcome ahead of its command is set aside",
    breaks: "L2",
    file: actor,
    find: '          this.early.set(messageKey(message), message)\n          return "wait"',
    replace: '          return "setAside"'
  },
  {
    name: "an inline outcome ahead of its command is forgotten",
    breaks: "S8",
    file: actor,
    find: "          this.early.set(messageKey(message), message)\n",
    replace: ""
  },
  {
    name: "an inline outcome ahead of its command parks the run",
    breaks: "L2",
    file: actor,
    find: 'if (live && message.kind === "step" && message.inline === true) {',
    replace: 'if (live && message.kind === "step" && message.inline === true && this.ledger.isKnown(id)) {'
  },
  {
    name: "an outcome for another input is accepted",
    breaks: "S5",
    file: ledger,
    find: "if (entry.command.fingerprint === recorded.fingerprint) return undefined\n    return otherInput(recorded, entry.command.fingerprint)",
    replace: "return undefined"
  },
  {
    name: "replay sends again what was sent",
    breaks: "S8",
    file: turn,
    find: "  actor.ledger.endReplay()\n  actor.parked = compareRecords(actor, history)",
    replace: "  actor.parked = compareRecords(actor, history)"
  },
  {
    name: "replay does not compare open commands",
    breaks: "S5",
    file: turn,
    find: "  actor.parked = compareRecords(actor, history)",
    replace: ""
  },
  {
    name: "replay misses commands that history does not have",
    breaks: "S5",
    file: turn,
    find: "  for (const record of left.values()) return notRecorded(record)\n",
    replace: ""
  },
  {
    name: "replay misses commands with another input",
    breaks: "S5",
    file: turn,
    find: "    if (found.fingerprint !== record.fingerprint) return otherInput(record, found.fingerprint)\n",
    replace: ""
  },
  {
    name: "replay skips what the code does not ask for",
    breaks: "S4",
    file: turn,
    find: "  if (yield* actor.replayInParts(entry, message)) return\n",
    replace: "  if ((yield* actor.replayInParts(entry, message)) || actor.parked === undefined) return\n"
  },
  {
    name: "a dropped command is forgotten",
    breaks: "S5",
    file: ledger,
    find: "    entry.resume = undefined\n    this.abandonedIds.add(id)\n",
    replace: "    entry.resume = undefined\n    this.entries.delete(id)\n"
  },
  {
    name: "a dropped command keeps no record",
    breaks: "S5",
    file: ledger,
    find: "    this.abandonedIds.add(id)\n",
    replace: ""
  },
  {
    name: "a child that is waited for no more is not cancelled",
    breaks: "L2",
    file: ledger,
    find: "    entry.resume = resume\n    this.requestCancelOf(entry)\n",
    replace: "    entry.resume = resume\n"
  },
  {
    name: "children are not cancelled with their parent",
    breaks: "L2",
    file: program,
    find: "    this.options.ledger.cancelChildren()\n",
    replace: ""
  },
  {
    name: "a parent does not wait for a child that it has cancelled",
    breaks: "S10",
    file: callChild,
    find: "      else ledger.cancelChild(key, resume)\n",
    replace: "      else {\n        ledger.cancelChild(key, () => undefined)\n        resume()\n      }\n"
  },
  {
    name: "a cancel does not interrupt the body",
    breaks: "S9",
    file: program,
    find: "    this.body.interruptUnsafe()\n",
    replace: ""
  },
  {
    name: "a second cancel changes the reason",
    breaks: "none",
    file: program,
    find: "    if (this.cancelReason !== undefined) return\n",
    replace: "",
    equivalent:
      "Every cancel of a run has the same key, so its inbox holds at most one, and a key is adopted once (`deliver`): the second call never comes."
  },
  {
    name: "a cancelled run is not compensated",
    breaks: "S14",
    file: "src/actor/calls/compensation.ts",
    find: "                Exit.isSuccess(exit)\n                  ? Effect.void",
    replace: "                Exit.isSuccess(exit) || Exit.hasInterrupts(exit)\n                  ? Effect.void"
  },
  {
    name: "compensations run side by side",
    breaks: "S14",
    file: program,
    find: "private readonly scope = Scope.makeUnsafe()",
    replace: 'private readonly scope = Scope.makeUnsafe("parallel")'
  },
  {
    name: "a compensation is registered before there is something to undo",
    breaks: "S14",
    file: "src/actor/calls/compensation.ts",
    find: "    Effect.uninterruptible(\n      Effect.flatMap(RunScope, (scope) =>",
    replace: "    Effect.interruptible(\n      Effect.flatMap(RunScope, (scope) =>"
  },
  {
    name: "compensations run after a success too",
    breaks: "S14",
    file: "src/actor/calls/compensation.ts",
    find: "                Exit.isSuccess(exit)\n                  ? Effect.void",
    replace: '                Exit.isSuccess(exit) && scope.strategy === "parallel"\n                  ? Effect.void'
  },
  {
    name: "workflow code sees the clock of its host",
    breaks: "S5",
    file: program,
    find: "    withAmbient(this.surroundings, () => this.run(first))",
    replace: "    this.run(first)",
    and: [{ file: program, find: "runOfSlice, withAmbient }", replace: "runOfSlice }" }]
  },
  {
    name: "randomness is no function of the run",
    breaks: "S5",
    file: program,
    find: "this.random = makeSeededRandom(`${options.runId}/Random`)",
    replace: "this.random = makeSeededRandom(`${options.runId}/Random/${Math.random()}`)"
  },
  {
    name: "signals are received the last one first",
    breaks: "S1",
    file: "src/actor/port/signalBox.ts",
    find: "const next = line.arrived.shift()",
    replace: "const next = line.arrived.pop()"
  },
  {
    name: "a signal is received twice",
    breaks: "S1",
    file: "src/actor/port/signalBox.ts",
    find: "const next = line.arrived.shift()",
    replace: "const next = line.arrived[0]"
  },
  {
    name: "a signal is taken by one who no longer waits",
    breaks: "S1",
    file: "src/actor/port/signalBox.ts",
    find: "      this.givenBack.add(channel)\n    }\n    this.end(channel, waiter)",
    replace: "      this.givenBack.add(channel)\n    }\n    if (line.waiters[0] !== waiter) this.end(channel, waiter)"
  },
  {
    name: "children of all runs share their ids",
    breaks: "S15",
    file: ledger,
    find: "return defaultChildRunId(this.runId, key)",
    replace: "return `child:${key}`"
  },
  {
    name: "the second inline outcome wins",
    breaks: "S5",
    file: inline,
    find: 'if (first.kind !== "step" || first.fingerprint === fingerprint) return [yield* resolved(first)]',
    replace: 'if (first.kind !== "step" || first.fingerprint === fingerprint) return [{ ...row, outcome }]'
  },
  {
    name: "an inline outcome is adopted before it is durable",
    breaks: "S1",
    file: inline,
    find: "  const first = yield* putFirst(runId, row)\n",
    replace: "  const first = command.index > 1 ? undefined : yield* putFirst(runId, row)\n"
  },
  {
    name: "there is no place beside another's inline outcome",
    breaks: "L2",
    file: inline,
    find: "return [first, second === undefined ? { ...beside, outcome } : yield* resolved(second)]",
    replace: "return second === undefined ? [first] : [yield* resolved(second)]",
    and: [
      {
        file: inline,
        find: "const second = yield* putFirst(runId, beside)",
        replace: "const second = beside.beside ? undefined : first"
      }
    ]
  },
  {
    name: "a run that is stuck is not ended by its cancellation",
    breaks: "L2",
    file: "src/actor/actor.ts",
    find: "    if (isCancelling(message) && this.endsByCancel) return true\n",
    replace: ""
  },
  {
    name: "a replay does not come past what a cancellation has ended",
    breaks: "S5",
    file: "src/actor/turn.ts",
    find: "if (actor.parked !== undefined && !ends) return actor.lose()",
    replace: "if (actor.parked !== undefined) return actor.lose()"
  }
]
