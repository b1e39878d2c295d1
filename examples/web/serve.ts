/** `node --conditions=source examples/web/serve.ts`: the routes on this machine, with a worker beside them, in memory. */

import { createServer } from "node:http"
import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { nodeListener } from "dynactor/http"
import { sqliteStore } from "dynactor/sqlite"
import { Layer } from "effect"
import { fulfilOrder } from "../orders/fulfilOrder.ts"
import { Ledger } from "../orders/ledger.ts"
import { simulation } from "../orders/simulation.ts"
import { steps } from "../orders/steps.ts"
import { orderRoutes } from "./orderRoutes.ts"

const host = hostLayer({ workflows: [fulfilOrder], steps }).pipe(
  Layer.provide(simulation),
  Layer.provide(Ledger.output)
)

const { GET, POST } = orderRoutes(
  Layer.merge(clientLayer, host).pipe(Layer.provide(sqliteStore({ filename: ":memory:" })))
)

const port = Number(process.env.PORT ?? 3000)

const server = createServer(nodeListener((request) => (request.method === "POST" ? POST(request) : GET(request))))

server.listen(port, () => console.log(`POST or GET http://localhost:${port}/api/orders`))
