import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import {
  Client,
  continueAsNew,
  defineCallback,
  defineSchedule,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  type RunHandle
} from "../../src/index.ts"
import { TestRuntime } from "../../src/testing.ts"

// A value that is written where it is handed over is of the definition's type, though TypeScript takes `"a"` for any text where it has to guess.

const Letter = Schema.Literals(["a", "b"])
const Kind = Schema.Struct({ kind: Letter, all: Schema.Array(Letter) })
const Tagged = Schema.Union([Schema.TaggedStruct("One", { n: Schema.Int }), Schema.TaggedStruct("None", {})])

const step = defineStep("step", { input: Kind, output: Schema.Void, run: async () => {} })
const ofLetter = defineWorkflow("ofLetter", { input: Letter, output: Schema.Void, run: () => Effect.void })
const ofKind = defineWorkflow("ofKind", { input: Kind, output: Schema.Void, run: () => Effect.void })
const ofTagged = defineWorkflow("ofTagged", { input: Tagged, output: Schema.Void, run: () => Effect.void })
const letter = defineSignal("letter", Letter)
const tagged = defineSignal("tagged", Tagged)
const change = defineUpdate("change", { input: Letter, output: Schema.Void })
const answer = defineCallback("answer", { payload: Letter, error: Letter })
const shown = defineState("shown", Kind)
const words = defineStream("words", Tagged)

describe("a literal", () => {
  it("starts a run", () => {
    const started = Effect.gen(function* () {
      const client = yield* Client
      yield* client.start(ofLetter, { input: "a" })
      yield* client.start(ofKind, { runId: "r", input: { kind: "a", all: ["b"] }, policy: "replace" })
      yield* client.start(ofTagged, { input: { _tag: "One", n: 1 } })
      yield* client.execute(ofLetter, { input: "a" })
      yield* client.execute(ofTagged, { runId: "r", input: { _tag: "None" }, policy: "replace" })
      const more = { runId: "r", signal: tagged, payload: { _tag: "None" } } as const
      yield* client.signalWithStart(ofLetter, { ...more, input: "a" })
      yield* client.signalWithStart(ofTagged, { ...more, input: { _tag: "One", n: 1 }, policy: "replace" })
      yield* client.startItem(ofLetter, { input: "a" })
      yield* client.startStatements(ofTagged, { input: { _tag: "None" } })
      return yield* client.start(ofLetter, { runId: "r", input: "b" })
    })
    expectTypeOf<Effect.Success<typeof started>>().toEqualTypeOf<RunHandle>()
    const inATest = async () => {
      await new TestRuntime().start(ofTagged, { input: { _tag: "One", n: 1 } })
    }
    expectTypeOf(inATest).returns.toEqualTypeOf<Promise<void>>()
  })

  it("that is none of the definition's starts none", () => {
    Effect.gen(function* () {
      const client = yield* Client
      // @ts-expect-error: no such letter
      yield* client.start(ofLetter, { input: "c" })
      // @ts-expect-error: nor in it
      yield* client.start(ofKind, { input: { kind: "a", all: ["c"] } })
      // @ts-expect-error: no such tag
      yield* client.execute(ofTagged, { input: { _tag: "Two" } })
    })
  })

  it("is sent to one", () => {
    Effect.gen(function* () {
      const client = yield* Client
      yield* client.signal("r", letter, "a")
      yield* client.signal("r", tagged, { _tag: "None" })
      yield* client.signalItem("r", letter, "a")
      yield* client.update("r", change, "b")
      yield* client.sendUpdate("r", change, "b")
      yield* client.completeCallback("token", "a", { as: answer })
      yield* client.failCallback("token", "b", { as: answer })
    })
  })

  it("is what a body hands over", () => {
    Effect.gen(function* () {
      yield* step({ kind: "a", all: ["b"] })
      yield* ofLetter.child("a")
      yield* ofTagged.start({ _tag: "None" })
      yield* letter.send("r", "a")
      yield* shown.set({ kind: "b", all: [] })
      yield* words.emit({ _tag: "One", n: 1 })
      yield* continueAsNew(ofTagged, { _tag: "One", n: 1 })
    })
    defineSchedule("nightly", { workflow: ofTagged, input: { _tag: "None" }, cron: "0 0 * * *" })
  })
})
