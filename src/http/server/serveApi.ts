import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"
import { checkKeys } from "./apiKeys.ts"
import { answerUnread, nodeListener } from "./nodeListener.ts"
import { makeWebHandler, type WebHandlerOptions } from "./webHandler.ts"

export interface ServeApiOptions<E = never> extends WebHandlerOptions<E> {
  /** Default 3000; 0 is any that is free. */
  readonly port?: number
  /** The address to listen at. Default `127.0.0.1`; others need `authentication`. */
  readonly hostname?: string
}

/** The server cannot be as it was asked for: nothing listens. */
export class ApiNotServed extends LibraryError<ApiNotServed>()("ApiNotServed", { message: Schema.String }) {}

export interface ServedApi {
  /** Such as `http://127.0.0.1:3000`, and what stands before the paths of the API. */
  readonly url: string
  readonly port: number
}

/**
 * Serves the API on a port until the scope is closed: requests under way are answered then, for up to a second. It uses the store at hand
 * (`sqliteStore(...)`, `awsClientStore(...)`), as a client does; whether a host runs in the same process is of no matter.
 *
 * Without `authentication` it is for this machine alone: it listens at a loopback address, and answers to no other name.
 *
 * @example
 * const { url } = yield* serveApi({ workflows: [fulfilOrder], port: 3000 })
 */
export const serveApi = Effect.fnUntraced(function* <E = never>(options: ServeApiOptions<E>) {
  const { port = 3000, hostname = "127.0.0.1", authentication } = options
  if (authentication === undefined && !isLoopback(hostname))
    return yield* new ApiNotServed({
      message: `${hostname} can be reached from other machines, and without authentication anybody there could start, read and cancel runs: give authentication, or leave hostname out`
    })
  if (authentication !== undefined && "keys" in authentication && !Effect.isEffect(authentication.keys)) {
    const wrong = checkKeys(authentication.keys, options.tenants?.names ?? [""])
    if (wrong !== undefined) return yield* new ApiNotServed({ message: wrong })
  }
  const handle = yield* makeWebHandler(options)
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, nodeListener(handle))),
    closeServer
  )
  server.on("clientError", answerUnread)
  const address = yield* listen(server, port, hostname)
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address
  return { url: `http://${shown}:${address.port}${options.basePath ?? ""}`, port: address.port } satisfies ServedApi
})

/** A server that is up. */
export class ApiServer extends Context.Service<ApiServer, ServedApi>()("dynactor/http/ApiServer") {}

/**
 * The same as a layer: it serves as long as the layer is there.
 *
 * @example
 * const server = apiServerLayer({ workflows: [fulfilOrder] }).pipe(Layer.provide(sqliteStore({ filename: "runs.db" })))
 * await Effect.runPromise(Layer.launch(server))
 */
export const apiServerLayer = <E = never>(options: ServeApiOptions<E>) => Layer.effect(ApiServer, serveApi(options))

const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(hostname)

const listen = (server: Server, port: number, hostname: string): Effect.Effect<AddressInfo, ApiNotServed> =>
  Effect.callback((resume) => {
    const failed = ({ code, message }: NodeJS.ErrnoException) => {
      const why =
        code === "EADDRINUSE"
          ? "another process listens there: stop it, or give another port"
          : `the system says: ${message}`
      resume(Effect.fail(new ApiNotServed({ message: `cannot listen at ${hostname}, port ${port}: ${why}` })))
    }
    server.once("error", failed)
    server.listen(port, hostname, () => {
      server.off("error", failed)
      resume(Effect.succeed(server.address() as AddressInfo))
    })
  })

const mostClosingMs = 1_000

/** No new requests; those under way have some time, and streams and long polls end with it. */
const closeServer = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (!server.listening) return resume(Effect.void)
    const timer = setTimeout(() => server.closeAllConnections(), mostClosingMs)
    server.close(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
    server.closeIdleConnections()
  })
