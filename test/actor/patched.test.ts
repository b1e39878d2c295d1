import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { readEntry, writeEntry } from "../../src/actor/history/entry.ts"
import { advance, turn } from "../../src/actor/turn.ts"
import { deprecatePatch, patched } from "../../src/index.ts"
import { Bench } from "./bench.ts"
import { approved, charge, echo, workflowOf } from "./definitions.ts"

// `before` was deployed first, `after` second, and so on: the four lives of one workflow.

const before = workflowOf(Effect.andThen(echo("old"), Effect.andThen(approved.receive, echo("end"))))
const after = workflowOf(
  Effect.gen(function* () {
    if (yield* patched("x")) yield* charge(1)
    else yield* echo("old")
    yield* approved.receive
    // Another place of the same patch.
    if (yield* patched("x")) yield* charge(2)
    return yield* echo("end")
  })
)
const deprecated = workflowOf(
  Effect.gen(function* () {
    yield* deprecatePatch("x")
    yield* charge(1)
    yield* approved.receive
    yield* charge(2)
    return yield* echo("end")
  })
)
const removed = workflowOf(
  Effect.andThen(charge(1), Effect.andThen(approved.receive, Effect.andThen(charge(2), echo("end"))))
)

const commandsOf = (bench: Bench) => bench.actor.waiting.commands.map(({ kind, key }) => `${kind} ${key}`)

describe("patched", () => {
  it("sends a new run the new way, and its history says so", () => {
    const bench = new Bench(after)
    bench.start()
    expect(commandsOf(bench)).toEqual(["step charge#0"])
    expect(bench.actor.order).toEqual(["^x^start"])
    bench.step("charge#0", 1)
    bench.signal("approved", 1, "s")
    expect(commandsOf(bench)).toEqual(["step charge#1"])
    expect(bench.actor.order).toEqual(["^x^start", "step/charge#0", "signal/approved/s"])
    expect(bench.actor.patches).toEqual({ old: [], new: ["x"], unknown: [] })
  })

  it("sends a run that had passed it the old way, at all of its places", () => {
    const old = new Bench(before)
    old.start()
    const bench = old.deployed(after)
    expect(bench.actor.parked).toBeUndefined()
    expect(commandsOf(bench)).toEqual(["step echo#0"])
    bench.step("echo#0", "done")
    bench.signal("approved", 1)
    // Nothing of the patch comes between.
    expect(commandsOf(bench)).toEqual(["step echo#1"])
    expect(bench.actor.order.some((entry) => entry.includes("^"))).toBe(false)
    expect(bench.actor.patches).toEqual({ old: ["x"], new: [], unknown: [] })
  })

  it("sends a run of before that had not come to it the new way", () => {
    const late = (body: Effect.Effect<unknown, never, any>) => workflowOf(Effect.andThen(approved.receive, body))
    const old = new Bench(late(echo("old")))
    old.start()
    const bench = old.deployed(
      late(
        Effect.flatMap(patched("x"), (isNew) => (isNew ? charge(1) : echo("old"))) as Effect.Effect<unknown, never, any>
      )
    )
    bench.signal("approved", 1, "s")
    expect(commandsOf(bench)).toEqual(["step charge#0"])
    expect(bench.actor.order).toEqual(["start", "^x^signal/approved/s"])
  })

  it("notes each of several once, where it was met first", () => {
    const both = Effect.gen(function* () {
      const first = [yield* patched("a"), yield* patched("b"), yield* patched("a")]
      yield* approved.receive
      return [...first, yield* patched("b"), yield* patched("c")]
    })
    const bench = new Bench(workflowOf(both))
    bench.start()
    bench.signal("approved", 1, "s")
    expect(bench.actor.order).toEqual(["^a,b^start", "^c^signal/approved/s"])
    expect(bench.outcome?.value).toEqual([true, true, true, true, true])
  })

  it("is noted with the message that brought the time, where a timer led to it", () => {
    const bench = new Bench(
      workflowOf(
        Effect.race(approved.receive, Effect.andThen(Effect.sleep(500), Effect.andThen(patched("x"), Effect.never)))
      )
    )
    bench.start()
    bench.timer("500ms#0")
    expect(bench.actor.order).toEqual(["start", "^x^timer/500ms#0@1500"])
  })

  it("is noted with a message that comes too late itself", () => {
    const bench = new Bench(
      workflowOf(Effect.andThen(Effect.sleep(500), Effect.andThen(patched("x"), Effect.succeed("over"))))
    )
    bench.start()
    bench.deliver({ kind: "signal", at: 2_000, name: "approved", id: "s", payload: { json: "1" } })
    expect(bench.outcome?.value).toBe("over")
    expect(bench.actor.order).toEqual(["start", "!^x^signal/approved/s"])
  })

  it("is kept by a run that was stuck behind it, and ends by a cancellation", () => {
    const bench = new Bench(workflowOf(Effect.andThen(approved.receive, Effect.andThen(patched("x"), Effect.never))))
    bench.start()
    const signal = { kind: "signal", at: 2_000, name: "approved", id: "s", payload: { json: "1" } } as const
    const cancel = { kind: "cancel", at: 2_001, reason: null } as const
    const ended = advance(bench.actor, [signal, cancel])
    expect(ended).toMatchObject({ parked: undefined, outcome: { tag: "cancelled" } })
    expect(ended.history.order).toEqual(["start", "^x^signal/approved/s", "cancel"])
  })

  it("is forgotten with the turn that came to it, where another one has won", () => {
    const start = new Bench(after).startMessage()
    const first = turn({
      workflow: after,
      runId: "run-1",
      history: { order: [], open: [], abandoned: [] },
      inbox: [],
      messages: [start]
    })
    expect(first.history.order).toEqual(["^x^start"])
    // The other host had the old code, and its commit stands.
    const old = new Bench(before)
    old.start()
    const again = turn({ workflow: after, runId: "run-1", history: old.last.history, inbox: [start], messages: [] })
    expect(again.parked).toBeUndefined()
    expect(again.history.order).toEqual(["start"])
  })

  it.each(["", "a b", "a,b", "a^b", "x".repeat(65), undefined])("takes no id like %j", (id) => {
    expect(() => patched(id as string)).toThrow(RangeError)
    expect(() => deprecatePatch(id as string)).toThrow(/patch name/)
  })

  it("dies outside of a run", async () => {
    await expect(Effect.runPromise(patched("x") as Effect.Effect<boolean>)).rejects.toThrow(/patch x outside of a run/)
  })
})

