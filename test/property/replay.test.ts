import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { traced } from "../../simulation/workload/interpret.ts"
import type { Trace } from "../../simulation/workload/trace.ts"
import type { Actor } from "../../src/actor/actor.ts"
import { type Message, messageTime } from "../../src/actor/history/message.ts"
import type { Ending } from "../../src/actor/history/outcome.ts"
import { emptyHistory, type History, replay } from "../../src/actor/turn.ts"
import { inBatches, remaining } from "./batches.ts"
import { type Case, type Commit, cases, type Recording, record, retakeTurn, showCase } from "./recording.ts"
import { SeededNumbers } from "./seededNumbers.ts"
import { holds } from "./settings.ts"

// Random programs against random worlds. S4 to S7, S9 and S14 of the protocol's invariants, as far as the core has a part in
// them. A recording is one live run on a warm actor, turn by turn.

const always = (usualRuns: number, check: (one: Case, recording: Recording) => void) =>
  holds(cases, usualRuns, showCase, (one) => check(one, record(one)))

/** Stacks of defects show where the host's code stood, which differs between a live turn and a replay. */
const withoutStack = (outcome: Ending | undefined) =>
  outcome?.tag === "died" && "json" in outcome.payload
    ? {
        tag: outcome.tag,
        cause: JSON.parse(outcome.payload.json, (key, value) => (key === "stack" ? undefined : value))
      }
    : outcome

const orderOf = (history: History, inbox: ReadonlyMap<string, Message>): ReadonlyArray<Message> =>
  history.order.map((entry) => inbox.get(entry.replace(/^!/, "")) as Message)

const stateOf = (actor: Actor) => ({
  parked: actor.parked,
  outcome: withoutStack(actor.outcome),
  history: { order: [...actor.order], open: actor.ledger.openRecords(), abandoned: actor.ledger.abandonedRecords() },
  now: actor.now,
  waitingSignals: actor.waiting.signals
})

const stateAt = (commit: Commit) => ({
  parked: commit.parked,
  outcome: withoutStack(commit.outcome),
  history: commit.history,
  now: commit.now,
  waitingSignals: commit.waitingSignals
})

