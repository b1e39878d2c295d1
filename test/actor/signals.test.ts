import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { Bench } from "./bench.ts"
import { approved, echo, workflowOf } from "./definitions.ts"

const patient = approved.receive
const impatient = Effect.map(Effect.timeoutOption(approved.receive, 1_000), Option.getOrNull)

describe("a signal", () => {
  it("that comes before anyone waits is kept for who does", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(0), patient)))
    bench.start()
    bench.signal("approved", 7)
    expect(bench.actor.waiting.signals).toEqual([])
    bench.step("echo#0")
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 7 })
  })

  it("wakes who waits, and the run says for what", () => {
    const bench = new Bench(workflowOf(patient))
    bench.start()
    expect(bench.actor.waiting.signals).toEqual(["approved"])
    bench.signal("approved", 7)
    expect(bench.outcome?.value).toBe(7)
  })

  it("is received in the order of adoption, whoever waits first gets the first", () => {
    const body = Effect.all([Effect.all([patient, patient], { concurrency: "unbounded" }), patient])
    const bench = new Bench(workflowOf(body))
    bench.start()
    for (const payload of [1, 2, 3]) bench.signal("approved", payload)
    expect(bench.outcome?.value).toEqual([[1, 2], 3])
  })

  it("is received once, though it is delivered twice", () => {
    const bench = new Bench(workflowOf(Effect.all([patient, patient])))
    bench.start()
    bench.signal("approved", 1, "same")
    expect(bench.signal("approved", 1, "same").adopted).toEqual([])
    bench.signal("approved", 2, "other")
    expect(bench.outcome?.value).toEqual([1, 2])
  })

  it("of another name wakes nobody, and costs nothing but its place in history", () => {
    const bench = new Bench(workflowOf(patient))
    bench.start()
    expect(bench.signal("unheardOf", { any: "thing" }).adopted).toHaveLength(1)
    expect(bench.actor.outcome).toBeUndefined()
  })

  it("is not taken by a wait that was interrupted", () => {
    const bench = new Bench(workflowOf(Effect.all([impatient, patient])))
    bench.start()
    bench.timer("1000ms#0")
    bench.signal("approved", 5)
    expect(bench.outcome?.value).toEqual([null, 5])
  })

  it("is not taken by the loser of a race", () => {
    const body = Effect.all([Effect.raceFirst(echo(0), approved.receive), patient])
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("echo#0", "won")
    bench.signal("approved", 5)
    expect(bench.outcome?.value).toEqual(["won", 5])
  })

  it("beats its timeout, whose timer is cleared", () => {
    const bench = new Bench(workflowOf(Effect.all([impatient, echo(0)])))
    bench.start()
    expect(bench.signal("approved", 5).commands).toEqual([
      { kind: "clearTimer", key: "1000ms#0", due: 2_000 },
      expect.objectContaining({ kind: "step", key: "echo#0" })
    ])
  })

  it("that does not decode parks the run, and the row named is the signal's", () => {
    const bench = new Bench(workflowOf(patient))
    bench.start()
    const turn = bench.signal("approved", "not a number", "id-1")
    expect(turn).toMatchObject({ parked: { _tag: "PayloadUnreadable", row: "signal/approved/id-1" }, adopted: [] })
  })

  it("that does not decode is named also if it is received in the turn of another message", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(0), patient)))
    bench.start()
    bench.signal("approved", "not a number", "id-1")
    const turn = bench.step("echo#0")
    expect(turn.parked).toMatchObject({ _tag: "PayloadUnreadable", row: "signal/approved/id-1" })
    expect(turn.parked?.message).toMatch(/^the payload of signal approved does not decode: /)
  })
})

