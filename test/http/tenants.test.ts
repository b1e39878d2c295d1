import { createHmac } from "node:crypto"
import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import type { ClientServices } from "../../src/client/client.ts"
import { defineWebhook, githubScheme, newApiKey } from "../../src/http.ts"
import { makeApiClient } from "../../src/httpClient.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { eventually, openEngine, tempFile } from "../streams/engine.ts"
import { definitions, everything, shown } from "./everything.ts"
import { served } from "./served.ts"

/** A host and a file for each tenant, and one server over both. */
const setUp = Effect.gen(function* () {
  const files = { red: yield* tempFile, blue: yield* tempFile }
  const engines = {
    red: yield* openEngine({ ...definitions, filename: files.red }),
    blue: yield* openEngine({ ...definitions, filename: files.blue })
  }
  const keys = { red: newApiKey(), blue: newApiKey(), watcher: newApiKey() }
  const tenants = {
    names: ["red", "blue"],
    store: (tenant: string): Layer.Layer<ClientServices, unknown> =>
      sqliteStore({ filename: files[tenant as keyof typeof files] })
  }
  const webhooks = (["red", "blue"] as const).map((tenant) =>
    defineWebhook(tenant, {
      scheme: githubScheme,
      secrets: ["s"],
      tenant,
      to: () => ({ runId: "both", signal: "done", payload: null })
    })
  )
  const authentication = {
    keys: [
      { name: "red", hash: keys.red.hash, tenant: "red" },
      { name: "blue", hash: keys.blue.hash, tenant: "blue" },
      { name: "watcher", hash: keys.watcher.hash, tenant: "red", readsOnly: true }
    ]
  }
  const { url, ask } = yield* served(
    { ...engines.red, services: Context.empty() as never },
    { ...definitions, webhooks, tenants: tenants as never, authentication }
  )
  const api = {
    red: yield* makeApiClient({ url, key: keys.red.key }),
    blue: yield* makeApiClient({ url, key: keys.blue.key }),
    watcher: yield* makeApiClient({ url, key: keys.watcher.key })
  }
  return { api, ask, engines }
})

it.live("a caller sees the runs of its tenant, and of no other", () =>
  Effect.gen(function* () {
    const { api } = yield* setUp
    const start = { params: { name: everything.workflowName }, payload: { runId: "mine", input: 1 } }
    yield* api.red.runs.start(start)
    expect(yield* Effect.flip(api.blue.runs.get({ params: { id: "mine" }, query: {} }))).toMatchObject({
      _tag: "RunNotFound"
    })
    expect(yield* Effect.flip(api.blue.runs.cancel({ params: { id: "mine" }, payload: {} }))).toMatchObject({
      _tag: "RunNotFound"
    })
    expect((yield* api.blue.runs.list({ query: {} })).runs).toEqual([])
    // The same id is another run there.
    expect(yield* api.blue.runs.start(start)).toMatchObject({ isNew: true })
    expect(yield* api.watcher.runs.get({ params: { id: "mine" }, query: {} })).toMatchObject({ runId: "mine" })
    expect(yield* Effect.flip(api.watcher.runs.cancel({ params: { id: "mine" }, payload: {} }))).toMatchObject({
      _tag: "KeyReadsOnly"
    })
  })
)

it.live("a caller hears of changes of its tenant's runs, and of no others, and nobody without a key hears of any", () =>
  Effect.gen(function* () {
    const { api, ask } = yield* setUp
    const listen = Effect.fnUntraced(function* (who: keyof typeof api) {
      const told: Array<unknown> = []
      let isOpen = false
      yield* Effect.forkChild(
        Effect.flatMap(api[who].system.changes({ headers: {} }), (events) =>
          Stream.runForEach(events, (event) =>
            Effect.sync(() => {
              isOpen = true
              if (event.event === "changed") told.push(event.data)
            })
          )
        )
      )
      yield* eventually(
        `${who} listens`,
        Effect.sync(() => isOpen)
      )
      return told
    })
    // One that may look may listen.
    const red = yield* listen("watcher")
    const blue = yield* listen("blue")
    const start = { params: { name: everything.workflowName }, payload: { runId: "mine", input: 1 } }
    const hears = (who: string, told: ReadonlyArray<unknown>) =>
      eventually(
        `${who} hears`,
        Effect.sync(() => told.length > 0)
      )
    yield* api.red.runs.start(start)
    yield* hears("red", red)
    expect(blue).toEqual([])
    yield* api.blue.runs.start(start)
    yield* hears("blue", blue)
    expect(yield* ask("GET", "/events")).toMatchObject({ status: 401, body: { error: "Unauthorized" } })
    expect(yield* ask("GET", "/dead-letters")).toMatchObject({ status: 401 })
    expect(yield* api.blue.system.deadLetters({ query: { status: "running" } })).toMatchObject({ steps: [] })
  })
)

it.live("the token of a callback finds its tenant by itself, and a webhook has its own", () =>
  Effect.gen(function* () {
    const { api, ask, engines } = yield* setUp
    const names = ["red", "blue"] as const
    for (const name of names)
      yield* api[name].runs.start({ params: { name: everything.workflowName }, payload: { runId: "both", input: 1 } })
    for (const name of names) {
      const { token } = yield* eventually(
        "the token",
        engines[name].client.state("both", shown).pipe(
          Effect.map((state) => (state.token === "" ? undefined : state)),
          Effect.catchTag("StateNotSet", () => Effect.succeed(undefined))
        )
      )
      expect(yield* ask("POST", `/callbacks/${token}/complete`, { payload: name })).toMatchObject({ status: 202 })
      const text = JSON.stringify({ of: name })
      const signature = `sha256=${createHmac("sha256", "s").update(text).digest("hex")}`
      const delivery = ask("POST", `/webhooks/${name}`, text, { "x-hub-signature-256": signature })
      expect(yield* delivery).toMatchObject({ status: 202, body: { taken: 1 } })
      expect(yield* engines[name].client.wait(everything, "both")).toMatchObject({ answer: name })
    }
  })
)

it.live("a key of a tenant that the server does not have is a mistake that it says at once", () =>
  Effect.gen(function* () {
    const engine = yield* openEngine(definitions)
    const authentication = { keys: [{ name: "one", hash: newApiKey().hash, tenant: "green" }] }
    const error = yield* Effect.flip(served(engine, { ...definitions, authentication }))
    expect(error).toMatchObject({ _tag: "ApiNotServed", message: expect.stringMatching(/"green".*tenants/) })
  })
)
