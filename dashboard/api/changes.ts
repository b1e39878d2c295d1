import { apiAddress, credentials } from "./request.ts"

/**
 * What the server tells of changes. `every`: each of them; `some`: those of the newest runs, as a table tells of nothing by itself; `none`: it holds no
 * connection open, or there is none at the moment.
 */
export type Telling = "every" | "some" | "none"

export interface ChangesListener {
  /** Null: some have changed, and it is not known which. */
  readonly onChange: (runIds: ReadonlyArray<string> | null) => void
  readonly onTelling: (telling: Telling) => void
}

const leastPauseMs = 1_000
const mostPauseMs = 15_000
/** From these nothing else is to be expected before the page is loaded anew, or another key is used. */
const isFinal = (status: number) => [400, 401, 403, 404, 405, 501].includes(status)

/** Listens over as many connections as it takes, each behind the last event. Read by `fetch`: an `EventSource` sends no key. Returns what ends it. */
export const listenToChanges = ({ onChange, onTelling }: ChangesListener): (() => void) => {
  const abort = new AbortController()
  const listen = async () => {
    let lastId = ""
    for (let failures = 0; !abort.signal.aborted; failures++) {
      try {
        const response = await fetch(apiAddress(["events"]), {
          headers: {
            accept: "text/event-stream",
            ...credentials(),
            ...(lastId === "" ? {} : { "last-event-id": lastId })
          },
          signal: abort.signal
        })
        if (isFinal(response.status)) return void response.body?.cancel()
        if (response.ok && response.body !== null) {
          for await (const { id, event, data } of eventsOf(response.body)) {
            failures = 0
            lastId = id || lastId
            if (event === "open") onTelling(data.isComplete === true ? "every" : "some")
            if (event === "changed") onChange((data.runIds ?? null) as ReadonlyArray<string> | null)
          }
        }
      } catch {
        // The connection is lost: what was missed is told by the next one.
      }
      if (abort.signal.aborted) return
      onTelling("none")
      await new Promise((resolve) => setTimeout(resolve, Math.min(mostPauseMs, leastPauseMs * 2 ** failures)))
    }
  }
  void listen()
  return () => {
    abort.abort()
    onTelling("none")
  }
}

interface ServerEvent {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Of text as the API sends it: one line of data each. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string]))
        const data = fields.get("data")
        if (data !== undefined)
          yield { id: fields.get("id") ?? "", event: fields.get("event") ?? "", data: JSON.parse(data) }
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}
