import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import type { AnyStep, AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import {
  type ChildFailed,
  type ChildHandle,
  compensateWith,
  defineWorkflow,
  Run,
  type RunCancelled,
  type RunDied,
  type RunNotFound,
  type RunOfOtherWorkflow,
  type RunTerminated,
  randomUuid,
  type Workflow
} from "../../src/index.ts"
import {
  approved,
  CardDeclined,
  charge,
  fulfil,
  notify,
  Order,
  OutOfStock,
  Payments,
  Receipt,
  refund
} from "./definitions.ts"

describe("the body of a workflow", () => {
  it("is told its input by the definition", () => {
    defineWorkflow("a", {
      input: Order,
      output: Schema.String,
      run: (order) => {
        expectTypeOf(order).toEqualTypeOf<Order>()
        return Effect.succeed(order.id)
      }
    })
  })

  it("is told its input by the definition also in a generator", () => {
    defineWorkflow("a", {
      input: Order,
      output: Receipt,
      error: CardDeclined,
      run: Effect.fn(function* (order) {
        expectTypeOf(order).toEqualTypeOf<Order>()
        const receipt = yield* charge(order)
        expectTypeOf(receipt).toEqualTypeOf<Receipt>()
        yield* Effect.sleep("1 second")
        const { by } = yield* approved.receive
        expectTypeOf(by).toEqualTypeOf<string>()
        const { runId } = yield* Run
        expectTypeOf(runId).toEqualTypeOf<string>()
        expectTypeOf(yield* randomUuid).toEqualTypeOf<string>()
        return receipt
      })
    })
  })

  it("gives the declared output only", () => {
    defineWorkflow("a", {
      input: Order,
      output: Receipt,
      // @ts-expect-error another output
      run: () => Effect.succeed({ receipt: 1 })
    })
    defineWorkflow("a", {
      input: Order,
      output: Receipt,
      // @ts-expect-error another output, from a generator
      run: Effect.fn(function* () {
        return { receipt: 1 }
      })
    })
  })

  it("handles or declares every typed error", () => {
    defineWorkflow("a", {
      input: Order,
      output: Receipt,
      // @ts-expect-error CardDeclined is neither handled nor declared
      run: (order) => charge(order)
    })
    defineWorkflow("a", {
      input: Order,
      output: Receipt,
      error: OutOfStock,
      // @ts-expect-error CardDeclined is not OutOfStock
      run: Effect.fn(function* (order: Order) {
        return yield* charge(order)
      })
    })
    defineWorkflow("a", {
      input: Order,
      output: Receipt,
      run: (order) => Effect.catchTag(charge(order), "CardDeclined", () => Effect.succeed({ receipt: "none" }))
    })
  })

  it("is an Effect, no promise", () => {
    defineWorkflow("a", {
      input: Order,
      output: Schema.String,
      // @ts-expect-error async code belongs in a step
      run: async (order) => order.id
    })
  })

  it("has the run and its scope, and no other service: those are for steps", () => {
    defineWorkflow("a", {
      input: Order,
      output: Schema.Null,
      run: () =>
        Effect.as(
          Effect.addFinalizer(() => Effect.ignore(notify("over"))),
          null
        )
    })
    defineWorkflow("a", {
      input: Order,
      output: Schema.String,
      // @ts-expect-error Payments is a service of a step
      run: (order) => Effect.flatMap(Payments, (payments) => payments.charge(order.cents))
    })
  })
})

describe("a workflow", () => {
  it("shows its types", () => {
    expectTypeOf(fulfil).toEqualTypeOf<Workflow<"fulfil", Order, Receipt, CardDeclined>>()
  })

  it("as a child gives its output and errors", () => {
    expectTypeOf(fulfil.child({ id: "1", cents: 2 })).toEqualTypeOf<Effect.Effect<Receipt, CardDeclined, Run>>()
    expectTypeOf(fulfil.childOrFail({ id: "1", cents: 2 }, { key: "x" })).toEqualTypeOf<
      Effect.Effect<Receipt, CardDeclined | ChildFailed, Run>
    >()
    // @ts-expect-error another input
    fulfil.child({ id: "1" })
    // @ts-expect-error a child belongs in a run
    Effect.runSync(fulfil.child({ id: "1", cents: 2 }))
  })

  it("goes with others into one registry, whatever its types", () => {
    const never = defineWorkflow("a", { input: Schema.Null, output: Schema.Number, run: () => Effect.succeed(1) })
    expectTypeOf<[typeof fulfil, typeof never]>().toExtend<ReadonlyArray<AnyWorkflow>>()
    expectTypeOf<[typeof charge, typeof notify]>().toExtend<ReadonlyArray<AnyStep>>()
  })
})

describe("a run beside the body", () => {
  const order: Order = { id: "1", cents: 2 }
  type Declared = Effect.Error<ReturnType<typeof fulfil.child>>

  it("is started without an error, and waited for with its own", () => {
    const started = fulfil.start(order, { whenParentEnds: "wait" })
    expectTypeOf(started).toExtend<Effect.Effect<ChildHandle<any, any>, never, Run>>()
    type Handle = Effect.Success<typeof started>
    expectTypeOf<Effect.Error<Handle["await"]>>().toEqualTypeOf<Declared>()
    expectTypeOf<Effect.Error<Handle["awaitOrFail"]>>().toEqualTypeOf<Declared | ChildFailed>()
    // @ts-expect-error there is no such policy
    fulfil.start(order, { whenParentEnds: "forget" })
  })

  it("that somebody else has started is waited for with the errors of the client", () => {
    expectTypeOf<Effect.Error<ReturnType<typeof fulfil.await>>>().toEqualTypeOf<
      Declared | RunNotFound | RunOfOtherWorkflow | RunDied | RunCancelled | RunTerminated
    >()
  })

  it("is sent what its signals carry", () => {
    expectTypeOf(approved.send("run", { by: "Ada" })).toEqualTypeOf<Effect.Effect<void, never, Run>>()
    // @ts-expect-error it carries who has approved
    approved.send("run", { by: 1 })
  })
})

describe("a compensation", () => {
  const order: Order = { id: "1", cents: 2 }

  it("is given the value to undo, and leaves the effect's types as they are", () => {
    const undone = charge(order).pipe(
      compensateWith((receipt) => {
        expectTypeOf(receipt).toEqualTypeOf<Receipt>()
        return Effect.ignore(refund(receipt))
      })
    )
    expectTypeOf(undone).toEqualTypeOf<Effect.Effect<Receipt, CardDeclined, Run>>()
  })

  it("handles its own errors", () => {
    charge(order).pipe(
      // @ts-expect-error OutOfStock is not handled
      compensateWith((receipt) => refund(receipt))
    )
    charge(order).pipe(compensateWith((receipt) => Effect.orDie(refund(receipt))))
  })

  it("brings the services that it needs", () => {
    class Other extends Context.Service<Other, { readonly _: string }>()("Other") {}
    const undone = notify("x").pipe(compensateWith(() => Effect.asVoid(Other)))
    expectTypeOf(undone).toEqualTypeOf<Effect.Effect<null, never, Run | Other>>()
  })
})

describe("a signal", () => {
  it("gives its payload, and belongs in a run", () => {
    expectTypeOf(approved.receive).toEqualTypeOf<Effect.Effect<{ readonly by: string }, never, Run>>()
    // @ts-expect-error a signal is received in a run
    Effect.runSync(approved.receive)
  })
})
