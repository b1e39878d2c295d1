// The first example of the README, as it stands there (a test compares them), with what it leaves to the reader.
import { compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

const Order = Schema.Struct({ id: Schema.String, cents: Schema.Int })
type Order = typeof Order.Type
const Receipt = Schema.Struct({ receiptId: Schema.String })
type Receipt = typeof Receipt.Type
const Parcel = Schema.Struct({ parcelId: Schema.String })
const Shipment = Schema.Struct({ trackingId: Schema.String })
class CardDeclined extends Schema.TaggedError<CardDeclined>()("CardDeclined", { message: Schema.String }) {}
class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { message: Schema.String }) {}

const payments = {
  charge: async (order: Order, idempotencyKey: string): Promise<Receipt> => ({ receiptId: `${order.id}/${idempotencyKey}` })
}
export const refund = defineStep("refund", { input: Receipt, output: Schema.Void, run: async () => {} })
export const reserve = defineStep("reserve", {
  input: Order,
  output: Parcel,
  error: OutOfStock,
  run: async (order) => ({ parcelId: order.id })
})
export const notify = defineStep("notify", { input: Order, output: Schema.Void, run: async () => {} })
export const ship = defineStep("ship", {
  input: Parcel,
  output: Shipment,
  run: async (parcel) => ({ trackingId: parcel.parcelId })
})

const chargeCard = defineStep("chargeCard", {
  input: Order, output: Receipt, error: CardDeclined,
  retry: { attempts: 5, initial: "1 second", nonRetryable: ["CardDeclined"] },
  timeout: "30 seconds",
  run: (order, { idempotencyKey }) => payments.charge(order, idempotencyKey) // an Effect, or an async function
})

const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))

export const fulfilOrder = defineWorkflow("fulfilOrder", {
  input: Order, output: Shipment, error: Schema.Union([CardDeclined, OutOfStock]),
  run: Effect.fn(function* (order: Order) {
    yield* chargeCard(order).pipe(compensateWith(refund))            // undone if the run fails or is cancelled later
    const [parcel] = yield* Effect.all([reserve(order), notify(order)], { concurrency: "unbounded" })
    yield* approved.receive.pipe(Effect.timeoutOption("3 days"))     // durable
    yield* Effect.sleep("7 days")                                    // durable
    return yield* ship(parcel)
  })
})

export { approved, chargeCard, Order }
