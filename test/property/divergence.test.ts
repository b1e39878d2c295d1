import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { traced } from "../../simulation/workload/interpret.ts"
import { showTerm } from "../../simulation/workload/programs.ts"
import { Actor } from "../../src/actor/actor.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { NonDeterminismError } from "../../src/actor/errors.ts"
import type { AnsweredCommand, CommandRecord } from "../../src/actor/history/command.ts"
import { adoptedKey } from "../../src/actor/history/entry.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { toEnd } from "../../src/actor/runtime/parts.ts"
import { advance, type History, replay, turn } from "../../src/actor/turn.ts"
import { mutants, swapped } from "./mutations.ts"
import { type Case, type Commit, cases, record, showCase } from "./recording.ts"
import { type Action, actions, answer, commandsOf, historyOf, runId, sequence } from "./sequences.ts"
import { holds } from "./settings.ts"

// Code that was changed under a run. What counts as the command affected: where history and code part first,
// - the recorded command, if the code does not issue it by then, issues it with other content, or has ended;
// - the new one, if all on record is issued, and more.

describe("a changed sequence", () => {
  const edits = fc.oneof(
    fc.record({ edit: fc.constant("change" as const), at: fc.nat(9), to: actions }),
    fc.record({ edit: fc.constant("rename" as const), at: fc.nat(9) }),
    fc.record({ edit: fc.constant("drop" as const), at: fc.nat(9) }),
    fc.record({ edit: fc.constant("add" as const), at: fc.nat(9), to: actions }),
    fc.record({ edit: fc.constant("swap" as const), at: fc.nat(9) })
  )
  type Edit = typeof edits extends fc.Arbitrary<infer E> ? E : never

  const edited = (program: ReadonlyArray<Action>, one: Edit): ReadonlyArray<Action> => {
    const at = one.at % program.length
    const action = program[at] as Action
    switch (one.edit) {
      case "change":
        return program.with(at, one.to)
      case "rename":
        return program.with(at, action.do === "sleep" ? { do: "sleep", ms: action.ms + 10 } : { ...action, name: "d" })
      case "drop":
        return program.toSpliced(at, 1)
      case "add":
        return program.toSpliced(at, 0, one.to)
      case "swap":
        return at === 0 ? program : swapped(program, at)
    }
  }

  const changes = fc.record({
    program: fc.array(actions, { minLength: 1, maxLength: 7, size: "max" }),
    answered: fc.nat(9),
    edit: edits
  })
  const show = (one: unknown) => JSON.stringify(one)

  it("is parked with the first recorded command that the code does not issue in its place, and no other is", () => {
    holds(changes, 3_000, show, ({ program, answered, edit }) => {
      const done = answered % program.length
      const { history, messages } = historyOf(program, done)
      const after = edited(program, edit)
      const recorded = commandsOf(program).slice(0, done + 1)
      const issued = commandsOf(after)
      const first = recorded.find(
        ({ name, content }, at) => issued[at]?.name !== name || issued[at]?.content !== content
      )
      const { parked } = replay({ workflow: sequence(after), runId }, history, messages)
      expect(parked === undefined ? undefined : (parked as NonDeterminismError).command).toBe(first?.name)
    })
  })

  it("leaves no trace: a parked turn adopts and asks nothing, and the original program goes on", () => {
    holds(changes, 300, show, ({ program, answered, edit }) => {
      const done = answered % program.length
      const { history, messages } = historyOf(program, done)
      const original = { workflow: sequence(program), runId }
      const next = answer(
        replay(original, history, messages).ledger.openRecords().map(asCommand)[0] as AnsweredCommand,
        2_000
      )
      const inbox = [...messages.values()]
      const before = turn({ ...original, history, inbox, messages: [next] })
      const changed = turn({ workflow: sequence(edited(program, edit)), runId, history, inbox, messages: [next] })
      if (changed.parked !== undefined) {
        expect(changed).toEqual({
          adopted: [],
          commands: [],
          inlineSteps: [],
          history,
          outcome: undefined,
          parked: changed.parked
        })
      }
      expect(turn({ ...original, history, inbox, messages: [next] })).toEqual(before)
      expect(before.adopted).toEqual([messageKey(next)])
    })
  })
})

/** A record as its command: enough to answer it. */
const asCommand = (record: CommandRecord): AnsweredCommand =>
  ({ ...record, ...(record.kind === "timer" ? { due: Number(record.fingerprint) } : {}) }) as AnsweredCommand

