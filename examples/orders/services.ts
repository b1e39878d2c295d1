import type { StepContext } from "dynactor"
import { Context, type Effect } from "effect"
import type {
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

// The world outside, as the steps see it. `simulation.ts` plays it in the demo; in a shop these are HTTP clients. Each call
// is told about its execution: the idempotency key in it is what makes a second try harmless.

export class Bank extends Context.Service<
  Bank,
  {
    /** One charge per idempotency key, however often it is asked for. */
    readonly charge: (order: Order, call: StepContext) => Effect.Effect<Receipt, CardDeclined>
    readonly refund: (receipt: Receipt, call: StepContext) => Effect.Effect<void>
  }
>()("orders/Bank") {}

export class Warehouse extends Context.Service<
  Warehouse,
  {
    readonly reserve: (order: Order, call: StepContext) => Effect.Effect<Reservation, OutOfStock>
    readonly release: (reservation: Reservation, call: StepContext) => Effect.Effect<void>
  }
>()("orders/Warehouse") {}

export class Carrier extends Context.Service<
  Carrier,
  {
    readonly findAddress: (address: typeof Address.Type, call: StepContext) => Effect.Effect<void, AddressUnknown>
    readonly book: (
      parcel: Parcel,
      call: StepContext
    ) => Effect.Effect<{ readonly trackingNumber: string }, CarrierBusy | Undeliverable>
  }
>()("orders/Carrier") {}

export class Mail extends Context.Service<
  Mail,
  { readonly send: (to: string, text: string, call: StepContext) => Effect.Effect<void> }
>()("orders/Mail") {}
