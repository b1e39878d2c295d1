import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { WebHandler } from "./webHandler.ts"

/** A handler of the web's own `Request` as one of node:http. A client that goes away interrupts what was done for it. */
export const nodeListener =
  (handle: WebHandler): RequestListener =>
  (incoming, outgoing) => {
    void answer(handle, incoming, outgoing)
  }

const answer = async (handle: WebHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const abort = new AbortController()
  outgoing.once("close", () => abort.abort())
  try {
    const response = await handle(requestOf(incoming, abort.signal))
    // A body that was not read to its end would be taken for the next request.
    if (!incoming.complete) outgoing.setHeader("connection", "close")
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    if (response.body === null || incoming.method === "HEAD") outgoing.end()
    else await pipeline(Readable.fromWeb(response.body as import("node:stream/web").ReadableStream), outgoing)
  } catch {
    // The client has gone, or its request was none.
    if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy()
    else outgoing.writeHead(400, { connection: "close" }).end()
  }
}

const requestOf = (incoming: IncomingMessage, signal: AbortSignal): Request => {
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
