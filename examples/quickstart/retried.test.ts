import { Client, clientLayer, defineStep, defineWorkflow } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Effect, Layer, Schema } from "effect"
import { expect, test } from "vitest"

const text = { input: Schema.String, output: Schema.String }
let [isOpen, booked] = [false, 0]
const book = defineStep("book", { ...text, run: async (order) => `${order} ${++booked}` })
const store = defineStep("store", {
  ...text,
  retry: { attempts: 1 },
  run: async (what) => (isOpen ? what : Promise.reject(new Error("closed")))
})
const keep = defineWorkflow("keep", { ...text, run: (order) => Effect.flatMap(Effect.orDie(book(order)), store) })

const definitions = { workflows: [keep], steps: [book, store] as const }
const engine = Layer.merge(clientLayer, hostLayer(definitions)).pipe(
  Layer.provide(sqliteStore({ filename: ":memory:" }))
)

test("a retry books no second time", () =>
  Effect.gen(function* () {
    const client = yield* Client
    yield* client.start(keep, { runId: "k", input: "bike" })
    expect((yield* Effect.exit(client.wait(keep, "k")))._tag).toBe("Failure")
    isOpen = true
    yield* client.retry(keep, "k", { reason: "it is open" })
    expect(yield* client.wait(keep, "k")).toBe("bike 1")
  }).pipe(Effect.provide(engine), Effect.runPromise))
