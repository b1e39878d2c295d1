/** `node --conditions=source examples/web/serveApi.ts`: the HTTP API of the orders on this machine, with two keys of its own. */

import { ApiServer, newApiKey } from "dynactor/http"
import { ConfigProvider, Console, Effect, Layer } from "effect"
import { ordersApi } from "./ordersApi.ts"

const [operator, viewer] = [newApiKey(), newApiKey()]

const told = Layer.effectDiscard(
  Effect.flatMap(ApiServer, ({ url }) =>
    Console.log(
      `curl -H 'authorization: Bearer ${operator.key}' ${url}/runs\nThe key of who may only look: ${viewer.key}`
    )
  )
)

const port = Number(process.env.PORT ?? 3000)
const settings = ConfigProvider.fromUnknown({ OPERATOR_KEY: operator.key, VIEWER_KEY: viewer.key })

Effect.runFork(
  Layer.launch(Layer.provide(told, ordersApi({ port, filename: ":memory:" }))).pipe(
    Effect.provide(ConfigProvider.layer(settings))
  )
)
