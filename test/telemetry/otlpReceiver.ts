import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"

/** What an OpenTelemetry collector would be sent, as JSON, by the path that it was sent to. */
export const otlpReceiver = Effect.acquireRelease(
  Effect.promise(async () => {
    const received: Record<string, Array<any>> = {}
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part) => parts.push(part))
      request.on("end", () => {
        const path = request.url ?? ""
        received[path] ??= []
        received[path].push(JSON.parse(Buffer.concat(parts).toString()))
        response.setHeader("content-type", "application/json").end("{}")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
  }),
  ({ server }) =>
    Effect.promise(
      () =>
        new Promise<void>((resolve) => {
          server.closeAllConnections()
          server.close(() => resolve())
        })
    )
)
