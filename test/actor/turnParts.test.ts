import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { CommandRecord } from "../../src/actor/history/command.ts"
import { adoptedKey } from "../../src/actor/history/entry.ts"
import { advance, emptyHistory, endReplay, type History, replay, replayPortion } from "../../src/actor/turn.ts"
import { Bench } from "./bench.ts"
import { approved, echo, lookUp, pack, workflowOf } from "./definitions.ts"

// Replay held against a record, part by part: a difference must not pass, and must be told by its name.

const both = Effect.all([echo(1), pack.child(2), Effect.sleep(500)], { concurrency: "unbounded" })

const begun = () => {
  const bench = new Bench(workflowOf(both))
  bench.start()
  return bench
}

const against = (bench: Bench, change: (history: History) => Partial<History>) =>
  replay(bench.options, { ...bench.last.history, ...change(bench.last.history) }, bench.inbox).parked

const strange: CommandRecord = { kind: "step", key: "strange#0", fingerprint: "print" }

describe("a record that differs from what the code issues", () => {
  it("by nothing is no difference, whatever the order of commands in it", () => {
    expect(against(begun(), () => ({}))).toBeUndefined()
    expect(against(begun(), ({ open }) => ({ open: [...open].reverse() }))).toBeUndefined()
  })

  it("by a command too many is told by that command", () => {
    expect(against(begun(), ({ open }) => ({ open: [...open, strange] }))).toMatchObject({
      command: "step strange#0",
      recorded: "step strange#0 (print)",
      issued: "step echo#0"
    })
    expect(against(begun(), () => ({ abandoned: [strange] }))).toMatchObject({ command: "step strange#0" })
  })

  it.each([0, 1, 2])("by command %i missing is told by that command", (missing) => {
    const bench = begun()
    const record = bench.last.history.open[missing] as CommandRecord
    expect(against(bench, ({ open }) => ({ open: open.filter((one) => one !== record) }))).toMatchObject({
      _tag: "NonDeterminismError",
      command: `${record.kind} ${record.key}`,
      recorded: null,
      issued: `${record.kind} ${record.key} (${record.fingerprint})`
    })
  })

  it("by the input of a command is told by both", () => {
    const bench = begun()
    const [first, ...others] = bench.last.history.open as [CommandRecord, ...Array<CommandRecord>]
    const changed = { ...first, fingerprint: "other" }
    expect(against(bench, () => ({ open: [changed, ...others] }))).toMatchObject({
      command: "step echo#0",
      recorded: "other",
      issued: first.fingerprint
    })
  })

  it("by the kind of a command of the same key is a difference", () => {
    const bench = begun()
    const [first, ...others] = bench.last.history.open as [CommandRecord, ...Array<CommandRecord>]
    expect(against(bench, () => ({ open: [{ ...first, kind: "child" }, ...others] }))).toMatchObject({
      command: "child echo#0"
    })
  })

  it("by a dropped command that is on record as open, or the other way round, is a difference", () => {
    const bench = new Bench(workflowOf(Effect.andThen(Effect.timeoutOption(echo(1), 500), approved.receive)))
    bench.start()
    bench.timer("500ms#0")
    expect(bench.last.history).toMatchObject({ open: [], abandoned: [{ key: "echo#0" }] })
    expect(against(bench, ({ abandoned }) => ({ open: abandoned, abandoned: [] }))).toMatchObject({
      command: "step echo#0"
    })
    expect(against(bench, () => ({ abandoned: [] }))).toMatchObject({ command: "step echo#0", recorded: null })
  })
})

