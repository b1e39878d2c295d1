import { compensateWith, defineSignal, defineWorkflow } from "dynactor"
import { Effect } from "effect"
import { ApprovalDenied, ApprovalTimedOut, Decision, Order, OrderError, Shipment, totalCents } from "./domain.ts"
import {
  bookCarrier,
  chargeCard,
  checkAddress,
  refundCard,
  releaseStock,
  reserveStock,
  sendConfirmation,
  sendTracking
} from "./steps.ts"

/** A person decides about large orders, and tells the run. */
export const approval = defineSignal("approval", Decision)

/** Days in a real shop: the runs would not notice. */
export const times = { approval: "4 seconds", coolingOff: "1 second" } as const

export const needsApproval = (order: Order): boolean => totalCents(order) >= 50_000

/**
 * From an order to a parcel on its way. Plain Effect code; that each line happens once, whatever happens to the process that
 * runs it, is the runtime's affair.
 */
export const fulfilOrder = defineWorkflow("fulfilOrder", {
  input: Order,
  output: Shipment,
  error: OrderError,
  run: Effect.fn(function* (order: Order) {
    yield* checkAddress(order.shipTo)

    // If the order fails or is cancelled later, the card is refunded. Should the cancellation come now, the run first learns
    // whether there is something to refund.
    const receipt = yield* chargeCard(order).pipe(compensateWith(refundCard))

    // Side by side, and not to be cut off half-way.
    const [reservation] = yield* Effect.all(
      [reserveStock(order).pipe(compensateWith(releaseStock)), sendConfirmation(order)],
      { concurrency: "unbounded" }
    ).pipe(Effect.uninterruptible)

    if (needsApproval(order)) yield* waitForApproval

    // So long, the customer may still cancel. No process has to live until then, and none is kept busy.
    yield* Effect.sleep(times.coolingOff)

    const { trackingNumber } = yield* bookCarrier({
      orderId: order.id,
      shelf: reservation.shelf,
      shipTo: order.shipTo
    })
    yield* sendTracking({ order, trackingNumber })
    return { orderId: order.id, trackingNumber, paidCents: receipt.cents }
  })
})

const waitForApproval = approval.receive.pipe(
  Effect.timeoutOrElse({
    duration: times.approval,
    orElse: () => Effect.fail(new ApprovalTimedOut({ message: `nobody decided within ${times.approval}` }))
  }),
  Effect.flatMap(({ approved, by }) =>
    approved ? Effect.void : Effect.fail(new ApprovalDenied({ message: `${by} said no`, by }))
  )
)
