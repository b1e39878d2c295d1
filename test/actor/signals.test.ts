import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
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
