import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import { defineStep, RetryAfter, type Run, type Step, type StepContext, type StepFailed } from "../../src/index.ts"
import { CardDeclined, charge, notify, Order, OutOfStock, type Payments, Receipt } from "./definitions.ts"

describe("a call of a step", () => {
  it("gives its output and its declared errors, and belongs in a run", () => {
    expectTypeOf(charge({ id: "1", cents: 2 })).toEqualTypeOf<Effect.Effect<Receipt, CardDeclined, Run>>()
    expectTypeOf(notify("x")).toEqualTypeOf<Effect.Effect<null, never, Run>>()
  })

  it("by orFail has failures of the runtime among its errors", () => {
    expectTypeOf(charge.orFail({ id: "1", cents: 2 })).toEqualTypeOf<
      Effect.Effect<Receipt, CardDeclined | StepFailed, Run>
    >()
  })

  it("takes the declared input only", () => {
    // @ts-expect-error a field of another type
    charge({ id: 1, cents: 2 })
    // @ts-expect-error a field missing
    charge({ id: "1" })
    // @ts-expect-error no input
    charge()
    // @ts-expect-error a key is text
    charge({ id: "1", cents: 2 }, { key: 1 })
  })

  it("does not run outside of a workflow", () => {
    // @ts-expect-error the run is missing
    Effect.runSync(notify("x"))
    // @ts-expect-error the run is missing
    Effect.runPromise(charge({ id: "1", cents: 2 }))
  })
})

describe("the code of a step", () => {
  it("is told its input and its context by the definition", () => {
    defineStep("a", {
      input: Order,
      output: Schema.Null,
      run: (order, context) => {
        expectTypeOf(order).toEqualTypeOf<Order>()
        expectTypeOf(context).toEqualTypeOf<StepContext>()
        return Effect.succeed(null)
      }
    })
  })

  it("shows the services that it needs in the step's type", () => {
    expectTypeOf(charge).toEqualTypeOf<Step<"charge", Order, Receipt, CardDeclined, Payments>>()
    expectTypeOf(notify).toEqualTypeOf<Step<"notify", string, null, never, never>>()
  })

  it("may be an async function", () => {
    defineStep("a", { input: Order, output: Receipt, run: async (order) => ({ receipt: order.id }) })
    defineStep("a", {
      input: Order,
      output: Receipt,
      // @ts-expect-error another output
      run: async (order) => ({ receipt: order.cents })
    })
  })

  it("may fail with declared errors only", () => {
    defineStep("a", {
      input: Order,
      output: Receipt,
      error: CardDeclined,
      // @ts-expect-error OutOfStock is not declared
      run: () => Effect.fail(new OutOfStock())
    })
    defineStep("a", {
      input: Order,
      output: Receipt,
      // @ts-expect-error no error is declared
      run: () => Effect.fail(new CardDeclined({ code: 1 }))
    })
    defineStep("a", {
      input: Order,
      output: Receipt,
      error: Schema.Union([CardDeclined, OutOfStock]),
      run: () => Effect.fail(new OutOfStock())
    })
  })

  it("gives the declared output only", () => {
    defineStep("a", {
      input: Order,
      output: Receipt,
      // @ts-expect-error another output
      run: () => Effect.succeed({ receipt: 1 })
    })
  })

  it("stores only what needs no service to be read", () => {
    interface Needs {
      readonly _: unique symbol
    }
    const needy = Schema.String as unknown as Schema.Codec<string, string, Needs, never>
    // @ts-expect-error a schema that needs services cannot be an input
    defineStep("a", { input: needy, output: Receipt, run: () => Effect.succeed({ receipt: "1" }) })
  })
})

describe("what is tried again", () => {
  const code = { input: Order, output: Receipt, error: Schema.Union([CardDeclined, OutOfStock]) }
  const run = () => Effect.succeed({ receipt: "1" })

  it("is named by the errors that the step declares, those of the language, and reasons", () => {
    defineStep("a", { ...code, run, retry: { retryable: ["OutOfStock"], nonRetryable: ["CardDeclined"] } })
    defineStep("a", {
      ...code,
      run,
      retry: { nonRetryable: ["TypeError", "defect", "timeout", "heartbeat", "interrupted"] }
    })
    // @ts-expect-error a slip of the pen
    defineStep("a", { ...code, run, retry: { nonRetryable: ["CardDeclind"] } })
    // @ts-expect-error the same where it is allowed
    defineStep("a", { ...code, run, retry: { retryable: ["OutOfStok"] } })
    // @ts-expect-error this step declares another
    defineStep("a", { ...code, error: OutOfStock, run, retry: { nonRetryable: ["CardDeclined"] } })
    // @ts-expect-error this step declares none
    defineStep("a", { input: Order, output: Receipt, run, retry: { nonRetryable: ["CardDeclined"] } })
  })

  it("may be told by a predicate", () => {
    defineStep("a", { ...code, run, retry: { retryable: (error) => error instanceof TypeError } })
    // @ts-expect-error a predicate answers yes or no
    defineStep("a", { ...code, run, retry: { retryable: () => "yes" } })
  })

  it("may be told by an error that says when, declared or not", () => {
    const later = defineStep("a", {
      ...code,
      error: OutOfStock,
      run: () => Effect.fail(new RetryAfter({ after: "1 minute" }))
    })
    expectTypeOf(later).toEqualTypeOf<Step<"a", Order, Receipt, OutOfStock, never>>()
    defineStep("a", { input: Order, output: Receipt, run: () => new RetryAfter({ after: new Date() }) })
    // @ts-expect-error no time
    new RetryAfter({})
  })
})

describe("heartbeats", () => {
  const code = { input: Order, output: Schema.Null, heartbeat: "30 seconds" } as const

  it("carry details of the step's schema, which the next execution is told", () => {
    defineStep("a", {
      ...code,
      details: Schema.Struct({ done: Schema.Int }),
      run: (_, { heartbeat, lastDetails }) => {
        expectTypeOf(lastDetails).toEqualTypeOf<{ readonly done: number } | undefined>()
        expectTypeOf(heartbeat({ done: 1 })).toEqualTypeOf<Effect.Effect<void>>()
        heartbeat()
        // @ts-expect-error of another type
        heartbeat({ done: "1" })
        return Effect.succeed(null)
      }
    })
  })

  it("carry none without a schema", () => {
    defineStep("a", {
      ...code,
      run: (_, context) => {
        expectTypeOf(context).toEqualTypeOf<StepContext>()
        context.heartbeat()
        // @ts-expect-error there is no schema
        context.heartbeat(1)
        return Effect.succeed(null)
      }
    })
  })
})