describe("the record of a run that has ended", () => {
  const ended = () => {
    const bench = new Bench(workflowOf(Effect.raceFirst(echo(1), echo(2))))
    bench.start()
    bench.step("echo#0")
    return bench
  }

  it("may lack what the end settled", () => {
    expect(against(ended(), () => ({ open: [], abandoned: [] }))).toBeUndefined()
  })

  it("may not hold what the code never issued, or issued for another input", () => {
    expect(against(ended(), () => ({ open: [strange] }))).toMatchObject({ command: "step strange#0" })
    expect(against(ended(), () => ({ abandoned: [strange] }))).toMatchObject({ command: "step strange#0" })
    const { history } = ended().last
    const dropped = history.abandoned[0] as CommandRecord
    expect(against(ended(), () => ({ open: [dropped], abandoned: [] }))).toBeUndefined()
    expect(against(ended(), () => ({ abandoned: [{ ...dropped, fingerprint: "other" }] }))).toMatchObject({
      command: "step echo#1",
      recorded: "other"
    })
  })
})

describe("an order that the code does not follow", () => {
  it("is told by the timer that it does not set", () => {
    const bench = new Bench(workflowOf(Effect.andThen(Effect.sleep(500), echo(1))))
    bench.start()
    bench.timer("500ms#0")
    const { parked } = bench.rebuilt({ workflow: workflowOf(Effect.andThen(Effect.sleep(700), echo(1))) })
    expect(parked).toMatchObject({
      command: "timer 500ms#0",
      recorded: "timer 500ms#0 (1500)",
      issued: "timer 700ms#0"
    })
  })

  it("is told by the step, or the child run, that comes after the code's end", () => {
    for (const [body, key] of [
      [echo(1), "step echo#0"],
      [pack.child(1), "child pack#0"]
    ] as const) {
      const bench = new Bench(workflowOf(Effect.andThen(body, approved.receive)))
      bench.start()
      if (key === "step echo#0") bench.step("echo#0", 5)
      else bench.child("pack#0", 5)
      const print = bench.turns[0]?.history.open[0]?.fingerprint
      const { parked } = bench.rebuilt({ workflow: workflowOf(Effect.succeed(1)) })
      const recorded = `${key} (${print})`
      expect(parked).toMatchObject({ _tag: "NonDeterminismError", command: key, recorded, issued: null })
    }
  })

  it("is told by a cancellation after the code's end", () => {
    const bench = new Bench(workflowOf(Effect.uninterruptible(Effect.andThen(echo(1), echo(2)))))
    bench.start()
    bench.cancel("stop")
    const { parked } = bench.rebuilt({ workflow: workflowOf(Effect.succeed(1)) })
    expect(parked).toMatchObject({ command: "cancel", recorded: "cancel", issued: null })
    expect(parked?.message).toContain("cancel")
  })

  it("stops at the first difference: what comes after it is not looked at", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(1), Effect.andThen(echo(2), echo(3)))))
    bench.start()
    bench.step("echo#0")
    bench.step("echo#1")
    bench.inbox.delete("step/echo#0")
    bench.inbox.delete("step/echo#1")
    expect(bench.rebuilt().parked).toMatchObject({ _tag: "PayloadUnreadable", row: "step/echo#0" })
  })
})

describe("replay in portions", () => {
  const recorded = () => {
    const bench = new Bench(workflowOf(Effect.andThen(lookUp(0), Effect.andThen(echo(1), echo(2)))))
    bench.start()
    bench.step("lookUp#0")
    bench.step("echo#0")
    return bench
  }

  it("comes to what replay at once comes to", () => {
    const bench = recorded()
    const { history } = bench.last
    const actor = new Actor(bench.options)
    for (const entry of history.order) replayPortion(actor, [entry], bench.inbox)
    endReplay(actor, history)
    expect(actor.parked).toBeUndefined()
    expect(actor.order).toEqual(history.order)
    expect(actor.waiting).toEqual(bench.actor.waiting)
  })

  it("tells the world nothing again: commands of history were told by the commits that issued them", () => {
    const bench = recorded()
    expect(bench.rebuilt().ledger.takeFresh()).toEqual([])
  })

  it("keeps the reason of a portion that parked, whatever is on record", () => {
    const bench = recorded()
    const actor = new Actor(bench.options)
    replayPortion(actor, ["start", "step/none#0"], bench.inbox)
    const reason = actor.parked
    expect(reason).toMatchObject({ row: "step/none#0" })
    replayPortion(actor, ["step/lookUp#0"], bench.inbox)
    endReplay(actor, emptyHistory)
    expect(actor.parked).toBe(reason)
    expect(actor.order).toEqual(["start"])
  })
})

