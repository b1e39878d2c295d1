import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { bookTrip } from "./bookTrip.ts"
import { type Bank, charge, chargeOrder } from "./chargeOrder.ts"
import { dispatchParcel } from "./dispatchParcel.ts"

/** How each broken example is checked. */
export const checks = {
  dispatchParcel: () => checkWorkflow(dispatchParcel),
  chargeOrder: () =>
    checkWorkflow(chargeOrder, { world: (): Bank => ({ charges: [] }), steps: { chargeCard: charge } }),
  bookTrip: () =>
    checkWorkflow(bookTrip, {
      compensations: { bookFlight: "cancelFlight", bookHotel: "cancelHotel", bookCar: "cancelCar" }
    })
} as const

export type Example = keyof typeof checks

export const failureOf = async (example: Example): Promise<WorkflowCheckFailed> => {
  try {
    await checks[example]()
  } catch (error) {
    if (error instanceof WorkflowCheckFailed) return error
    throw error
  }
  throw new Error(`nothing was found in ${example}`)
}
