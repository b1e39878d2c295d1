import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow, type StepFailed } from "../../src/index.ts"
import { live, openEngine } from "./engine.ts"

/** What a workflow sees of a step that answers `value` by `schema`, and what a client sees of a workflow that passes it on. */
const throughStepAndRun = <T>(schema: Schema.Codec<T, any, never, never>, value: unknown, inline: boolean) =>
  Effect.gen(function* () {
    const step = defineStep("answer", {
      input: Schema.Void,
      output: schema,
      retry: { attempts: 1 },
      inline,
      run: () => Effect.succeed(value as T)
    })
    const seen: Array<unknown> = []
    const workflow = defineWorkflow("pass", {
      input: Schema.Void,
      output: schema,
      error: Schema.Unknown as Schema.Codec<StepFailed>,
      run: () =>
        Effect.map(step.orFail(), (answer) => {
          seen.push(answer)
          return answer
        }) as Effect.Effect<T, StepFailed, never>
    })
    const refused = defineWorkflow("refused", {
      input: Schema.Void,
      output: Schema.Struct({ reason: Schema.String, message: Schema.String }),
      run: () =>
        Effect.matchEffect(step.orFail(), {
          onFailure: ({ message, reason }: StepFailed) => Effect.succeed({ message, reason: reason as string }),
          onSuccess: (answer) => Effect.sync(() => ({ reason: "none", message: String((seen.push(answer), "")) }))
        })
    })
    const { client } = yield* openEngine({ workflows: [workflow, refused], steps: [step] })
    const failure = yield* client.execute(refused, { input: undefined })
    if (failure.reason !== "none") return { seen, failure, outcome: undefined }
    seen.length = 0
    return { seen, failure: undefined, outcome: yield* client.execute(workflow, { input: undefined }) }
  })

const circular: { self?: unknown } = {}
circular.self = circular

class Point {
  readonly x = 1
}

const withPrototype = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1, "toString": "x"}')

/** Values that come back as they were, by a schema that can say so. */
const kept: ReadonlyArray<readonly [string, Schema.Codec<any, any, never, never>, unknown]> = [
  ["a Date", Schema.Date, new Date(1_234_567_890_123)],
  ["a BigInt", Schema.BigInt, 2n ** 80n],
  ["undefined", Schema.Undefined, undefined],
  ["undefined inside of a struct", Schema.Struct({ a: Schema.UndefinedOr(Schema.Number) }), { a: undefined }],
  ["NaN and infinities", Schema.Array(Schema.Number), [Number.NaN, Number.POSITIVE_INFINITY, -0]],
  ["a Map of Dates", Schema.ReadonlyMap(Schema.String, Schema.Date), new Map([["a", new Date(5)]])],
  ["bytes", Schema.Uint8Array, new Uint8Array([0, 255, 7])],
  ["an Option", Schema.Option(Schema.Number), Option.some(3)],
  ["lone surrogates and controls", Schema.String, "\ud800 \u0000 \u2028"],
  ["a key named __proto__", Schema.Record(Schema.String, Schema.Unknown), withPrototype]
]

/** Values that no JSON holds, or not by this schema. */
const refused: ReadonlyArray<readonly [string, Schema.Codec<any, any, never, never>, unknown]> = [
  ["a number where a string was declared", Schema.String, 1],
  ["a missing key", Schema.Struct({ a: Schema.String }), {}],
  ["a circular object", Schema.Unknown, circular],
  ["a circular object behind Json", Schema.Json as Schema.Codec<any>, circular],
  ["a BigInt by a schema that takes anything", Schema.Unknown, 1n],
  ["a BigInt inside", Schema.Unknown, { a: [1n] }],
  ["a Date by a schema that takes anything", Schema.Unknown, new Date(0)],
  ["a Date inside", Schema.Unknown, { a: new Date(0) }],
  ["undefined inside, by a schema that takes anything", Schema.Unknown, { a: undefined }],
  ["an Error by a schema that takes anything", Schema.Unknown, new Error("x", { cause: new Error("y") })],
  ["a class by a schema that takes anything", Schema.Unknown, new Point()],
  ["a Map by a schema that takes anything", Schema.Unknown, new Map([[1, 2]])],
  ["a function", Schema.Unknown, () => 1],
  ["a symbol", Schema.Unknown, Symbol("x")],
  ["NaN by a schema that takes anything", Schema.Unknown, Number.NaN],
  ["an invalid Date where valid ones were declared", Schema.DateValid, new Date(Number.NaN)]
]

describe.each([false, true])("output of a step (inline: %s)", (inline) => {
  describe.each(kept)("%s", (_, schema, value) => {
    live("comes back as it was", () =>
      Effect.gen(function* () {
        const { failure, outcome, seen } = yield* throughStepAndRun(schema, value, inline)
        expect(failure).toBeUndefined()
        expect(seen[0]).toStrictEqual(value)
        expect(outcome).toStrictEqual(value)
      })
    )
  })

  describe.each(refused)("%s", (_, schema, value) => {
    live("is a typed failure", () =>
      Effect.gen(function* () {
        const { failure, outcome, seen } = yield* throughStepAndRun(schema, value, inline)
        expect({ outcome, seen }).toEqual({ outcome: undefined, seen: [] })
        expect(failure?.reason).toBe("invalidOutput")
        expect(failure?.message).toContain("answer")
      })
    )
  })
})

describe("an Error as output", () => {
  live("keeps its cause by Schema.Error, or is refused", () =>
    Effect.gen(function* () {
      const error = new Error("outer", { cause: new Error("inner") })
      const { failure, outcome } = yield* throughStepAndRun(Schema.Error(), error, false)
      if (failure === undefined) expect(((outcome as Error).cause as Error).message).toBe("inner")
      else expect(failure.reason).toBe("invalidOutput")
    })
  )
})