describe("a recorded run", () => {
  it("is never parked: nothing in it is forbidden", () => {
    always(400, (_, { last }) => {
      expect(last.parked).toBeUndefined()
      expect(last.outcome).toBeDefined()
    })
  })

  it("replays every prefix of its history to the same commands, order, time and outcome (S5)", () => {
    always(200, ({ term }, { runId, inbox, commits }) => {
      for (const commit of commits) {
        const { workflow } = traced(term)
        expect(stateOf(replay({ workflow, runId }, commit.history, inbox))).toEqual(stateAt(commit))
      }
    })
  })

  it("replays from JSON: nothing in a history is lost by writing it down", () => {
    always(100, ({ term }, { runId, inbox, last }) => {
      const { workflow } = traced(term)
      const [history, rows] = JSON.parse(JSON.stringify([last.history, [...inbox]]))
      expect(stateOf(replay({ workflow, runId }, history, new Map(rows)))).toEqual(stateAt(last))
    })
  })

  it("takes the same turn warm, and rebuilt cold before it", () => {
    always(200, ({ term }, { runId, inbox, commits }) => {
      let history = emptyHistory
      for (const commit of commits) {
        const actor = replay({ workflow: traced(term).workflow, runId }, history, inbox)
        // A rebuilt actor finds inline steps whose outcome was not adopted; they are asked for again.
        actor.takeInlineSteps()
        const [first = [], ...rest] = commit.passes
        const cold = retakeTurn(actor, [[...commit.heldBack, ...first], ...rest])
        expect(stateAt(cold)).toEqual(stateAt(commit))
        expect(cold.commands).toEqual(commit.commands)
        expect(cold.inlineSteps).toEqual(commit.inlineSteps)
        history = commit.history
      }
    })
  })

  it("comes to the same whatever messages share a commit", () => {
    always(200, ({ term, style }, { runId, inbox, last }) => {
      const order = orderOf(last.history, inbox)
      const numbers = new SeededNumbers(style.seed)
      const batched = (size: () => number) => inBatches({ workflow: traced(term).workflow, runId }, order, size)
      const single = batched(() => 1)
      expect(stateOf(single.actor)).toEqual(stateAt(last))
      for (const size of [() => order.length, () => 1 + numbers.below(4)]) {
        const shared = batched(size)
        expect(stateOf(shared.actor)).toEqual(stateAt(last))
        expect(shared.queued.map(({ command }) => command)).toEqual(remaining(single.queued, single, shared.batchOf))
        expect(shared.inline.map(({ command }) => command)).toEqual(remaining(single.inline, single, shared.batchOf))
      }
    })
  })

  it("only appends to its order, and adopts nothing after its one outcome (S4, S6)", () => {
    always(200, ({ term }, { runId, inbox, commits, last }) => {
      let order: ReadonlyArray<string> = []
      for (const { history, outcome } of commits) {
        expect(history.order.slice(0, order.length)).toEqual(order)
        order = history.order
        expect(outcome !== undefined).toBe(history === last.history)
      }
      expect(new Set(order.map((entry) => entry.replace(/^!/, ""))).size).toBe(order.length)
      const ended = replay({ workflow: traced(term).workflow, runId }, last.history, inbox)
      const after = retakeTurn(ended, [[...inbox.values(), { kind: "cancel", at: last.now + 1, reason: null }]])
      expect({ ...stateAt(after), commands: after.commands }).toEqual({ ...stateAt(last), commands: [] })
    })
  })

  it("issues each command once, answers each once, and orders each by its index (S7)", () => {
    always(200, (_, { commits }) => {
      const issued = new Set<string>()
      for (const { commands, inlineSteps, history } of commits) {
        for (const command of [...commands, ...inlineSteps]) {
          const id = `${command.kind} ${command.key}`
          expect(issued).not.toContain(id)
          issued.add(id)
          if ("index" in command) expect(command.index).toBeLessThanOrEqual(history.order.length)
        }
        const settled = new Set(history.order)
        for (const { kind, key, fingerprint } of [...history.open, ...history.abandoned]) {
          expect(settled).not.toContain(kind === "timer" ? `timer/${key}@${fingerprint}` : `${kind}/${key}`)
        }
      }
    })
  })

  it("asks for nothing new with its outcome: no step, timer or child that nobody waits for", () => {
    always(200, (_, { last }) => {
      expect(last.commands.filter(({ kind }) => kind !== "clearTimer")).toEqual([])
      expect(last.history.open).toEqual([])
    })
  })

  it("has a time that never goes back, is that of a message between turns, and of one or of a timer's due within (S9)", () => {
    always(200, (_, { commits, inbox, trace, last }) => {
      const times = [...commits.map(({ now }) => now)]
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(trace.times).toEqual([...trace.times].sort((a, b) => a - b))
      const brought = new Set([...inbox.values()].map(messageTime))
      for (const time of times) expect(brought).toContain(time)
      // Timers that were set and fired by one message are asked of nobody: their dues are seen by the run alone.
      for (const time of trace.times) expect(time).toBeLessThanOrEqual(last.now)
      for (const message of orderOf(last.history, inbox))
        if (message.kind === "timer") expect(last.now).toBeGreaterThanOrEqual(message.due)
    })
  })
})

describe("cancellation", () => {
  it("ends the run from any place once outcomes come, and a second one changes nothing", () => {
    const anywhere = fc.record({ one: cases, place: fc.nat(30) })
    const show = ({ one, place }: { one: Case; place: number }) => `cancelled at place ${place} of ${showCase(one)}`
    holds(anywhere, 300, show, ({ one, place }) => {
      const cancelledAt = (turn: number | null) => ({ ...one, style: { ...one.style, cancelBeforeTurn: turn } })
      const turns = record(cancelledAt(null)).commits.length
      const { runId, inbox, commits, last, trace } = record(cancelledAt(place % turns))
      expect(last.parked).toBeUndefined()
      expectUndone(trace, last.outcome)
      for (const commit of commits.filter(({ history }) => history.order.includes("cancel"))) {
        const actor = replay({ workflow: traced(one.term).workflow, runId }, commit.history, inbox)
        actor.takeInlineSteps()
        const again = retakeTurn(actor, [[{ kind: "cancel", at: commit.now + 1_000, reason: "again" }]])
        expect(stateAt(again)).toEqual(stateAt(commit))
        expect(again.commands).toEqual([])
      }
    })
  })

  it("or not: what was registered is undone in reverse, once each, and compensations not after success (S14)", () => {
    always(400, (_, { trace, last }) => expectUndone(trace, last.outcome))
  })
})

const expectUndone = (trace: Trace, outcome: Ending | undefined): void => {
  const due = trace.registered.filter(({ always }) => always || outcome?.tag !== "succeeded").map(({ id }) => id)
  expect(trace.begun).toEqual(due.reverse())
}
