import { Layer } from "effect"
import { approval, fulfilOrder } from "./fulfilOrder.ts"
import { Ledger } from "./ledger.ts"
import { simulation } from "./simulation.ts"
import { steps } from "./steps.ts"

// What a deployment is made of: `new Dynactor(this, "Orders", { entry: "examples/orders/workflows.ts" })`.

export const workflows = [fulfilOrder]

export const signals = [approval]

export { steps }

const { ORDERS_LEDGER } = process.env

/** In a shop: HTTP clients of the bank, the warehouse and the carrier. */
export const layer = simulation.pipe(
  Layer.provide(ORDERS_LEDGER === undefined ? Ledger.output : Ledger.file(ORDERS_LEDGER))
)
