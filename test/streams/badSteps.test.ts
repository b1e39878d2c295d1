import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow, type RunDied, type StepFailed } from "../../src/index.ts"
import { TestRuntime } from "../../src/testing.ts"
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
      error: Schema.Unknown as Schema.Codec<StepFailed, any>,
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
          onSuccess: (answer) =>
            Effect.sync(() => {
              seen.push(answer)
              return { reason: "none", message: "" }
            })
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
  ["NaN and infinities", Schema.Array(Schema.Number), [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
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
  ["an invalid Date", Schema.Date, new Date(Number.NaN)]
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

describe("an Error with a cause", () => {
  live("comes back with its cause by the schema for defects", () =>
    Effect.gen(function* () {
      const error = new Error("outer", { cause: new Error("inner") })
      const { failure, outcome } = yield* throughStepAndRun(Schema.Defect(), error, false)
      expect(failure).toBeUndefined()
      expect(outcome).toBeInstanceOf(Error)
      expect(outcome).toMatchObject({ message: "outer", cause: { message: "inner" } })
    })
  )

  live("as a defect is told to the workflow, its causes too", () =>
    Effect.gen(function* () {
      const step = defineStep("breaks", {
        input: Schema.Void,
        output: Schema.Void,
        retry: { attempts: 2, initial: 1 },
        run: async () => {
          throw new TypeError("outer", { cause: new Error("middle", { cause: "inner" }) })
        }
      })
      const workflow = defineWorkflow("tells", {
        input: Schema.Void,
        output: Schema.Json,
        run: () =>
          Effect.match(step.orFail(), {
            onFailure: ({ attempts, cause, reason }) => ({ attempts, reason, cause: cause ?? null }),
            onSuccess: () => "none"
          })
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
      expect(yield* client.execute(workflow, { input: undefined })).toMatchObject({
        attempts: 2,
        reason: "defect",
        cause: { name: "TypeError", message: "outer", cause: { message: "middle", cause: "inner" } }
      })
    })
  )

  live("that nobody catches ends the run with RunDied", () =>
    Effect.gen(function* () {
      const step = defineStep("breaks", {
        input: Schema.Void,
        output: Schema.Void,
        retry: { attempts: 1 },
        run: () => Effect.die(circular)
      })
      const workflow = defineWorkflow("dies", { input: Schema.Void, output: Schema.Void, run: () => step() })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
      const error = yield* Effect.flip(client.execute(workflow, { input: undefined }))
      expect(error).toMatchObject({
        _tag: "RunDied",
        cause: { _tag: "StepFailed", cause: { name: "object", message: expect.any(String) } }
      })
      expect((error as RunDied).message).toContain("breaks")
    })
  )
})

class Secret extends Schema.TaggedError<Secret>()("Secret", { key: Schema.String }) {}
class Busy extends Schema.TaggedError<Busy>()("Busy", {}) {}

/** What a workflow is told of a step that ends with `error`, which it declares and which does not fit. */
const misfit = (by: "async" | "effect" | "inTest", error: unknown) =>
  Effect.gen(function* () {
    const step = defineStep("opens", {
      input: Schema.Void,
      output: Schema.Void,
      error: Schema.Union([Busy, Secret]),
      retry: { attempts: 2, initial: 1 },
      run: () => (by === "effect" ? Effect.fail(error as Secret) : Promise.reject(error))
    })
    const workflow = defineWorkflow("asks", {
      input: Schema.Void,
      output: Schema.Json,
      run: () =>
        Effect.match(step.orFail(), {
          onFailure: (failure) =>
            failure._tag === "StepFailed"
              ? { reason: failure.reason, attempts: failure.attempts, message: failure.message }
              : "typed",
          onSuccess: () => null
        })
    })
    if (by === "inTest") {
      const stand = () => {
        throw error
      }
      return yield* Effect.promise(async () => {
        const runtime = new TestRuntime({ steps: { opens: stand } })
        const run = await runtime.start(workflow, { input: undefined })
        await runtime.advance("1 minute")
        return run.outcome?.tag === "succeeded" ? run.outcome.value : run.outcome
      })
    }
    const { client, logged } = yield* openEngine({ workflows: [workflow], steps: [step] })
    const told = yield* client.execute(workflow, { input: undefined })
    // What it carries may be secret.
    if ((error as Secret)._tag === "Secret") expect(logged.filter((line) => /sk-1|kkk/.test(line))).toEqual([])
    return told
  })

describe("a typed error of a step", () => {
  class Declined extends Schema.TaggedError<Declined>()("Declined", { at: Schema.Date }) {}

  live.each([false, true])("comes back as itself (async function: %s)", (asynchronous) =>
    Effect.gen(function* () {
      const error = new Declined({ at: new Date(7) })
      const step = defineStep("declines", {
        input: Schema.Void,
        output: Schema.Void,
        error: Declined,
        retry: { attempts: 1 },
        run: () => (asynchronous ? Promise.reject(error) : Effect.fail(error))
      })
      const workflow = defineWorkflow("passes", {
        input: Schema.Void,
        output: Schema.Void,
        error: Declined,
        run: () => step()
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
      const failure = yield* Effect.flip(client.execute(workflow, { input: undefined }))
      expect(failure).toBeInstanceOf(Declined)
      expect((failure as Declined).at).toEqual(new Date(7))
    })
  )

  live("that does not fit its schema is a typed failure with the error inside", () =>
    Effect.gen(function* () {
      const step = defineStep("lies", {
        input: Schema.Void,
        output: Schema.Void,
        error: Schema.Struct({ code: Schema.Number }),
        retry: { attempts: 1 },
        run: () => Effect.fail({ code: "x" } as never)
      })
      const workflow = defineWorkflow("passes", {
        input: Schema.Void,
        output: Schema.Json,
        run: () =>
          Effect.match(step.orFail(), {
            onFailure: (error) => ("cause" in error ? { cause: error.cause ?? null, reason: error.reason } : null),
            onSuccess: () => null
          })
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
      expect(yield* client.execute(workflow, { input: undefined })).toMatchObject({
        reason: "invalidError",
        cause: { code: "x" }
      })
    })
  )

  live.each(["too large", "of another shape", "a plain object"])(
    "that an async function throws, %s, is told as one that an Effect fails with",
    (how) =>
      Effect.gen(function* () {
        const error =
          how === "too large"
            ? new Secret({ key: "k".repeat(17 * 1024 * 1024) })
            : how === "of another shape"
              ? Object.assign(new Secret({ key: "sk-1" }), { key: 7 })
              : { _tag: "Secret", key: "sk-1" }
        const told = yield* Effect.forEach(["async", "effect", "inTest"] as const, (by) => misfit(by, error))
        expect(told[0]).toMatchObject({
          reason: "invalidError",
          attempts: 2,
          message: expect.stringMatching(/does not fit its schema: (Expected|\d+ characters)/)
        })
        expect(told.slice(1)).toEqual([told[0], told[0]])
      })
  )

  live("that is none of those that the step declares is a defect, whatever its tag", () =>
    Effect.gen(function* () {
      const told = yield* misfit("async", Object.assign(new Error("no"), { _tag: "Other" }))
      expect(told).toMatchObject({ reason: "defect", attempts: 2 })
    })
  )
})

describe("input of a step", () => {
  live("that does not fit its schema is a typed failure, and no step is run", () =>
    Effect.gen(function* () {
      let executions = 0
      const step = defineStep("counts", {
        input: Schema.Int,
        output: Schema.Void,
        run: () => Effect.sync(() => void executions++)
      })
      const workflow = defineWorkflow("misuses", {
        input: Schema.Void,
        output: Schema.String,
        run: () => Effect.match(step.orFail(1.5), { onFailure: ({ reason }) => reason, onSuccess: () => "none" })
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
      expect(yield* client.execute(workflow, { runId: "r", input: undefined })).toBe("invalidInput")
      expect(executions).toBe(0)
      expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start"])
    })
  )
})
