import { Schema } from "effect"

export const Address = Schema.Struct({
  street: Schema.String,
  postcode: Schema.String,
  city: Schema.String,
  country: Schema.String
})

export const Line = Schema.Struct({ sku: Schema.String, quantity: Schema.Int, priceCents: Schema.Int })

export const Order = Schema.Struct({
  id: Schema.String,
  customer: Schema.Struct({ name: Schema.String, email: Schema.String }),
  card: Schema.Struct({ brand: Schema.String, last4: Schema.String }),
  shipTo: Address,
  lines: Schema.Array(Line)
})
export interface Order extends Schema.Schema.Type<typeof Order> {}

export const Receipt = Schema.Struct({ orderId: Schema.String, chargeId: Schema.String, cents: Schema.Int })
export interface Receipt extends Schema.Schema.Type<typeof Receipt> {}

export const Reservation = Schema.Struct({ orderId: Schema.String, units: Schema.Int, shelf: Schema.String })
export interface Reservation extends Schema.Schema.Type<typeof Reservation> {}

export const Parcel = Schema.Struct({ orderId: Schema.String, shelf: Schema.String, shipTo: Address })
export interface Parcel extends Schema.Schema.Type<typeof Parcel> {}

export const Shipment = Schema.Struct({ orderId: Schema.String, trackingNumber: Schema.String, paidCents: Schema.Int })
export interface Shipment extends Schema.Schema.Type<typeof Shipment> {}

export const Decision = Schema.Struct({ approved: Schema.Boolean, by: Schema.String })

/** What an order can fail with. Each error is data: it is stored, and typed again wherever it is read. */
export class AddressUnknown extends Schema.TaggedError<AddressUnknown>()("AddressUnknown", {
  message: Schema.String
}) {}

export class CardDeclined extends Schema.TaggedError<CardDeclined>()("CardDeclined", {
  message: Schema.String,
  reason: Schema.Literals(["generic", "insufficientFunds", "expired"])
}) {}

export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", {
  message: Schema.String,
  sku: Schema.String
}) {}

export class ApprovalDenied extends Schema.TaggedError<ApprovalDenied>()("ApprovalDenied", {
  message: Schema.String,
  by: Schema.String
}) {}

export class ApprovalTimedOut extends Schema.TaggedError<ApprovalTimedOut>()("ApprovalTimedOut", {
  message: Schema.String
}) {}

export class Undeliverable extends Schema.TaggedError<Undeliverable>()("Undeliverable", { message: Schema.String }) {}

/** The carrier has no time for us just now. Worth another try. */
export class CarrierBusy extends Schema.TaggedError<CarrierBusy>()("CarrierBusy", { message: Schema.String }) {}

export const OrderError = Schema.Union([
  AddressUnknown,
  CardDeclined,
  OutOfStock,
  ApprovalDenied,
  ApprovalTimedOut,
  Undeliverable,
  CarrierBusy
])

export const totalCents = (order: Order): number =>
  order.lines.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0)
