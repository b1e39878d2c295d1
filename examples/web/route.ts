import { clientLayer } from "dynactor"
import { awsClientStore } from "dynactor/aws"
import { Effect, Layer } from "effect"
import { orderRoutes } from "./orderRoutes.ts"

// `app/api/orders/route.ts` of a Next.js application, word for word. The variables are those of `workflows.clientEnvironment`, the
// rights those of `workflows.grants.start(role)` and `workflows.grants.read(role)`.

const store = Layer.unwrap(
  Effect.sync(() => {
    const { DYNACTOR_TABLE: tableName = "", DYNACTOR_BUCKET: bucketName = "" } = process.env
    return awsClientStore({ tableName, bucketName })
  })
)

export const { GET, POST } = orderRoutes(clientLayer.pipe(Layer.provide(store)))