describe("an order entry", () => {
  it("stands for a row, with a mark if that was set aside", () => {
    expect(adoptedKey("step/echo#0")).toBe("step/echo#0")
    expect(adoptedKey("!step/echo#0")).toBe("step/echo#0")
  })

  it("that was set aside counts as adopted, and brings its time", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    bench.deliver({ kind: "timer", at: 9_000, key: "7ms#0", due: 8_000 })
    expect(bench.last.adopted).toEqual(["!timer/7ms#0@8000"])
    for (const actor of [bench.actor, bench.rebuilt()]) {
      expect(actor.hasAdopted("timer/7ms#0@8000")).toBe(true)
      expect(actor.hasAdopted("!timer/7ms#0@8000")).toBe(false)
      expect(actor.now).toBe(9_000)
    }
  })
})

describe("an actor's answer to a message", () => {
  it("says whether it was adopted", () => {
    const bench = new Bench(workflowOf(echo(1)))
    const actor = new Actor(bench.options)
    const signal = { kind: "signal", at: 1_000, name: "approved", id: "1", payload: { json: "1" } } as const
    expect(actor.deliver(signal)).toBe(false)
    expect(actor.deliver(bench.startMessage())).toBe(true)
    expect(actor.deliver(bench.startMessage())).toBe(false)
    expect(actor.deliver(signal)).toBe(true)
    expect(actor.deliver(signal)).toBe(false)
    expect(actor.deliver({ ...bench.startMessage(), at: 5 })).toBe(false)
    expect(actor.order).toEqual(["start", "signal/approved/1"])
  })

  it("is no once it is parked, and nothing comes of the message", () => {
    const { options } = new Bench(workflowOf(Effect.andThen(approved.receive, echo(1))))
    const bench = new Bench(options.workflow)
    const actor = new Actor(options)
    actor.deliver(bench.startMessage())
    const fingerprint = "of no step"
    const outcome = { tag: "succeeded", payload: { json: "1" } } as const
    const unasked = { kind: "step", at: 1_001, key: "echo#7", fingerprint, outcome, attempts: 1, startedAt: 1 } as const
    expect(actor.deliver(unasked)).toBe(false)
    const reason = actor.parked
    expect(reason).toMatchObject({ command: "step echo#7" })
    const signal = { kind: "signal", at: 9_000, name: "approved", id: "1", payload: { json: "1" } } as const
    expect(actor.deliver(signal)).toBe(false)
    expect([actor.order, actor.now, actor.waiting.signals]).toEqual([["start"], 1_000, ["approved"]])
    expect(actor.parked).toBe(reason)
  })

  it("leaves inline steps to be run before the turn can end", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(1), lookUp(2))))
    const actor = new Actor(bench.options)
    actor.deliver(bench.startMessage())
    expect(actor.hasInlineSteps).toBe(false)
    bench.start()
    actor.deliver(bench.stepMessage("echo#0"))
    expect(actor.hasInlineSteps).toBe(true)
    expect(actor.takeInlineSteps()).toMatchObject([{ key: "lookUp#0" }])
    expect(actor.hasInlineSteps).toBe(false)
  })

  it("is no if the message parked it, though its key is in the order then", () => {
    const bench = new Bench(workflowOf(echo(1)))
    const actor = new Actor(bench.options)
    expect(actor.deliver(bench.startMessage({ not: "null" }))).toBe(false)
    expect(actor.parked).toMatchObject({ row: "start" })
    expect(advance(actor, [bench.startMessage()])).toMatchObject({ adopted: [], parked: { row: "start" } })
  })
})
