import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { ApiServer, newApiKey } from "dynactor/http"
import { makeApiClient } from "dynactor/http-client"
import { sqliteStore } from "dynactor/sqlite"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { afterAll, expect, it, vi } from "vitest"
import { fulfilOrder } from "../../examples/orders/fulfilOrder.ts"
import { type Entry, Ledger } from "../../examples/orders/ledger.ts"
import { readOrders } from "../../examples/orders/people.ts"
import { simulation } from "../../examples/orders/simulation.ts"
import { steps } from "../../examples/orders/steps.ts"
import { orderRoutes } from "../../examples/web/orderRoutes.ts"
import { ordersApi } from "../../examples/web/ordersApi.ts"

const ledger: Array<Entry> = []
const host = hostLayer({ workflows: [fulfilOrder], steps }).pipe(
  Layer.provide(simulation),
  Layer.provide(Ledger.memory(ledger))
)
const store = sqliteStore({ filename: ":memory:" })
const { GET, POST, close } = orderRoutes(Layer.merge(clientLayer, host).pipe(Layer.provide(store)))
afterAll(close)

const url = "http://localhost/api/orders"
const post = (body: string) => POST(new Request(url, { method: "POST", body }))
const get = (id: string) => GET(new Request(`${url}?id=${encodeURIComponent(id)}`))

it("a web route starts an order's run once, and tells how far it is", async () => {
  const order = readOrders().find(({ expect }) => expect === "CardDeclined")?.order
  if (order === undefined) throw new Error("no such order")
  expect((await post(JSON.stringify(order))).status).toBe(202)
  expect((await post(JSON.stringify(order))).status).toBe(200)
  const other = { ...order, customer: { ...order.customer, name: "Somebody else" } }
  expect((await post(JSON.stringify(other))).status).toBe(409)
  await vi.waitFor(async () => expect(await (await get(order.id)).json()).toMatchObject({ status: "failed" }), 10_000)
})

it("a web route says what is wrong with a request", async () => {
  expect((await post("no JSON")).status).toBe(400)
  expect((await post('{"id":"a"}')).status).toBe(400)
  const missing = await get("nobody")
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { error: "RunNotFound", message: "there is no run nobody" }
  ])
})

it("the API of the orders lets in who has a key, and lets some only look", async () => {
  const [operator, viewer] = [newApiKey(), newApiKey()]
  const settings = ConfigProvider.fromUnknown({ OPERATOR_KEY: operator.key, VIEWER_KEY: viewer.key })
  const program = Effect.gen(function* () {
    const { url } = Context.get(yield* Layer.build(ordersApi({ port: 0, filename: ":memory:" })), ApiServer)
    const order = readOrders()[0]?.order
    const start = { params: { name: fulfilOrder.workflowName }, payload: { input: order as never, runId: "one" } }
    const looking = yield* makeApiClient({ url, key: viewer.key })
    const working = yield* makeApiClient({ url, key: operator.key })
    const refused = yield* Effect.flip(looking.runs.start(start))
    const started = yield* working.runs.start(start)
    const seen = yield* looking.runs.get({ params: { id: "one" }, query: {} })
    return { refused, started, seen }
  })
  const { refused, started, seen } = await Effect.runPromise(
    Effect.scoped(program).pipe(Effect.provide(ConfigProvider.layer(settings)))
  )
  expect(refused).toMatchObject({ _tag: "KeyReadsOnly" })
  expect(started).toEqual({ runId: "one", isNew: true, generation: 0 })
  expect(seen).toMatchObject({ runId: "one", workflow: fulfilOrder.workflowName })
})
