import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow, type RunDied } from "../../src/index.ts"
import { live, openEngine } from "./engine.ts"

// Whatever user code throws, and however: the step runs as often as its policy says, and its run learns of it.

class Declined extends Schema.TaggedError<Declined>()("Declined", { code: Schema.String }) {}

const trap = () => {
  throw new Error("trapped")
}
const trapped = (name: string): Error => Object.defineProperty(new Error("x"), name, { get: trap, enumerable: true })
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const circular = new Error("circular")
circular.cause = new Error("other", { cause: circular })
const hostile = new Proxy(new Error("x"), { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap })
const unreadable = { toString: trap, toJSON: trap, valueOf: trap, [Symbol.toPrimitive]: trap }

const things: ReadonlyArray<readonly [string, unknown]> = [
  ...["name", "message", "stack", "cause", "_tag", "code", "constructor", "toString", "toJSON", "errors"].map(
    (name) => [`an error whose ${name} throws`, trapped(name)] as const
  ),
  ["a proxy that throws at every question", hostile],
  ["a revoked proxy", revoked({})],
  ["a revoked proxy of an error", revoked(new Error("x"))],
  ["a revoked proxy of a list", revoked([])],
  ["an object that cannot be printed", unreadable],
  ["an object without prototype", Object.create(null)],
  ["a function", () => 1],
  ["a revoked proxy of a function", revoked(() => 1)],
  ["undefined", undefined],
  ["null", null],
  ["a symbol", Symbol("x")],
  ["a bigint", 1n],
  ["NaN", Number.NaN],
  ["causes in a circle", circular],
  ["a huge message", new Error("x".repeat(5_000_000))],
  ["a huge list", Array.from({ length: 200_000 }, (_, i) => ({ i }))],
  ["a value too deep", JSON.parse("[".repeat(3_000) + "]".repeat(3_000))],
  ["an effect", Effect.never],
  ["an error of an aggregate of such", new AggregateError([hostile, trapped("message"), 1], "all")]
]

const ways = {
  "thrown before any promise": (thing: unknown) => {
    throw thing
  },
  rejected: (thing: unknown) => Promise.reject(thing),
  "a failure of an effect": (thing: unknown) => Effect.fail(thing as never),
  "a defect of an effect": (thing: unknown) => Effect.die(thing)
} as const

/** As the only answer of a step: what its workflow saw, and how often it ran. */
const stepsThrowing = (inline: boolean, attempts: number) => {
  const counts = new Map<string, number>()
  const all = things.flatMap(([name, thing]) =>
    Object.entries(ways).map(([way, raise]) => ({ what: `${name}, ${way}`, raise: () => raise(thing) }))
  )
  const steps = all.map(({ what, raise }, index) =>
    defineStep(`step${index}`, {
      input: Schema.Void,
      output: Schema.Void,
      error: Declined,
      inline,
      retry: { attempts, initial: 1, nonRetryable: ["SyntaxError"] },
      run: () => {
        counts.set(what, (counts.get(what) ?? 0) + 1)
        return raise() as Promise<void>
      }
    })
  )
  const workflow = defineWorkflow("tellsAll", {
    input: Schema.Void,
    output: Schema.Array(Schema.String),
    run: () =>
      Effect.all(
        steps.map((step) =>
          Effect.match(step.orFail(), { onFailure: (error) => error._tag, onSuccess: () => "succeeded" })
        ),
        { concurrency: "unbounded" }
      )
  })
  return { counts, all, steps, workflow }
}

describe.each([
  [false, 1],
  [false, 2],
  [true, 2]
])("what a step throws (inline: %s, attempts: %s)", (inline, attempts) => {
  live("is a typed failure after as many executions as its policy allows", () =>
    Effect.gen(function* () {
      const { counts, all, steps, workflow } = stepsThrowing(inline, attempts)
      const { client } = yield* openEngine({ workflows: [workflow], steps })
      const told = yield* client.execute(workflow, { input: undefined })
      expect(Object.fromEntries(all.map(({ what }, i) => [what, told[i]]))).toEqual(
        Object.fromEntries(all.map(({ what }) => [what, "StepFailed"]))
      )
      expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(all.map(({ what }) => [what, attempts])))
    })
  )
})

describe("a declared error", () => {
  live.each(["thrown before any promise", "rejected", "a failure of an effect"] as const)(
    "%s is the typed error",
    (way) =>
      Effect.gen(function* () {
        let count = 0
        const step = defineStep("declines", {
          input: Schema.Void,
          output: Schema.Void,
          error: Declined,
          retry: { nonRetryable: ["Declined"] },
          run: () => {
            count++
            return ways[way](new Declined({ code: "stolen" })) as Promise<void>
          }
        })
        const workflow = defineWorkflow("asks", {
          input: Schema.Void,
          output: Schema.String,
          run: () => Effect.match(step(), { onFailure: (error) => error.code, onSuccess: () => "none" })
        })
        const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
        expect(yield* client.execute(workflow, { input: undefined })).toBe("stolen")
        expect(count).toBe(1)
      })
  )
})

