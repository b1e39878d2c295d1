import { readFileSync } from "node:fs"
import { Client, type RunFinished } from "dynactor"
import { Effect, Exit, Schedule, Schema } from "effect"
import { Order } from "./domain.ts"
import { approval, fulfilOrder, needsApproval } from "./fulfilOrder.ts"

/** What `orders.json` holds: an order, and what must become of it. */
export const OrderCase = Schema.Struct({
  expect: Schema.Literals([
    "fulfilled",
    "CardDeclined",
    "OutOfStock",
    "AddressUnknown",
    "Undeliverable",
    "ApprovalDenied",
    "ApprovalTimedOut",
    "cancelled"
  ]),
  order: Order
})
export interface OrderCase extends Schema.Schema.Type<typeof OrderCase> {}

export const readOrders = (): ReadonlyArray<OrderCase> =>
  Schema.decodeUnknownSync(Schema.Array(OrderCase))(
    JSON.parse(readFileSync(new URL("orders.json", import.meta.url), "utf8"))
  )

/** What the people around the shop see of it: orders that were placed, and the answer that each got. */
export class Tally {
  readonly placed = new Set<string>()
  readonly answers = new Map<string, Answer>()
}

export interface Answer {
  /** `fulfilled`, `cancelled`, `died`, or the tag of the order's error. */
  readonly name: string
  readonly detail: string
}

/** Customers place their orders one after another and wait for the answer; meanwhile a person sees to the large ones. */
export const servePeople = (cases: ReadonlyArray<OrderCase>, tally: Tally, arrivalMs: number) =>
  Effect.forEach(
    cases,
    (orderCase, index) => Effect.delay(serve(orderCase, tally, index), (index * arrivalMs) / cases.length),
    { concurrency: "unbounded", discard: true }
  )

const serve = Effect.fnUntraced(function* (orderCase: OrderCase, tally: Tally, index: number) {
  const client = yield* Client
  const { order } = orderCase
  // The order's id is the run's id: placing the order twice would start one run.
  yield* client.start(fulfilOrder, { runId: order.id, input: order })
  tally.placed.add(order.id)
  if (needsApproval(order)) yield* Effect.forkChild(decide(orderCase, index))
  const exit = yield* Effect.exit(client.wait(fulfilOrder, order.id))
  tally.answers.set(order.id, answerOf(exit))
})

/** A large order: someone approves it, denies it, does not get round to it, or the customer thinks better of it. */
const decide = Effect.fnUntraced(
  function* ({ expect, order }: OrderCase, index: number) {
    const client = yield* Client
    if (expect === "ApprovalTimedOut") return
    if (expect === "cancelled") {
      yield* untilItWaits(order.id)
      return yield* client.cancel(order.id, { reason: "the customer thought better of it" })
    }
    yield* Effect.sleep(400 + ((index * 137) % 1_100))
    const by = index % 2 === 0 ? "Grace" : "Edsger"
    // The id makes the signal idempotent: sent again, it would be the same one.
    yield* client.signal(order.id, approval, { approved: expect !== "ApprovalDenied", by }, { id: "decision" })
  },
  Effect.catchTag("RunFinished", (_: RunFinished) => Effect.void)
)

/** Until the run waits for nothing but time or a person. */
const untilItWaits = Effect.fnUntraced(function* (runId: string) {
  const client = yield* Client
  yield* Effect.repeat(client.get(runId), {
    schedule: Schedule.spaced("100 millis"),
    until: ({ waitingFor }) =>
      waitingFor.length > 0 && waitingFor.every(({ kind }) => kind === "timer" || kind === "signal")
  })
})

const answerOf = (exit: Exit.Exit<unknown, unknown>): Answer => {
  if (Exit.isSuccess(exit)) return { name: "fulfilled", detail: "" }
  const reason = exit.cause.reasons[0]
  const error =
    reason?._tag === "Fail" ? (reason.error as { readonly _tag: string; readonly message: string }) : undefined
  if (error === undefined) return { name: "died", detail: String(reason) }
  const name = error._tag === "RunCancelled" ? "cancelled" : error._tag === "RunDied" ? "died" : error._tag
  return { name, detail: error.message }
}
