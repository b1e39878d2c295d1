import { defineStep } from "dynactor"
import { Schema } from "effect"
import {
  Address,
  AddressUnknown,
  CardDeclined,
  CarrierBusy,
  Order,
  OutOfStock,
  Parcel,
  Receipt,
  Reservation,
  Undeliverable
} from "./domain.ts"
import { Bank, Carrier, Mail, Warehouse } from "./services.ts"

/** Inline: quick and harmless to repeat, so it runs inside the turn and needs no trip through the queue. */
export const checkAddress = defineStep("checkAddress", {
  input: Address,
  output: Schema.Void,
  error: AddressUnknown,
  retry: { nonRetryable: ["AddressUnknown"] },
  inline: true,
  run: (address, call) => Carrier.use((carrier) => carrier.findAddress(address, call))
})

export const chargeCard = defineStep("chargeCard", {
  input: Order,
  output: Receipt,
  error: CardDeclined,
  retry: { attempts: 5, initial: "1 second", nonRetryable: ["CardDeclined"] },
  timeout: "10 seconds",
  run: (order, call) => Bank.use((bank) => bank.charge(order, call))
})

export const refundCard = defineStep("refundCard", {
  input: Receipt,
  output: Schema.Void,
  retry: { attempts: 20, initial: "1 second", max: "10 minutes" },
  run: (receipt, call) => Bank.use((bank) => bank.refund(receipt, call))
})

export const reserveStock = defineStep("reserveStock", {
  input: Order,
  output: Reservation,
  error: OutOfStock,
  retry: { nonRetryable: ["OutOfStock"] },
  run: (order, call) => Warehouse.use((warehouse) => warehouse.reserve(order, call))
})

export const releaseStock = defineStep("releaseStock", {
  input: Reservation,
  output: Schema.Void,
  retry: { attempts: 20, initial: "1 second", max: "10 minutes" },
  run: (reservation, call) => Warehouse.use((warehouse) => warehouse.release(reservation, call))
})

/** The carrier is often busy: try again soon, then less and less soon. What it will not deliver, it will not deliver later. */
export const bookCarrier = defineStep("bookCarrier", {
  input: Parcel,
  output: Schema.Struct({ trackingNumber: Schema.String }),
  error: Schema.Union([CarrierBusy, Undeliverable]),
  retry: { attempts: 6, initial: "100 millis", factor: 2, max: "1 second", nonRetryable: ["Undeliverable"] },
  run: (parcel, call) => Carrier.use((carrier) => carrier.book(parcel, call))
})

export const sendConfirmation = defineStep("sendConfirmation", {
  input: Order,
  output: Schema.Void,
  run: (order, call) => Mail.use((mail) => mail.send(order.customer.email, `We have your order ${order.id}.`, call))
})

export const sendTracking = defineStep("sendTracking", {
  input: Schema.Struct({ order: Order, trackingNumber: Schema.String }),
  output: Schema.Void,
  run: ({ order, trackingNumber }, call) =>
    Mail.use((mail) => mail.send(order.customer.email, `Order ${order.id} is on its way: ${trackingNumber}.`, call))
})

export const steps = [
  checkAddress,
  chargeCard,
  refundCard,
  reserveStock,
  releaseStock,
  bookCarrier,
  sendConfirmation,
  sendTracking
] as const
