// The second example of the README, as it stands there (a test compares them).
import { Client, clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Effect, Layer } from "effect"
import { approved, chargeCard, fulfilOrder, notify, refund, reserve, ship } from "./fulfilOrder.ts"

const order = { id: "order-1", cents: 1_000 }

const app = clientLayer.pipe(
  Layer.provideMerge(hostLayer({ workflows: [fulfilOrder], steps: [chargeCard, refund, reserve, notify, ship] })),
  Layer.provideMerge(sqliteStore({ filename: "runs.db" }))           // or awsStore({ tableName, ... }) from "dynactor/aws"
)

const program = Effect.gen(function* () {
  const client = yield* Client
  yield* client.start(fulfilOrder, { runId: order.id, input: order }) // idempotent by run id
  yield* client.signal(order.id, approved, { by: "Ada" })
  return yield* client.wait(fulfilOrder, order.id)                    // typed output, typed errors
})

await Effect.runPromise(program.pipe(Effect.provide(app)))