describe("what a thenable does", () => {
  const then = "then"
  const thenables: ReadonlyArray<readonly [string, () => unknown]> = [
    ["a then that throws", () => ({ [then]: trap })],
    ["a then that cannot be read", () => Object.defineProperty({}, then, { get: trap })],
    ["a promise whose then was replaced by one that throws", () => Object.assign(Promise.resolve(1), { [then]: trap })]
  ]
  live.each(thenables)("%s is a failure of that attempt", ([, make]) =>
    Effect.gen(function* () {
      let count = 0
      const step = defineStep("thenable", {
        input: Schema.Void,
        output: Schema.Void,
        retry: { attempts: 2, initial: 1 },
        run: () => {
          count++
          return make() as Promise<void>
        }
      })
      const workflow = defineWorkflow("asks", {
        input: Schema.Void,
        output: Schema.String,
        run: () => Effect.match(step.orFail(), { onFailure: (error) => error.reason, onSuccess: () => "none" })
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step] })
      expect(yield* client.execute(workflow, { input: undefined })).toBe("defect")
      expect(count).toBe(2)
    })
  )
})

describe("what happened", () => {
  class Unreachable extends Error {
    readonly code = "ECONNREFUSED"
    readonly status = 503
    readonly authorization = "secret"
  }
  const step = defineStep("reaches", {
    input: Schema.Void,
    output: Schema.Void,
    retry: { attempts: 1 },
    run: async () => {
      throw new AggregateError([new Unreachable("first"), new TypeError("second")], "all", {
        cause: new Unreachable("why")
      })
    }
  })
  const named = defineStep("named", {
    input: Schema.Void,
    output: Schema.Void,
    // No error that the step declares: the compiler takes it from nobody, but whoever writes JavaScript may name any class.
    retry: { attempts: 9, initial: 1, nonRetryable: ["Unreachable"] as never },
    run: async () => {
      throw new Unreachable("at once")
    }
  })

  live("is told to the body: class, code, status, causes and errors, and no secret", () =>
    Effect.gen(function* () {
      const workflow = defineWorkflow("asks", {
        input: Schema.Void,
        output: Schema.Json,
        run: () =>
          Effect.all([Effect.flip(step.orFail()), Effect.flip(named.orFail())]).pipe(
            Effect.map(([sum, one]) => [
              sum.cause ?? null,
              { code: one.code ?? null, status: one.status ?? null, attempts: one.attempts }
            ]),
            Effect.orDie
          )
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [step, named] })
      const told = yield* client.execute(workflow, { input: undefined })
      const unreachable = { name: "Unreachable", code: "ECONNREFUSED", status: 503 }
      expect(told).toMatchObject([
        { name: "AggregateError", errors: [unreachable, { name: "TypeError" }], cause: unreachable },
        { code: "ECONNREFUSED", status: 503, attempts: 1 }
      ])
      expect(JSON.stringify(told)).not.toContain("secret")
    })
  )

  live("is told to the client, of a body that dies by itself as well", () =>
    Effect.gen(function* () {
      const passes = defineWorkflow("passes", { input: Schema.Void, output: Schema.Void, run: () => named() })
      const dies = defineWorkflow("dies", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.die(new Unreachable("mine"))
      })
      const { client } = yield* openEngine({ workflows: [passes, dies], steps: [named] })
      const [ofStep, ofBody] = (yield* Effect.all(
        [passes, dies].map((workflow) => Effect.flip(client.execute(workflow, { input: undefined })))
      )) as ReadonlyArray<RunDied>
      expect(ofStep?.cause).toMatchObject({
        _tag: "StepFailed",
        code: "ECONNREFUSED",
        status: 503,
        cause: { name: "Unreachable" }
      })
      expect(ofBody?.cause).toMatchObject({ name: "Unreachable", code: "ECONNREFUSED", status: 503 })
    })
  )
})

describe("what a body dies of", () => {
  live("ends the run with RunDied, whatever it is", () =>
    Effect.gen(function* () {
      const workflow = defineWorkflow("dies", {
        input: Schema.Number,
        output: Schema.Void,
        run: (index) => Effect.ensuring(Effect.die(things[index]?.[1]), Effect.void)
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [] })
      const told = yield* Effect.forEach(
        things,
        (_, index) => Effect.flip(client.execute(workflow, { input: index })),
        {
          concurrency: 8
        }
      )
      expect(told.map((error) => error._tag)).toEqual(things.map(() => "RunDied"))
    })
  )
})
