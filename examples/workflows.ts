import * as orders from "./orders/workflows.ts"
import { callCustomer, rentBike, returnDeposit, returned, takeDeposit, unlockBike } from "./quickstart/rentBike.ts"

/** The examples in one deployment: the orders behind the web's handlers, and the bikes of the quick start. */
export const workflows = [...orders.workflows, rentBike]
export const signals = [...orders.signals, returned]
export const steps = [...orders.steps, takeDeposit, returnDeposit, unlockBike, callCustomer]
export const { layer } = orders
