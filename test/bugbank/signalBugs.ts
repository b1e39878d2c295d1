import type { AdapterBug, Bug } from "./bug.ts"

const box = "src/actor/port/signalBox.ts"
const send = "src/client/send.ts"
const poll = "src/actor/calls/pollUntil.ts"
const sleep = "src/actor/port/sleep.ts"

/** Signals for one thing, collections and what nobody has asked for; sleeps until a moment, with names, and polling. */
export const signalBugs: ReadonlyArray<Bug> = [
  {
    name: "a signal for one thing reaches who waits for another",
    breaks: "S21",
    file: "src/actor/definitions/signal.ts",
    find: "  channelText(correlation === undefined ? { name } : { name, for: correlation })",
    replace: '  channelText(correlation === undefined ? { name } : { name, for: "one" })'
  },
  {
    name: "what a signal is for is not sent",
    breaks: "S21",
    file: send,
    find: "    ...(target === undefined ? {} : { for: target }),\n",
    replace: ""
  },
  {
    name: "a signal for something else is taken for one that was sent before",
    breaks: "S1",
    file: send,
    find: "const isOther = there.for !== signal.for",
    replace: "const isOther = false"
  },
  {
    name: "an interrupted collection loses what it has taken",
    breaks: "S21",
    file: box,
    find: "    if (line.waiters.includes(waiter) && waiter.taken.length > 0) {",
    replace: "    if (line.waiters.length > 1 && line.waiters.includes(waiter) && waiter.taken.length > 0) {"
  },
  {
    name: "a collection takes one more than it was to",
    breaks: "S21",
    file: box,
    find: "if (waiter.taken.length === waiter.count)",
    replace: "if (waiter.taken.length > waiter.count || waiter.count === 1)"
  },
  {
    name: "signals that nobody has asked for are told of no run that is over",
    breaks: "S21",
    file: "src/streams/commits/buildCommit.ts",
    find: "if (unread.length > 0) head.unread",
    replace: "if (unread.length > 0 && actor.signals.waiting().length > 0) head.unread"
  },
  {
    name: "a signal with a start is not sent to a run that was there",
    breaks: "S1",
    file: "src/client/starting/signalWithStart.ts",
    find: '  yield* Effect.catchTag(sendSignal(runId, checked, sent), "RunNotFound", Effect.die)',
    replace: '  if (handle.isNew) yield* Effect.catchTag(sendSignal(runId, checked, sent), "RunNotFound", Effect.die)'
  },
  {
    name: "a sleep until a moment that is past sets a timer",
    breaks: "S19",
    file: sleep,
    find: "    if (due <= options.now()) return Effect.yieldNow\n",
    replace: ""
  }
]

/** Of those that the world draws too seldom. */
export const rareSignalBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "the state of what is polled for is not carried on",
    file: poll,
    find: "      state = yield* check(state, checks)",
    replace: "      state = yield* check(initial as S, checks)",
    test: "actor/pollUntil.test.ts",
    noticedBy: "a condition that is polled for has its state carried from check to check"
  },
  {
    name: "what is polled for is asked once more than it was to be",
    file: poll,
    find: "if (checks >= times)",
    replace: "if (checks > times)",
    test: "actor/pollUntil.test.ts",
    noticedBy: "a condition that is polled for that is not met in so many checks is used up"
  },
  {
    name: "sleeps of one name are one timer",
    file: sleep,
    find: '  const key = ledger.nextKey("timer", name)',
    replace: '  const key = /ms$|Z$/.test(name) ? ledger.nextKey("timer", name) : name + "#0"',
    test: "actor/sleeps.test.ts",
    noticedBy: "a sleep with a name is a timer of that name, whatever its length"
  },
  {
    name: "a sleep until a moment is put off with the others",
    file: "src/actor/history/ledger.ts",
    find: "entry === undefined || timer.isFixed === true",
    replace: "entry === undefined",
    test: "actor/sleeps.test.ts",
    noticedBy: "a sleep until a moment keeps its time where a host is late"
  },
  {
    name: "what is given back reaches nobody who waits",
    file: "src/actor/runtime/program.ts",
    find: "    while (this.signals.isUnsettled && this.scheduler.alarm === undefined)",
    replace: "    while (this.signals.isUnsettled && this.scheduler.alarm !== undefined)",
    test: "actor/collect.test.ts",
    noticedBy: "a collection of signals hands what it gives back to who waits behind it"
  },
  {
    name: "what is polled for is looked at after the first pause",
    file: poll,
    find: "    let state = yield* check(initial as S, 0)\n",
    replace: "    let state = yield* check(initial as S, 0)\n    yield* port.sleepMs(pauseMs(state, 1), name)\n",
    test: "actor/pollUntil.test.ts",
    noticedBy: "a condition that is polled for is asked for once if it is met at once"
  },
  {
    name: "a collection has nothing of what has come by its deadline",
    file: "src/actor/port/receive.ts",
    find: "wait?.keep() ?? []",
    replace: "[]",
    test: "actor/collect.test.ts",
    noticedBy: "a collection of signals has at its deadline what has come by then"
  },
  {
    name: "what the night without an hour puts off is left out by who asks within that hour",
    file: "src/actor/calls/cron.ts",
    find: "  const gap = gapAround(zone, ms)\n  if (gap === undefined)",
    replace: "  const gap = gapAround(zone, ms)\n  if (gap === undefined || ms >= gap.at)",
    test: "actor/cron.test.ts",
    noticedBy: "cron on the two nights of the year is what a wall clock in Europe/Berlin says"
  }
]
