import * as Effect from "effect/Effect"
import { type ServeApiOptions, serveApi } from "../../src/http.ts"
import type { OpenHost } from "./openHost.ts"
import { seed } from "./seed.ts"
import * as entry from "./workflows.ts"

const { signals, states, updates, streams, callbacks } = entry

/** What is served, beside the pages. */
export const definitions = {
  workflows: [...entry.workflows, entry.changingNow],
  steps: entry.steps,
  signals,
  states,
  updates,
  streams,
  callbacks
}

/** A host with runs of each kind, and before it the API with the dashboard, until the scope closes. */
export const openDashboard = Effect.fn(function* (
  filename: string,
  options: Pick<ServeApiOptions, "pages" | "port" | "authentication">
) {
  const engine = yield* seed(filename)
  const served = yield* serveApi({ port: 0, ...definitions, ...options }).pipe(Effect.provideContext(engine.context))
  return { engine, url: served.url }
})

/** The same runs, for callers with a key. */
export const openGuarded = (
  engine: OpenHost,
  authentication: NonNullable<ServeApiOptions["authentication"]>,
  pages: NonNullable<ServeApiOptions["pages"]>
) => serveApi({ port: 0, ...definitions, authentication, pages }).pipe(Effect.provideContext(engine.context))
