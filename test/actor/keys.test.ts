import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { checkRunId, checkUserKey } from "../../src/actor/definitions/name.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { Bench } from "./bench.ts"
import { charge, echo, lookUp, pack, workflowOf } from "./definitions.ts"

const parallel = (...bodies: ReadonlyArray<Effect.Effect<unknown, any, any>>) =>
  workflowOf(Effect.all(bodies, { concurrency: "unbounded" }))

describe("names that cannot stand in keys", () => {
  it.each(["", "a b", "a/b", "ä", "x".repeat(65)])("are refused, with what they were to name: %j", (name) => {
    const why = `name ${JSON.stringify(name)}: use 1 to 64`
    const types = { input: Schema.Null, output: Schema.Null, run: () => Effect.succeed(null) }
    expect(() => defineWorkflow(name, types)).toThrow(`workflow ${why}`)
    expect(() => defineStep(name, types)).toThrow(`step ${why}`)
    expect(() => defineSignal(name, Schema.Null)).toThrow(`signal ${why}`)
  })
})

describe("command keys", () => {
  it("count by kind and name, so that no command moves another", () => {
    const bench = new Bench(
      parallel(echo(1), charge(1), pack.child(1), echo(2), Effect.sleep(5), Effect.sleep(5), Effect.sleep(6))
    )
    bench.start()
    expect(bench.commands).toEqual([
      "step echo#0",
      "step charge#0",
      "child pack#0",
      "step echo#1",
      "timer 5ms#0",
      "timer 5ms#1",
      "timer 6ms#0"
    ])
  })

  it("of the user's own do not count", () => {
    const bench = new Bench(parallel(echo(1, { key: "mine" }), echo(2), pack.child(1, { key: "mine" })))
    bench.start()
    expect(bench.commands).toEqual(["step echo:mine", "step echo#0", "child pack:mine"])
  })

  it.each<[string, Effect.Effect<unknown, any, any>]>([
    ["a step", Effect.andThen(echo(1, { key: "mine" }), echo(2, { key: "mine" }))],
    ["a child run", Effect.andThen(pack.child(1, { key: "mine" }), pack.child(2, { key: "mine" }))]
  ])("used twice for %s park the run, even one after the other", (_, body) => {
    const bench = new Bench(workflowOf(body))
    const [command] = bench.start().commands
    const turn = command?.kind === "child" ? bench.child("pack:mine", 1) : bench.step("echo:mine")
    expect(turn).toMatchObject({ parked: { _tag: "DeterminismViolation", violation: "duplicateKey" }, adopted: [] })
    expect(turn.parked?.message).toMatch(/^(echo|pack): the key "mine" was used before/)
  })

  it.each(["", " ", "a b", "ä", "line\n", "x".repeat(129)])(
    "that cannot stand in a row's key park the run: %j",
    (key) => {
      const message = checkUserKey(key)
      expect(message).toBeDefined()
      for (const body of [echo(1, { key }), pack.child(1, { key })]) {
        const { parked } = new Bench(workflowOf(body)).start()
        expect(parked).toMatchObject({ violation: "duplicateKey" })
        expect(parked?.message).toContain(message)
      }
    }
  )

  it.each(["a", "order/1:2#3@4!", "x".repeat(128)])("may hold any printable ASCII: %j", (key) => {
    const bench = new Bench(workflowOf(echo(1, { key })))
    bench.start()
    expect(bench.step(`echo:${key}`, 5).parked).toBeUndefined()
    expect(bench.outcome?.value).toBe(5)
  })

  it("carry the number of messages adopted when they were issued", () => {
    const bench = new Bench(workflowOf(Effect.all([echo(1), lookUp(2), echo(3)])))
    expect(bench.start().commands).toMatchObject([{ index: 1 }])
    expect(bench.step("echo#0").inlineSteps).toMatchObject([{ index: 2 }])
    expect(bench.step("lookUp#0").commands).toMatchObject([{ index: 3 }])
    expect(bench.actor.ledger.openIndexes()).toEqual([3])
  })
})

describe("run ids", () => {
  // They are partition keys and parts of queue messages: what a store would refuse or change is refused here.
  it.each([
    ["none", ""],
    ["one too long", "x".repeat(513)],
    ["a line break", "a\nb"],
    ["a NUL", "\u0000"],
    ["the last control character", "a\u001f"],
    ["DEL", "a\u007fb"],
    ["half of a pair", "a\ud800"]
  ])("are refused: %s", (_, runId) => {
    expect(checkRunId(runId)).toBeDefined()
    const bench = new Bench(workflowOf(pack.child(1, { runId })))
    expect(bench.start().commands).toEqual([])
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "ChildFailed", reason: "died" } })
  })

  it("that are refused are shown cut, for they may be long", () => {
    expect(checkRunId("x".repeat(5_000))?.length).toBeLessThan(200)
  })

  it.each([
    ["one character", "x"],
    ["as long as may be", "x".repeat(512)],
    ["spaces", "order 5"],
    ["anything that is not ASCII", "größe/\u{1f388}"]
  ])("are taken: %s", (_, runId) => {
    expect(checkRunId(runId)).toBeUndefined()
    expect(new Bench(workflowOf(pack.child(1, { runId }))).start().commands).toMatchObject([{ kind: "child", runId }])
  })
})

describe("names", () => {
  const types = { input: Schema.Null, output: Schema.Null, run: () => Effect.succeed(null) }

  it.each(["", "a b", "a/b", "a#1", "a:b", "a@b", "!a", "a!", "ä", "x".repeat(65)])(
    "that keys could not be taken apart by are refused: %j",
    (name) => {
      expect(() => defineStep(name, types)).toThrow(RangeError)
      expect(() => defineWorkflow(name, types)).toThrow(RangeError)
      expect(() => defineSignal(name, Schema.Null)).toThrow(RangeError)
    }
  )

  it.each(["a", "charge-card.v2_eu", "x".repeat(64)])("of letters, digits, _, . and - are taken: %j", (name) => {
    expect(defineStep(name, types).stepName).toBe(name)
    expect(defineWorkflow(name, types).workflowName).toBe(name)
    expect(defineSignal(name, Schema.Null).name).toBe(name)
  })

  it("of versions are checked too", () => {
    expect(() => defineWorkflow("a", { ...types, version: "2 beta" })).toThrow(RangeError)
    expect(() => defineWorkflow("a", { ...types, version: "" })).toThrow(RangeError)
    expect(() => defineWorkflow("a", { ...types, version: "!2" })).toThrow(RangeError)
    expect(() => defineWorkflow("a", { ...types, version: "x".repeat(33) })).toThrow(RangeError)
    for (const version of ["1", "2.0-beta_x", "x".repeat(32)])
      expect(defineWorkflow("a", { ...types, version }).version).toBe(version)
    expect(defineWorkflow("a", types).version).toBe("1")
  })
})
