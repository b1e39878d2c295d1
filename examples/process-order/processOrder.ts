import { compensateWith, defineState, defineStep, defineUpdate, defineWorkflow, updatesSettled } from "dynactor"
import { Effect, Schema } from "effect"

export const Address = Schema.Struct({ street: Schema.String, town: Schema.String })

export const Order = Schema.Struct({
  id: Schema.String,
  item: Schema.String,
  cents: Schema.Int,
  address: Address
})
export type Order = typeof Order.Type

export class CardDeclined extends Schema.TaggedError<CardDeclined>()("CardDeclined", { message: Schema.String }) {}
export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { item: Schema.String }) {}
export class AlreadyHandedOver extends Schema.TaggedError<AlreadyHandedOver>()("AlreadyHandedOver", {
  parcel: Schema.String
}) {}

const Part = Schema.Literals(["waiting", "done", "undone"])

/** What a shop shows to its customer while the order is under way. */
export const progress = defineState(
  "progress",
  Schema.Struct({ payment: Part, inventory: Part, shipping: Part, town: Schema.String })
)
type Progress = typeof progress extends { set: (value: infer A) => unknown } ? A : never

/** Until the carrier has the parcel. */
export const changeAddress = defineUpdate("changeAddress", {
  input: Address,
  output: Schema.Void,
  error: AlreadyHandedOver
})

export const takePayment = defineStep("takePayment", {
  input: Order,
  output: Schema.String,
  error: CardDeclined,
  retry: { nonRetryable: ["CardDeclined"] },
  run: ({ cents, id }) =>
    cents > 100_000
      ? Effect.fail(new CardDeclined({ message: `${cents} cents are too much` }))
      : Effect.succeed(`payment-${id}`)
})

export const refund = defineStep("refund", { input: Schema.String, output: Schema.Void, run: async () => {} })

export const reserve = defineStep("reserve", {
  input: Order,
  output: Schema.String,
  error: OutOfStock,
  retry: { nonRetryable: ["OutOfStock"] },
  run: ({ id, item }) =>
    item === "unicorn" ? Effect.fail(new OutOfStock({ item })) : Effect.succeed(`reservation-${id}`)
})

export const release = defineStep("release", { input: Schema.String, output: Schema.Void, run: async () => {} })

export const bookCarrier = defineStep("bookCarrier", {
  input: Schema.String,
  output: Schema.String,
  run: async (id) => `parcel-${id}`
})

export const cancelCarrier = defineStep("cancelCarrier", {
  input: Schema.String,
  output: Schema.Void,
  run: async () => {}
})

export const handOver = defineStep("handOver", {
  input: Schema.Struct({ parcel: Schema.String, address: Address }),
  output: Schema.Void,
  run: async () => {}
})

/**
 * Payment, inventory and carrier side by side; what one of them cannot have, the others give back. The parcel leaves half an hour after that, and
 * until then the customer may still say where to.
 */
export const processOrder = defineWorkflow("processOrder", {
  input: Order,
  output: Schema.Struct({ parcel: Schema.String, town: Schema.String }),
  error: Schema.Union([CardDeclined, OutOfStock]),
  run: Effect.fn(function* (order) {
    let { address } = order
    let handedOver: string | undefined
    let shown: Progress = { payment: "waiting", inventory: "waiting", shipping: "waiting", town: address.town }
    const show = (change: Partial<Progress>) =>
      Effect.suspend(() => {
        shown = { ...shown, ...change }
        return progress.set(shown)
      })

    yield* changeAddress.handle(
      (wanted) => {
        address = wanted
        return show({ town: wanted.town })
      },
      {
        validate: () =>
          handedOver === undefined ? Effect.void : Effect.fail(new AlreadyHandedOver({ parcel: handedOver }))
      }
    )
    yield* show({})

    const payment = takePayment(order).pipe(
      compensateWith((receipt) => Effect.andThen(refund(receipt), show({ payment: "undone" }))),
      Effect.tap(() => show({ payment: "done" }))
    )
    const inventory = reserve(order).pipe(
      compensateWith((reservation) => Effect.andThen(release(reservation), show({ inventory: "undone" }))),
      Effect.tap(() => show({ inventory: "done" }))
    )
    const shipping = bookCarrier(order.id).pipe(
      compensateWith((parcel) => Effect.andThen(cancelCarrier(parcel), show({ shipping: "undone" })))
    )
    const [, , parcel] = yield* Effect.all([payment, inventory, shipping], { concurrency: "unbounded" })

    yield* Effect.sleep("30 minutes")
    yield* updatesSettled
    handedOver = parcel
    yield* handOver({ parcel, address })
    yield* show({ shipping: "done" })
    return { parcel, town: address.town }
  })
})
