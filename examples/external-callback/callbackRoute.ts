import { Client } from "dynactor"
import { Effect, type Layer, ManagedRuntime } from "effect"
import { rendered } from "./renderVideo.ts"

/**
 * A handler of the web's own `Request` and `Response` for `POST /callbacks/<token>`, `/fail` and `/heartbeat` below it. On AWS the construct's
 * HTTP API has these routes; in a server of your own they are these lines.
 */
export const callbackRoute = (client: Layer.Layer<Client, unknown>) => {
  const runtime = ManagedRuntime.make(client)
  return {
    POST: (request: Request): Promise<Response> => runtime.runPromise(answer(request)),
    close: (): Promise<void> => runtime.dispose()
  }
}

const answer = Effect.fn(function* (request: Request) {
  const [, , token = "", what] = new URL(request.url).pathname.split("/")
  const body: any = yield* Effect.promise(() => request.json().catch(() => null))
  const client = yield* Client
  const options = { as: rendered, isJson: true }
  if (what === "heartbeat") yield* client.heartbeatCallback(token)
  else if (what === "fail") yield* client.failCallback(token, body?.error, options)
  else yield* client.completeCallback(token, body, options)
  return new Response(null, { status: 202 })
}, Effect.catch(refuse))

const statuses: Readonly<Record<string, number>> = {
  CallbackInvalid: 400,
  CallbackForged: 403,
  CallbackAltered: 403,
  CallbackUsed: 409,
  RunFinished: 409,
  CallbackExpired: 410,
  CallbackClosed: 410
}

function refuse({ _tag, message }: { readonly _tag: string; readonly message: string }) {
  const status = statuses[_tag]
  // What the store says is for the log.
  if (status === undefined) return Effect.as(Effect.logError(message), new Response("try again", { status: 503 }))
  return Effect.succeed(Response.json({ error: _tag, message }, { status }))
}
