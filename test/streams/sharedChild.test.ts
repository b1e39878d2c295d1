import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { compensateWith, defineSignal, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine } from "./engine.ts"

const go = defineSignal("go", Schema.Number)
const plusOne = defineWorkflow("plusOne", {
  input: Schema.Number,
  output: Schema.Number,
  run: (n) => Effect.succeed(n + 1)
})
const waits = defineWorkflow("waits", { input: Schema.Number, output: Schema.Number, run: () => go.receive })

const shared = (n: number) =>
  Effect.match(plusOne.childOrFail(n, { runId: "shared" }), {
    onFailure: ({ reason }) => reason,
    onSuccess: (value) => String(value)
  })
const calls = (name: string, concurrency: number) =>
  defineWorkflow(name, {
    input: Schema.Array(Schema.Number),
    output: Schema.Array(Schema.String),
    run: (inputs) => Effect.forEach(inputs, shared, { concurrency })
  })
const inTurn = calls("inTurn", 1)
const atOnce = calls("atOnce", 2)

describe("a second child call with one run id", () => {
  live.each(["in turn, same input", "in turn, other input", "at once, same input", "at once, other input"])(
    "of the same parent is ChildFailed conflict: %s",
    (how) =>
      Effect.gen(function* () {
        const workflow = how.startsWith("in turn") ? inTurn : atOnce
        const inputs = how.endsWith("same input") ? [1, 1] : [1, 2]
        const { client } = yield* openEngine({ workflows: [workflow, plusOne] })
        const answers = yield* Effect.timeout(client.execute(workflow, { runId: "p", input: inputs }), 2_000)
        expect(answers).toEqual(["2", "conflict"])
      })
  )

  live("of another parent is ChildFailed conflict", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [inTurn, plusOne] })
      const call = (runId: string) => Effect.timeout(client.execute(inTurn, { runId, input: [1] }), 2_000)
      expect(yield* call("p")).toEqual(["2"])
      expect(yield* call("q")).toEqual(["conflict"])
    })
  )

  live("of a run that a client has started is ChildFailed conflict, though it has ended", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [inTurn, plusOne] })
      expect(yield* client.execute(plusOne, { runId: "shared", input: 1 })).toBe(2)
      const answers = yield* Effect.timeout(client.execute(inTurn, { runId: "p", input: [1] }), 2_000)
      expect(answers).toEqual(["conflict"])
      expect(yield* client.wait(plusOne, "shared")).toBe(2)
    })
  )
})

describe("a child that runs under compensateWith", () => {
  live("is cancelled with its parent, which does not wait for it for ever", () =>
    Effect.gen(function* () {
      const parent = defineWorkflow("parent", {
        input: Schema.Void,
        output: Schema.Number,
        run: () => waits.child(1).pipe(compensateWith(() => Effect.void))
      })
      const { client, table } = yield* openEngine({ workflows: [parent, waits] })
      yield* client.start(parent, { runId: "p", input: undefined })
      yield* eventually(
        "the child waits",
        Effect.map(table.readHead("p:waits#0"), (head) => head !== undefined)
      )
      yield* client.cancel("p", { reason: "enough" })
      const error = yield* Effect.flip(Effect.timeout(client.wait(parent, "p"), 2_000))
      expect(error).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
      expect((yield* client.get("p:waits#0")).status).toBe("cancelled")
    })
  )

  live("as part of a compensation is not cancelled by a cancellation that comes then", () =>
    Effect.gen(function* () {
      const parent = defineWorkflow("parent", {
        input: Schema.Void,
        output: Schema.Number,
        run: () =>
          Effect.void.pipe(
            compensateWith(() => waits.child(1)),
            Effect.andThen(Effect.die(new Error("undo")))
          )
      })
      const { client, table } = yield* openEngine({ workflows: [parent, waits] })
      yield* client.start(parent, { runId: "p", input: undefined })
      yield* eventually(
        "the child waits",
        Effect.map(table.readHead("p:waits#0"), (head) => head !== undefined)
      )
      yield* client.cancel("p")
      yield* eventually(
        "the cancellation has been taken",
        Effect.map(client.history("p"), (all) => all.some(({ key }) => key === "cancel"))
      )
      yield* client.signal("p:waits#0", go, 3)
      expect(yield* Effect.flip(Effect.timeout(client.wait(parent, "p"), 2_000))).toMatchObject({ _tag: "RunDied" })
      expect((yield* client.get("p:waits#0")).status).toBe("succeeded")
    })
  )
})