describe("deprecatePatch", () => {
  it("takes on runs that went the new way, and notes new ones as patched does", () => {
    const bench = new Bench(after)
    bench.start()
    const next = bench.deployed(deprecated)
    expect(next.actor.parked).toBeUndefined()
    next.step("charge#0", 1)
    expect(next.actor.waiting.signals).toEqual(["approved"])
    const fresh = new Bench(deprecated)
    fresh.start()
    expect(fresh.actor.order).toEqual(["^x^start"])
    // A rollback: the code that still asks goes the new way with it.
    const back = fresh.deployed(after)
    expect(back.actor.parked).toBeUndefined()
    expect(commandsOf(back)).toEqual(["step charge#0"])
  })

  it("parks a run that is older, and says what to do; with patched back it goes on", () => {
    const old = new Bench(before)
    old.start()
    const { parkReason } = old.rebuilt({ workflow: deprecated })
    expect(parkReason).toMatchObject({ _tag: "NonDeterminismError", command: "patch x" })
    expect(parkReason?.message).toMatch(
      /^this run is older than patch x: it passed here before the code had it, and deprecatePatch has left out the old way, at \S+patched.test.ts:\d+:\d+\. Put patched\("x"\) and the old way back/
    )
    expect(old.rebuilt({ workflow: after }).parked).toBeUndefined()
  })
})

describe("a patch that was removed", () => {
  it("is missed by no run that went the new way, whoever noted it", () => {
    for (const workflow of [after, deprecated]) {
      const bench = new Bench(workflow)
      bench.start()
      const next = bench.deployed(removed)
      expect(next.actor.parked).toBeUndefined()
      next.step("charge#0", 1)
      next.signal("approved", 1)
      next.step("charge#1", 2)
      next.step("echo#0", "end")
      expect(next.outcome).toEqual({ tag: "succeeded", value: "end" })
    }
  })

  it("is named where an older build meets a run that went the new way", () => {
    const bench = new Bench(after)
    bench.start()
    const { parkReason } = bench.rebuilt({ workflow: before })
    expect(parkReason?.message).toContain(
      "The run took the new way of patch x, for which this code has not asked: is it an older build"
    )
  })
})

describe("entries of the order", () => {
  it.each([
    ["start", { key: "start", isSetAside: false, time: undefined }],
    ["!~17~^a,b-c^signal/go/^x~", { key: "signal/go/^x~", isSetAside: true, time: 17, patches: ["a", "b-c"] }],
    ["^a^timer/5ms#0@5", { key: "timer/5ms#0@5", isSetAside: false, time: undefined, patches: ["a"] }]
  ])("%s", (text, entry) => {
    expect(readEntry(text)).toEqual(entry)
    expect(writeEntry(entry)).toBe(text)
  })
})
