import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { describe, expect } from "vitest"
import { followEvents, makeApiClient } from "../../src/httpClient.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, openEngine } from "../streams/engine.ts"
import { cuttable } from "./cuttable.ts"
import { definitions, done, everything, shown } from "./everything.ts"
import { served } from "./served.ts"

onEachStore("server-sent events of an output stream", (newStore) => {
  it.live("go on after a lost connection where it was, and end with the run", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open(definitions)
      const { port } = yield* served(engine, definitions)
      const proxy = yield* cuttable(port)
      const api = yield* makeApiClient({ url: proxy.url })
      const runId = "told/live"
      yield* engine.client.start(everything, { runId, input: 1 })
      const seen: Array<unknown> = []
      const following = yield* followEvents(api, { runId, name: "log" }).pipe(
        Stream.runForEach((item) => Effect.sync(() => void seen.push(item.data))),
        Effect.forkChild
      )
      yield* eventually(
        "the first value",
        Effect.sync(() => seen.length === 1)
      )
      proxy.cut()
      yield* eventually(
        "the connection is made again",
        Effect.sync(() => proxy.asked.length === 2)
      )
      expect(proxy.asked).toEqual([undefined, "1"])
      const { token } = yield* eventually(
        "the token",
        Effect.map(engine.client.state(runId, shown), (state) => (state.token === "" ? undefined : state)).pipe(
          Effect.catchTag("StateNotSet", () => Effect.succeed(undefined))
        )
      )
      yield* engine.client.completeCallback(token, "yes")
      yield* engine.client.signal(runId, done, null)
      yield* Fiber.join(following)
      expect(seen).toMatchObject([
        { position: 0, value: "begun" },
        { position: 1, value: "over" }
      ])
    })
  )
})

describe("server-sent events", () => {
  it.live("say so before anything is sent where there is no such stream or run, and stay away at the end", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine(definitions)
      const { ask } = yield* served(engine, definitions)
      yield* engine.client.start(everything, { runId: "one", input: 1 })
      expect(yield* ask("GET", "/runs/one/streams/none/events")).toMatchObject({
        status: 404,
        body: { error: "StreamUnknown" }
      })
      expect((yield* ask("GET", "/runs/none/streams/log/events")).body).toMatchObject({ error: "RunNotFound" })
      expect((yield* ask("GET", "/runs/one/streams/log/events?from=x")).body).toMatchObject({ error: "BadRequest" })
      const stay = yield* ask("GET", "/runs/one/streams/log/events", undefined, { "last-event-id": "end" })
      expect(stay).toMatchObject({ status: 204, body: "" })
    })
  )
})
