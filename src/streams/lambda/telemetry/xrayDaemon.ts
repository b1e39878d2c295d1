import { createSocket, type Socket } from "node:dgram"
import type { SegmentDocument } from "./xraySpan.ts"

/**
 * The daemon that Lambda runs beside a function whose tracing is active: it takes a document a datagram and hands it on to X-Ray, while the function
 * does something else. So nothing is waited for but that it is on its way, and nobody signs a request.
 */
export class XrayDaemon {
  private readonly host: string
  private readonly port: number
  private socket: Socket | undefined
  private readonly underWay = new Set<Promise<void>>()

  /** `host:port`, or `tcp:host:port udp:host:port` (https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-nodejs-configuration.html). */
  constructor(address: string) {
    const parts = address.trim().split(/\s+/)
    const own = parts.find((part) => part.startsWith("udp:"))?.slice("udp:".length) ?? parts[0] ?? ""
    const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(own) ?? []
    this.host = host === "" ? "127.0.0.1" : host
    this.port = port === "" ? 2_000 : Number(port)
  }

  send(document: SegmentDocument): void {
    const datagram = Buffer.from(`{"format":"json","version":1}\n${write(document)}`)
    const sent = new Promise<void>((resolve) => {
      // A datagram that is lost is a span that is not there: no event is worse for it.
      this.open().send(datagram, this.port, this.host, () => resolve())
    })
    this.underWay.add(sent)
    void sent.then(() => this.underWay.delete(sent))
  }

  /** When all of them have left this process. */
  async sent(): Promise<void> {
    await Promise.all(this.underWay)
  }

  private open(): Socket {
    if (this.socket !== undefined) return this.socket
    const socket = createSocket("udp4")
    socket.on("error", () => undefined)
    socket.unref()
    this.socket = socket
    return socket
  }
}

/** What a datagram holds beside its header. */
const mostBytes = 60_000

/** What does not fit is left out, what says least first: a span that is there with less is better than none. */
const write = (document: SegmentDocument): string => {
  const forms = [document, { ...document, metadata: {} }, { ...document, metadata: {}, annotations: {} }]
  for (const form of forms) {
    const text = textOf(form)
    if (text !== undefined && Buffer.byteLength(text) <= mostBytes) return text
  }
  const { trace_id, id, parent_id, type, name, start_time, end_time } = document
  return JSON.stringify({ trace_id, id, parent_id, type, name, start_time, end_time })
}

/** Attributes are a user's, and may be anything. */
const textOf = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? String(one) : one))
  } catch {
    return undefined
  }
}
