import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { checkRunId } from "../../src/actor/definitions/name.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { keyText } from "../../src/actor/values/keyText.ts"
import { Bench, failed } from "./bench.ts"
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

  const reasonOf = (body: Effect.Effect<unknown, any, any>) =>
    Effect.match(body, { onFailure: (error) => error.reason as unknown, onSuccess: () => "none" })

  it.each<[string, (input: number) => Effect.Effect<unknown, any, any>, string]>([
    ["a step", (input) => echo.orFail(input, { key: "mine" }), "echo:mine"],
    ["a child run", (input) => pack.childOrFail(input, { key: "mine" }), "pack:mine"]
  ])("used twice by %s fail where they are used: at the same time, or with another input", (_, call, key) => {
    const together = new Bench(workflowOf(Effect.all([call(1), reasonOf(call(1))], { concurrency: "unbounded" })))
    expect(together.start().commands).toMatchObject([{ key }])
    const inTurn = new Bench(workflowOf(Effect.andThen(call(1), reasonOf(call(2)))))
    inTurn.start()
    if (key.startsWith("pack")) for (const bench of [together, inTurn]) bench.child(key, 1)
    else for (const bench of [together, inTurn]) bench.step(key, 1)
    expect(together.outcome).toEqual({ tag: "succeeded", value: [1, "duplicateKey"] })
    expect(inTurn.outcome).toEqual({ tag: "succeeded", value: "duplicateKey" })
  })

  it("may be used once more after an answer, as Effect.retry does, and replay to the same keys", () => {
    const call = Effect.retry(charge(1, { key: "mine" }), { times: 2 })
    const bench = new Bench(workflowOf(call))
    bench.start()
    bench.step("charge:mine", failed({ _tag: "Declined", code: 1 }))
    expect(bench.commands).toEqual(["step charge:mine~1"])
    expect(bench.rebuilt().parked).toBeUndefined()
    bench.step("charge:mine~1", failed({ _tag: "Declined", code: 2 }))
    bench.step("charge:mine~2", 7)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 7 })
  })

  it.each([
    ["half of a surrogate pair", "\ud800"],
    ["no text", 5]
  ])("that cannot be one fail where they are used: %s", (_, key) => {
    const bodies = [echo.orFail(1, { key: key as string }), pack.childOrFail(1, { key: key as string })]
    for (const body of bodies) {
      const bench = new Bench(workflowOf(reasonOf(body)))
      expect(bench.start()).toMatchObject({ commands: [], parked: undefined })
      expect(bench.outcome?.value).toBe("invalidKey")
    }
  })

  it.each([
    ["a", "a"],
    ["", ""],
    ["order/1:2,3!", "order/1:2,3!"],
    ["Zo\u00eb", "Zo%C3%AB"],
    ["ada@example.org#1", "ada%40example.org%231"],
    ["a b\n", "a%20b%0A"],
    ["100%", "100%25"],
    ["x".repeat(129), "x".repeat(129)],
    ["x".repeat(512), "x".repeat(512)]
  ])("may be any well-formed text: %j", (key, text) => {
    const bench = new Bench(workflowOf(echo(1, { key })))
    bench.start()
    expect(bench.step(`echo:${text}`, 5).parked).toBeUndefined()
    expect(bench.outcome?.value).toBe(5)
  })

  it("of any length fit the key of a row, and one is not another", () => {
    const texts = ["x".repeat(100_000), "x".repeat(100_001), "\u{1f600}".repeat(300), `${"\u{1f600}".repeat(299)}y`]
    const keys = texts.map((text) => keyText(text) as string)
    expect(new Set(keys).size).toBe(texts.length)
    for (const key of keys) expect(`child/${"n".repeat(64)}:${key}~10000@zzzzzzzzzzz`.length).toBeLessThanOrEqual(1_024)
  })

  it("of child runs give ids that a run may have, however deep and however long", () => {
    const ids = new Set<string>()
    for (const key of ["x".repeat(512), `${"x".repeat(511)}y`, "\u{1f600}".repeat(300)]) {
      let runId = "order-1"
      for (let depth = 0; depth < 20; depth++) {
        const bench = new Bench(workflowOf(pack.child(1, { key })), { runId })
        bench.start()
        const [command] = bench.last.commands
        expect(command).toMatchObject({ kind: "child" })
        runId = (command as { readonly runId: string }).runId
        expect(checkRunId(runId)).toBeUndefined()
        ids.add(runId)
      }
    }
    expect(ids.size).toBe(60)
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
