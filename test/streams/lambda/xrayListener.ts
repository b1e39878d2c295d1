import { createSocket } from "node:dgram"
import { setTimeout } from "node:timers/promises"

/** X-Ray's daemon, as far as it takes documents: a header line and a document a datagram. */
export const xrayListener = async () => {
  const documents: Array<any> = []
  const socket = createSocket("udp4")
  socket.on("message", (message) => {
    const [header = "", ...rest] = message.toString("utf8").split("\n")
    if (JSON.stringify(JSON.parse(header)) !== '{"format":"json","version":1}') throw new Error(`header ${header}`)
    documents.push(JSON.parse(rest.join("\n")))
  })
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve))
  return {
    documents,
    address: `127.0.0.1:${socket.address().port}`,
    /** Datagrams that have been sent are there when the loop has turned. */
    settled: async (count: number) => {
      for (let waits = 0; documents.length < count && waits < 500; waits++) await setTimeout(10)
      return documents
    },
    close: () => new Promise<void>((resolve) => socket.close(() => resolve()))
  }
}
