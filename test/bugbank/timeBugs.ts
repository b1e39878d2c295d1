import type { Bug } from "./bug.ts"

const actor = "src/actor/actor.ts"
const passage = "src/actor/runtime/passage.ts"
const ledger = "src/actor/history/ledger.ts"
const arrival = "src/streams/turns/arrival.ts"
const sent = "src/store/sending/sentBefore.ts"
const heap = "src/actor/history/heaps/timerHeap.ts"

/** Time and order: which timers fire before a message, in which order, and whose clock counts. */
export const timeBugs: ReadonlyArray<Bug> = [
  {
    name: "timers wait for their rows",
    breaks: "S19",
    file: passage,
    find: "next !== undefined; next = this.ledger.firstDue(time)",
    replace: "next !== undefined && own !== undefined; next = this.ledger.firstDue(time)"
  },
  {
    name: "timers that are due fire after the message",
    breaks: "S19",
    file: actor,
    find: "    yield* this.passage.passTime(time, isTimer &&",
    replace:
      '    if (!isTimer && verdict === "run") {\n      this.program.clock.advanceTo(time)\n      this.run(message, live)\n      yield* this.passage.passTime(time, undefined, live)\n      return this.parked === undefined\n    }\n    yield* this.passage.passTime(time, isTimer &&'
  },
  {
    name: "timers of one due fire in the order of their keys",
    breaks: "S19",
    file: heap,
    find: "a.timer.due - b.timer.due || a.number - b.number",
    replace: "a.timer.due - b.timer.due || (a.timer.key < b.timer.key ? -1 : 1)"
  },
  {
    name: "timers fire in the order in which they were set",
    breaks: "S19",
    file: heap,
    find: "a.timer.due - b.timer.due || a.number - b.number",
    replace: "a.number - b.number"
  },
  {
    name: "a timer fires at the time of the message that lets it",
    breaks: "S19",
    file: passage,
    find: "caughtUp > mostCaughtUp ? time : next.timer.due",
    replace: "time"
  },
  {
    name: "what fired timers ask for is ahead of the commit that issues it",
    breaks: "L2",
    file: actor,
    find: "    this.adopt(entry)\n    yield* this.passage.passTime(time, isTimer",
    replace:
      '    yield* this.passage.passTime(time, isTimer && verdict === "run" ? message.key : undefined, live)\n    this.adopt(entry)\n    yield* this.passage.passTime(time, isTimer'
  },
  {
    name: "what brings the time for the end of a run is not adopted",
    breaks: "S5",
    file: actor,
    find: "    const isSetAside =",
    replace:
      "    if (this.outcome !== undefined && !isTimer) {\n      this.order.pop()\n      return false\n    }\n    const isSetAside ="
  },
  {
    name: "the bound on a sender's clock is not written down",
    breaks: "S5",
    file: actor,
    find: "time: time < brought ? time : undefined",
    replace: "time: undefined"
  },
  {
    name: "a sender's clock counts, whatever it says",
    breaks: "S9",
    file: actor,
    find: "Math.max(this.now, leastTime(message), Math.min(brought, now))",
    replace: "Math.max(this.now, brought)"
  },
  {
    name: "the bound on a sender's clock is forgotten in replay",
    breaks: "S5",
    file: actor,
    find: "leastTime(message), entry.time ?? messageTime(message))",
    replace: "leastTime(message), messageTime(message))"
  },
  {
    name: "messages of one sender are adopted by their time alone",
    breaks: "S18",
    file: "src/store/reading/byArrival.ts",
    find: "waiting.has(one) && !asked.has(one)",
    replace: "waiting.has(one) && !asked.has(one) && one === key"
  },
  {
    name: "what was sent before is waited for and not read",
    breaks: "S18",
    file: arrival,
    find: "if (rows.every((row) => previousOf(row).length === 0)) return rows",
    replace: "if (rows.length >= 0) return rows"
  },
  {
    name: "a message does not say what was sent before it",
    breaks: "S18",
    file: sent,
    find: "if (previous.length === 0) return message",
    replace: "if (message.at >= 0) return message"
  },
  {
    name: "of several messages at a time one is sent before the next",
    breaks: "S18",
    file: sent,
    find: "keys: keys.slice(-mostNamed)",
    replace: "keys: keys.slice(-1)"
  },
  {
    name: "a message that was there before is not remembered as sent",
    breaks: "S18",
    file: sent,
    find: "    const row = result._tag",
    replace: '    if (result._tag === "Exists") return\n    const row = result._tag'
  },
  {
    name: "a timer that was given up fires",
    breaks: "S5",
    file: ledger,
    find: "(timer) => this.timerDue(timer.key) === timer.due",
    replace: "(timer) => this.timerDue(timer.key) !== undefined || timer.due % 2 === 1"
  }
]
