import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { type Duplex, Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { errorPage } from "../../actor/errorPages.ts"
import { whenBroken } from "../operations/refusals.ts"
import { apiError } from "./apiErrors.ts"
import { refusal, type WebHandler } from "./webHandler.ts"

/** A handler of the web's own `Request` as one of node:http. A client that goes away interrupts what was done for it. */
export const nodeListener =
  (handle: WebHandler): RequestListener =>
  (incoming, outgoing) => {
    void answer(handle, incoming, outgoing)
  }

const answer = async (handle: WebHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const abort = new AbortController()
  outgoing.once("close", () => abort.abort())
  const request = requestOf(incoming, abort.signal)
  try {
    const response = request === undefined ? refusal(apiError("BadRequest", notRead(incoming))) : await handle(request)
    // A body that was not read to its end would be taken for the next request.
    if (!incoming.complete) outgoing.setHeader("connection", "close")
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    if (response.body === null || incoming.method === "HEAD") outgoing.end()
    else await pipeline(Readable.fromWeb(response.body as import("node:stream/web").ReadableStream), outgoing)
  } catch (error) {
    // The client has gone, or what was asked beside the API has failed.
    if (outgoing.headersSent || outgoing.destroyed) return void outgoing.destroy()
    await Effect.runPromise(Effect.logError("a request failed", Cause.die(error)))
    const { status, headers, body } = refusal(apiError("InternalError", whenBroken))
    outgoing.writeHead(status, { ...Object.fromEntries(headers), connection: "close" })
    await pipeline(Readable.fromWeb(body as import("node:stream/web").ReadableStream), outgoing).catch(() => {})
  }
}

/** Of `clientError`: what is no HTTP, has too long a head, or comes too slowly, which no handler sees. */
export const answerUnread = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy()
  const [status, why] = unreadFor[error.code ?? ""] ?? ["400 Bad Request", "it is no HTTP/1.1"]
  const { _tag, message } = apiError("BadRequest", `the request cannot be read: ${why}`)
  const body = JSON.stringify({ error: _tag, message, help: errorPage(_tag) })
  const head = `connection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`)
}

const unreadFor: Readonly<Record<string, readonly [status: string, why: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "it did not come whole in time"],
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "its path and headers are longer than 16 KiB"]
}

const notRead = ({ headers: { host }, method }: IncomingMessage): string =>
  `the request cannot be read: look at its method, ${method}, and at the name that it asks for, ${JSON.stringify(host ?? "")}`

/** Undefined: a method that the web has not, or a host that is none. */
const requestOf = (incoming: IncomingMessage, signal: AbortSignal): Request | undefined => {
  try {
    return readRequest(incoming, signal)
  } catch {
    return undefined
  }
}

const readRequest = (incoming: IncomingMessage, signal: AbortSignal): Request => {
  const { method = "GET", url = "/", headers } = incoming
  const hasBody = method !== "GET" && method !== "HEAD"
  const target = url.startsWith("/") ? url : "/"
  return new Request(new URL(`http://${headers.host ?? "localhost"}${target}`), {
    method,
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value])
    ),
    signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" } : {})
  })
}
