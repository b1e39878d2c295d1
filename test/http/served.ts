import * as Effect from "effect/Effect"
import { type ServeApiOptions, serveApi } from "../../src/http.ts"
import type { Engine } from "../streams/engine.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The JSON of its body; its text where that is none. */
  readonly body: any
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>
) => Effect.Effect<Answer>

export interface Served {
  readonly url: string
  readonly port: number
  readonly ask: Ask
}

/** The API over an engine's store, at a port of its own. A body that is text is sent as it is. */
export const served = Effect.fnUntraced(function* (engine: Engine, options: ServeApiOptions) {
  const { url, port } = yield* Effect.provideContext(serveApi({ port: 0, ...options }), engine.services)
  const ask: Ask = (method, path, body, headers = {}) =>
    Effect.promise(async () => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: jsonOf(text) }
    })
  return { url, port, ask } satisfies Served
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
