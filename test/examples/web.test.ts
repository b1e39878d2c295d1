import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Layer } from "effect"
import { afterAll, expect, it, vi } from "vitest"
import { fulfilOrder } from "../../examples/orders/fulfilOrder.ts"
import { type Entry, Ledger } from "../../examples/orders/ledger.ts"
import { readOrders } from "../../examples/orders/people.ts"
import { simulation } from "../../examples/orders/simulation.ts"
import { steps } from "../../examples/orders/steps.ts"
import { orderRoutes } from "../../examples/web/orderRoutes.ts"

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
