import type { AdapterBug, Bug } from "./bug.ts"

const client = "src/client/callbacks.ts"
const token = "src/store/callbacks/callbackToken.ts"
const call = "src/actor/calls/callback.ts"
const actor = "src/actor/actor.ts"
const ledger = "src/actor/history/ledger.ts"
const turn = "src/streams/turns/turnRun.ts"

/** Callbacks: tokens, and the one answer to each. */
export const callbackBugs: ReadonlyArray<Bug> = [
  {
    name: "an answer is taken for a callback that is closed",
    breaks: "S20",
    file: client,
    find: 'if (isOpen || (head.adopted < index && head.status !== "continued")) return open',
    replace: "if (isOpen || head.adopted >= 0) return open"
  },
  {
    name: "an answer is taken though its token has expired",
    breaks: "S20",
    file: client,
    find: "if (expiresAt !== undefined && now >= expiresAt) {",
    replace: "if (expiresAt !== undefined && now < 0) {"
  },
  {
    name: "an answer that came before its callback stood in a head is refused",
    breaks: "S20",
    file: client,
    find: 'if (isOpen || (head.adopted < index && head.status !== "continued")) return open',
    replace: "if (isOpen) return open"
  },
  {
    name: "whoever sends an answer again is told that it was another's",
    breaks: "S20",
    file: client,
    find: "if (same && there.id === id) return",
    replace: "if (same && there.id === id.toUpperCase()) return"
  },
  {
    name: "a second answer is acknowledged like the first",
    breaks: "S20",
    file: client,
    find: "if (same && there.id === id) return",
    replace: "if (there.id !== '') return"
  },
  {
    name: "a token that was cut short is as good as a whole one",
    breaks: "S20",
    file: token,
    find: "return a.length === b.length && timingSafeEqual(a, b)",
    replace: "return timingSafeEqual(a, b.subarray(0, a.length))"
  },
  {
    name: "the signature does not cover what the token says",
    breaks: "S20",
    file: token,
    find: ".update(JSON.stringify([format, id, tenant, text]))",
    replace: ".update(JSON.stringify([format, id, tenant, text.length > 0]))"
  },
  {
    name: "only the key of today is known",
    breaks: "S20",
    file: token,
    find: "  const key = yield* keys.find(id)\n",
    replace: "  const today = yield* keys.current\n  const key = today.id === id ? today : undefined\n"
  },
  {
    name: "what comes before its callback is set aside",
    breaks: "S20",
    file: actor,
    find: 'if (this.ledger.hasIssued("callback", message.key)) return "setAside"',
    replace: 'if (live || this.ledger.hasIssued("callback", message.key)) return "setAside"'
  },
  {
    name: "an actor that is behind takes an answer for too early, and its doorbell is spent",
    breaks: "L1",
    file: turn,
    find: "if (!isCold && actor.outcome === undefined && ready.some(isLeft)) {",
    replace: "if (isCold && actor.outcome === undefined && ready.length < 0 && ready.some(isLeft)) {"
  },
  {
    name: "a callback that was given up stays open in the head",
    breaks: "S20",
    file: ledger,
    find: "    if (!this.entries.delete(id)) return\n    this.closed.add(key)\n",
    replace: "    if (!this.entries.has(id)) return\n    this.closed.add(key)\n"
  },
  {
    name: "a heartbeat is looked for and not heard",
    breaks: "S20",
    file: call,
    find: "if (heardAt !== null) this.heardAt = Math.max(heardAt, this.heardAt ?? 0)",
    replace: "if (heardAt !== null) this.heardAt = this.heardAt ?? this.signedAt"
  },
  {
    name: "a callback is not worth a commit",
    breaks: "S20",
    equivalent:
      "the doorbell of what led there brings the commit; until then whoever has the token is early, and the answer waits in the inbox",
    file: ledger,
    find: "    else this.fresh.set(id, command)\n  }",
    replace: '    else if (command.kind !== "callback") this.fresh.set(id, command)\n  }'
  }
]

/** Of what no schedule draws, and the tests that are there to notice them. */
export const rareCallbackBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "nobody who waits hears that a callback was closed",
    file: ledger,
    find: "    entry?.resume?.(undefined)\n",
    replace: "",
    test: "callbacks/inVirtualTime.test.ts",
    noticedBy: "receive dies where somebody else closes it meanwhile"
  },
  {
    name: "a heartbeat that is missed is no end before somebody waits",
    file: call,
    find: "        if ((yield* Clock.currentTimeMillis) >= dueAt()) return yield* this.giveUp(this.silent(heartbeatMs))\n",
    replace:
      "        if ((yield* Clock.currentTimeMillis) >= dueAt()) this.late ??= this.silent(heartbeatMs)\n        if (this.late !== undefined) return undefined\n",
    test: "callbacks/inVirtualTime.test.ts",
    noticedBy: "a callback misses a heartbeat whoever waits"
  },
  {
    name: "a run that has gone on as new is never over for its first callbacks",
    file: client,
    find: "const { deleted, head: last } = yield* asItWas(yield* newestFrom({ address, head }))",
    replace:
      'const last = head.status === "continued" ? undefined : head\n  const deleted: Head | undefined = undefined as Head | undefined',
    test: "client/callbacks.test.ts",
    noticedBy: "callbacks, on SQLite the callback of a generation that is over is closed"
  },
  {
    name: "an answer that nobody has heard of yet is late when its time-out comes",
    file: turn,
    find: 'if (!isCold && ready.some(({ kind }) => kind === "timer")) ready',
    replace: 'if (isCold && ready.some(({ kind }) => kind === "timer")) ready',
    test: "streams/lateAnswers.test.ts",
    noticedBy: "An answer whose doorbell is late counts by its own time"
  },
  {
    name: "who has answered is silent until that is heard of",
    file: "src/streams/steps/systemSteps.ts",
    find: "readMessage(address, id)) !== undefined) return now",
    replace: "readMessage(address, id)) !== undefined && now < 0) return now",
    test: "streams/lateAnswers.test.ts",
    noticedBy: "An answer whose doorbell is late is a sign of life"
  }
]
