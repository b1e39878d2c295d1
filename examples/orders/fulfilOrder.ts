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

/** Days in a real shop; the run would not notice. */
export const times = { approval: "4 seconds", coolingOff: "1 second" } as const

export const needsApproval = (order: Order): boolean => totalCents(order) >= 50_000

export const fulfilOrder = defineWorkflow("fulfilOrder", {
  input: Order,
  output: Shipment,
  error: OrderError,
  run: Effect.fn(function* (order: Order) {
    yield* checkAddress(order.shipTo)

    // Should the order fail or be cancelled later, the card is refunded. Uninterruptible: whenever a cancellation comes, the
    // run first learns whether there is something to refund.
    const receipt = yield* chargeCard(order).pipe(
      Effect.uninterruptible,
      compensateWith((receipt) => refundCard(receipt))
    )

    const [reservation] = yield* Effect.all(
      [reserveStock(order).pipe(compensateWith((reservation) => releaseStock(reservation))), sendConfirmation(order)],
      { concurrency: "unbounded" }
    ).pipe(Effect.uninterruptible)

    if (needsApproval(order)) yield* waitForApproval

    // Until then, the customer may cancel. Durable: it costs nothing while it lasts, and no process has to live that long.
    yield* Effect.sleep(times.coolingOff)

    const { shelf } = reservation
    const { trackingNumber } = yield* bookCarrier({ orderId: order.id, shelf, shipTo: order.shipTo })
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
