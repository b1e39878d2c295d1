import { createServer, request, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"

/** In front of a server, and cuts connections when it is told to. */
export const cuttable = (to: number) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly url: string
      readonly cut: () => void
      readonly asked: Array<unknown>
      readonly server: Server
    }>((resume) => {
      const asked: Array<unknown> = []
      const server = createServer((incoming, outgoing) => {
        if (incoming.url?.includes("/events")) asked.push(incoming.headers["last-event-id"])
        const { method = "GET", url = "/", headers } = incoming
        const onward = request({ port: to, method, path: url, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
          answer.pipe(outgoing)
        })
        onward.on("error", () => outgoing.destroy())
        outgoing.on("close", () => onward.destroy())
        incoming.pipe(onward)
      })
      const cut = () => server.closeAllConnections()
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, cut, asked, server }))
      })
    }),
    ({ server }) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