describe("a changed program", () => {
  const changes = fc.record({ one: cases, place: fc.nat(30), mutation: fc.nat(10_000) })
  type Change = { one: Case; place: number; mutation: number }

  const mutantOf = ({ one, mutation }: Change) => {
    const all = mutants(one.term)
    return all[mutation % all.length] as (typeof all)[number]
  }
  const show = (change: Change) => {
    const { what, term } = mutantOf(change)
    return `place ${change.place}: ${what}\n${showCase(change.one)}\nbecame ${showTerm(term)}`
  }

  it("is parked exactly where it first parts from its history", () => {
    const seen = { parked: 0, same: 0 }
    holds(changes, 1_500, show, (change) => {
      const { runId, inbox, commits } = record(change.one)
      const unfinished = commits.filter(({ outcome }) => outcome === undefined)
      const commit = unfinished[change.place % unfinished.length] as Commit | undefined
      if (commit === undefined) return
      const workflow = () => ({ workflow: traced(mutantOf(change).term).workflow, runId })
      const expected = firstParting(new Actor(workflow()), commit.history, inbox)
      const { parked } = replay(workflow(), commit.history, inbox)
      if (parked !== undefined) expect(parked).toBeInstanceOf(NonDeterminismError)
      expect((parked as NonDeterminismError | undefined)?.command).toBe(expected)
      seen[parked === undefined ? "same" : "parked"]++
      const original = replay({ workflow: traced(change.one.term).workflow, runId }, commit.history, inbox)
      expect(original.parked).toBeUndefined()
    })
    // Should the generators change: a property that never parks shows nothing.
    expect(Math.min(seen.parked, seen.same)).toBeGreaterThan((seen.parked + seen.same) / 10)
  })

  /** The definition at the top of this file, by delivering the history one message at a time. */
  const firstParting = (actor: Actor, history: History, inbox: ReadonlyMap<string, Message>): string | undefined => {
    for (const entry of history.order) {
      const message = inbox.get(adoptedKey(entry)) as Message
      if (entry.startsWith("!")) {
        toEnd(actor.replayInParts(entry, message))
        continue
      }
      const wanted = answeredBy(message)
      if (actor.outcome !== undefined) return wanted === undefined ? entry : named(wanted)
      if (wanted !== undefined && !has(known(actor), wanted)) return named(wanted)
      // Timers that are due by the time of the message fire first, and may end the run.
      if (!toEnd(actor.replayInParts(entry, message))) return wanted === undefined ? entry : named(wanted)
    }
    const { open, abandoned } = history
    const [openNow, abandonedNow] = [actor.ledger.openRecords(), actor.ledger.abandonedRecords()]
    if (actor.outcome !== undefined) return nameOf([...open, ...abandoned].find((one) => !has(known(actor), one)))
    return nameOf(
      open.find((one) => !has(openNow, one)) ??
        openNow.find((one) => !has(open, one)) ??
        abandoned.find((one) => !has(abandonedNow, one)) ??
        abandonedNow.find((one) => !has(abandoned, one))
    )
  }

  const known = ({ ledger }: Actor) => [...ledger.openRecords(), ...ledger.abandonedRecords()]

  const has = (records: ReadonlyArray<CommandRecord>, { kind, key, fingerprint }: CommandRecord) =>
    records.some((one) => one.kind === kind && one.key === key && one.fingerprint === fingerprint)

  const answeredBy = (message: Message): CommandRecord | undefined => {
    switch (message.kind) {
      case "timer":
        return { kind: "timer", key: message.key, fingerprint: String(message.due) }
      case "step":
      case "child":
        return { kind: message.kind, key: message.key, fingerprint: message.fingerprint }
      default:
        return undefined
    }
  }

  const named = ({ kind, key }: CommandRecord) => `${kind} ${key}`
  const nameOf = (record: CommandRecord | undefined) => (record === undefined ? undefined : named(record))
})

describe("unrelated parallel steps", () => {
  const many = ["reserve", "charge", "notify", "label"].map((name) =>
    defineStep(name, { input: Schema.String, output: Schema.Number, run: () => Effect.succeed(0) })
  )
  const parallel = (order: ReadonlyArray<number>) =>
    defineWorkflow("parallel", {
      input: Schema.Null,
      output: Schema.Number,
      run: () =>
        Effect.map(
          Effect.all(
            order.flatMap((at) => {
              const step = many[at] as (typeof many)[number]
              return [Effect.andThen(Effect.sleep(at + 1), step("late")), step("soon")]
            }),
            { concurrency: "unbounded" }
          ),
          (results) => results.reduce((total, one) => total + one, 0)
        )
    })
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })
  const moves = fc.record({ before: order, after: order, answers: fc.array(fc.nat(9), { maxLength: 12, size: "max" }) })

  it("may change places at any time of the run", () => {
    holds(moves, 500, JSON.stringify, ({ before, after, answers }) => {
      const actor = new Actor({ workflow: parallel(before), runId })
      const inbox = new Map<string, Message>()
      const deliver = (message: Message) => {
        inbox.set(messageKey(message), message)
        return advance(actor, [message])
      }
      deliver({
        kind: "start",
        at: 1,
        workflow: "parallel",
        definitionVersion: "1",
        fingerprint: "",
        input: { json: "null" }
      })
      for (const choice of answers) {
        const open = actor.ledger.openRecords()
        if (open.length > 0) deliver(answer(asCommand(open[choice % open.length] as CommandRecord), 5))
      }
      const history = {
        order: actor.order,
        open: actor.ledger.openRecords(),
        abandoned: actor.ledger.abandonedRecords()
      }
      const moved = replay({ workflow: parallel(after), runId }, history, inbox)
      expect(moved.parked).toBeUndefined()
      expect(moved.outcome).toEqual(actor.outcome)
      expect(moved.ledger.openRecords()).toHaveLength(history.open.length)
    })
  })
})