describe("a signal for one thing", () => {
  const ask = (question: string) => Effect.timeoutOption(approved.for(question).receive, 1_000)
  const answers = Effect.map(Effect.all([ask("one"), ask("two")]), (all) => all.map(Option.getOrNull))

  it("that comes late never reaches the wait for another (S21)", () => {
    const bench = new Bench(workflowOf(answers))
    bench.start()
    expect(bench.actor.waiting.signals).toEqual(["approved/one"])
    bench.timer("1000ms#0")
    expect(bench.actor.waiting.signals).toEqual(["approved/two"])
    bench.signal("approved", 1, "late", "one")
    expect(bench.actor.outcome).toBeUndefined()
    expect(bench.actor.signals.unreadCounts()).toEqual([{ name: "approved", for: "one", count: 1 }])
    bench.signal("approved", 2, "in time", "two")
    expect(bench.outcome?.value).toEqual([null, 2])
    expect(bench.actor.signals.unread().map(({ id }) => id)).toEqual(["late"])
  })

  it("is not for the name alone, nor the other way round", () => {
    const bench = new Bench(workflowOf(Effect.all([approved.receive, approved.for("one").receive])))
    bench.start()
    bench.signal("approved", 1, "a", "one")
    expect(bench.actor.outcome).toBeUndefined()
    bench.signal("approved", 2, "b")
    expect(bench.outcome?.value).toEqual([2, 1])
  })

  it("wakes who waits for that thing, among many", () => {
    const things = Array.from({ length: 50 }, (_, index) => `thing ${index}`)
    const body = Effect.forEach(things, (thing) => approved.for(thing).receive, { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(body))
    bench.start()
    for (const [index, thing] of [...things.entries()].reverse()) bench.signal("approved", index, undefined, thing)
    expect(bench.outcome?.value).toEqual(things.map((_, index) => index))
  })

  it.each(["", "x".repeat(129), "a\nb", "\u0000", "\ud800", 7, undefined])("cannot be for %j", (what) => {
    expect(() => approved.for(what as never)).toThrow(/what signal approved is for: .*1 to 128 characters/)
  })

  it.each(["a", "x".repeat(128), "a/b", "ü 🎈", "!~ #0"])("can be for %j", (what) => {
    const bench = new Bench(workflowOf(approved.for(what).receive))
    bench.start()
    bench.signal("approved", 3, undefined, what)
    expect(bench.outcome?.value).toBe(3)
  })
})

describe("one of several signals", () => {
  const rejected = defineSignal("rejected", Schema.Number)
  const either = Effect.race(approved.receive, rejected.receive)

  it.each(["approved", "rejected"])("is the first that comes, here %s; the other is left for who asks next", (name) => {
    const bench = new Bench(workflowOf(Effect.all([either, either])))
    bench.start()
    expect(bench.actor.waiting.signals).toEqual(["approved", "rejected"])
    bench.signal(name, 1)
    bench.signal(name, 2)
    expect(bench.outcome?.value).toEqual([1, 2])
  })

  it("takes one where all of them are there", () => {
    const body = Effect.all([Effect.andThen(echo(0), either), either])
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.signal("rejected", 2)
    bench.signal("approved", 1)
    bench.step("echo#0")
    expect(bench.outcome?.value).toEqual([1, 2])
    expect(bench.actor.signals.unreadCounts()).toEqual([])
  })
})

describe("signals that nobody has asked for", () => {
  it("are told, counted and in the order in which they came, also when the run is over", () => {
    const bench = new Bench(workflowOf(Effect.andThen(approved.receive, echo(0))))
    bench.start()
    for (const [id, thing] of [
      ["a", undefined],
      ["b", undefined],
      ["c", "two"],
      ["d", undefined],
      ["e", "two"]
    ] as const)
      bench.signal("approved", 0, id, thing)
    bench.signal("unheardOf", {}, "f")
    bench.step("echo#0")
    expect(bench.outcome?.tag).toBe("succeeded")
    expect(bench.actor.signals.unreadCounts()).toEqual([
      { name: "approved", count: 2 },
      { name: "approved", for: "two", count: 2 },
      { name: "unheardOf", count: 1 }
    ])
    expect(bench.actor.signals.unread().map(({ id }) => id)).toEqual(["b", "c", "d", "e", "f"])
  })
})
