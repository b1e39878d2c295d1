import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"

/** Stands before a server and keeps all that is asked of it, names and bodies. */
export const recordingProxy = async (target: string) => {
  const kept: Array<{ readonly url: string; readonly body: Buffer }> = []
  const to = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const parts: Array<Buffer> = []
    incoming.on("data", (part: Buffer) => parts.push(part))
    incoming.on("end", () => {
      const body = Buffer.concat(parts)
      kept.push({ url: incoming.url ?? "", body })
      const { headers, method, url: path } = incoming
      const forwarded = request({ hostname: to.hostname, port: to.port, headers, method, path }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      })
      forwarded.on("error", () => outgoing.destroy())
      forwarded.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, kept, close }
}
