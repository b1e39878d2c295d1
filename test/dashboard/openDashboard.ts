import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { makeWebHandler, nodeListener } from "../../src/http.ts"
import {
  compareRun,
  costOfRun,
  definitionsOf,
  generationsOf,
  readTimeline,
  readValue,
  runTree,
  whyRun
} from "../../src/inspection.ts"
import { seed } from "./seed.ts"
import * as entry from "./workflows.ts"

const workflows = [...entry.workflows, entry.changingNow]

/** A host with runs of each kind, and before it the API with the dashboard, until the scope closes. */
export const openDashboard = Effect.fn(function* (
  filename: string,
  pages: (request: Request) => Response | undefined,
  port = 0
) {
  const engine = yield* seed(filename)
  const { signals, states, updates, streams, callbacks } = entry
  const run = (effect: Effect.Effect<unknown, any, any>) =>
    Effect.runPromise(Effect.provideContext(effect, engine.context as any))
  const early = async (request: Request) => {
    const url = new URL(request.url)
    if (url.pathname === "/definitions")
      return Response.json({
        workflows: definitionsOf(workflows),
        signals: signals.map((one) => one.name),
        states: states.map((one) => one.stateName),
        updates: updates.map((one) => one.updateName),
        streams: streams.map((one) => one.streamName),
        callbacks: callbacks.map((one) => one.callbackName)
      })
    const [, encoded = "", what] =
      /^\/runs\/([^/]+)\/(timeline|value|why|cost|tree|generations|compare)$/.exec(url.pathname) ?? []
    const { generation, from = "0", limit = "500", ref = "" } = Object.fromEntries(url.searchParams)
    const more = generation === undefined ? {} : { generation: Number(generation) }
    const id = decodeURIComponent(encoded)
    switch (what) {
      case "value":
        return Response.json(await run(readValue(id, ref, { workflows, ...more })))
      case "why":
        return Response.json(await run(whyRun(id, { workflows })))
      case "cost":
        return Response.json(await run(costOfRun(id)))
      case "tree":
        return Response.json(await run(runTree(id)))
      case "generations":
        return Response.json(await run(generationsOf(id)))
      case "compare":
        return Response.json(await run(compareRun(id, { workflows })))
      case "timeline":
        return Response.json(
          await run(readTimeline(id, { ...more, from: Number(from), limit: Number(limit), workflows }))
        )
    }
    return undefined
  }
  const handle = yield* makeWebHandler({ workflows, signals, states, updates, streams, callbacks, pages }).pipe(
    Effect.provideContext(engine.context)
  )
  const server = yield* Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const made = createServer(nodeListener(async (request) => (await early(request)) ?? (await handle(request))))
          made.listen(port, "127.0.0.1", () => resolve(made))
        })
    ),
    (made) =>
      Effect.promise(() => {
        made.closeAllConnections()
        return new Promise<void>((resolve) => made.close(() => resolve()))
      })
  )
  return { engine, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})
