import { Client } from "dynactor"
import { Effect, type Layer, ManagedRuntime, Schema } from "effect"
import { Order } from "../orders/domain.ts"
import { fulfilOrder } from "../orders/fulfilOrder.ts"

/**
 * Two handlers of the web's own `Request` and `Response`, which Next.js, Hono, Deno, Bun and many others take as they are. The
 * client is made once, with the first request.
 */
export const orderRoutes = (client: Layer.Layer<Client, unknown>) => {
  const runtime = ManagedRuntime.make(client)
  return {
    /** Starts the run of an order. The same order again is the same run: browsers and people repeat themselves. */
    POST: (request: Request): Promise<Response> => runtime.runPromise(start(request)),
    /** `?id=<order>`: how far it is. */
    GET: (request: Request): Promise<Response> => runtime.runPromise(show(request)),
    close: (): Promise<void> => runtime.dispose()
  }
}

const start = Effect.fn(function* (request: Request) {
  const body = yield* Effect.promise(() => request.json().catch(() => undefined))
  const order = yield* Schema.decodeUnknownEffect(Order)(body)
  const client = yield* Client
  const { runId, isNew } = yield* client.start(fulfilOrder, { runId: order.id, input: order })
  // Accepted: from here on it takes place, whatever becomes of this process.
  return Response.json({ runId }, { status: isNew ? 202 : 200 })
}, Effect.catch(refuse))

const show = Effect.fn(function* (request: Request) {
  const client = yield* Client
  const run = yield* client.get(new URL(request.url).searchParams.get("id") ?? "")
  return Response.json({ runId: run.runId, status: run.status, waitingFor: run.waitingFor })
}, Effect.catch(refuse))

const statuses: Readonly<Record<string, number>> = {
  SchemaError: 400,
  InputInvalid: 400,
  RunIdInvalid: 400,
  RunNotFound: 404,
  RunConflict: 409
}

function refuse({ _tag, message }: { readonly _tag: string; readonly message: string }) {
  const status = statuses[_tag]
  // What the store says is for the log.
  if (status === undefined) {
    return Effect.as(Effect.logError(message), Response.json({ error: "try again" }, { status: 503 }))
  }
  return Effect.succeed(Response.json({ error: _tag, message }, { status }))
}
