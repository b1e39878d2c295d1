import { hostLayer } from "dynactor/host"
import { apiServerLayer, hashApiKey } from "dynactor/http"
import { sqliteStore } from "dynactor/sqlite"
import { Config, Effect, Layer, Redacted } from "effect"
import { fulfilOrder } from "../orders/fulfilOrder.ts"
import { Ledger } from "../orders/ledger.ts"
import { simulation } from "../orders/simulation.ts"
import { steps } from "../orders/steps.ts"

/** Whoever has the one may do everything, whoever has the other may look. In production the hashes alone would be here. */
const keys = Effect.gen(function* () {
  const [operator, viewer] = yield* Config.all([Config.Redacted("OPERATOR_KEY"), Config.Redacted("VIEWER_KEY")])
  return [
    { name: "operator", hash: hashApiKey(Redacted.value(operator)) },
    { name: "viewer", hash: hashApiKey(Redacted.value(viewer)), readsOnly: true }
  ]
})

/** The HTTP API of the orders, with a worker beside it. With keys it may be reached from other machines. */
export const ordersApi = (options: {
  readonly port: number
  readonly hostname?: string
  readonly filename: string
}) => {
  const { filename, ...address } = options
  const host = hostLayer({ workflows: [fulfilOrder], steps }).pipe(
    Layer.provide(simulation),
    Layer.provide(Ledger.output)
  )
  const server = Layer.unwrap(
    Effect.map(keys, (known) =>
      apiServerLayer({ workflows: [fulfilOrder], authentication: { keys: known }, ...address })
    )
  )
  return Layer.merge(server, host).pipe(Layer.provide(sqliteStore({ filename })))
}
