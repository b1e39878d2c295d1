import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { eventually, live } from "../../streams/engine.ts"
import { onEachEngine } from "./onEachEngine.ts"
import { go, openShop } from "./shop.ts"

onEachEngine("A repair that is asked for more than once", (newStore) => {
  /** One that has failed, with two clients. */
  const failed = Effect.gen(function* () {
    const open = yield* newStore
    const shop = openShop()
    const { client } = yield* open({ workflows: [shop.order], steps: shop.steps })
    const { client: other } = yield* open({ workflows: [shop.order], steps: shop.steps })
    shop.broken.add("charge")
    yield* client.start(shop.order, { runId: "r", input: "book" })
    yield* client.signal("r", go, "pay")
    yield* Effect.flip(client.wait(shop.order, "r"))
    shop.broken.clear()
    return { client, other, shop }
  })

  live("is one under one request id, at the same time as well", () =>
    Effect.gen(function* () {
      const { client, other, shop } = yield* failed
      const { of, order } = shop
      const ask = (one: typeof client) => one.retry(order, "r", { requestId: "once" })
      const asked = yield* Effect.all([ask(client), ask(other), ask(client)], { concurrency: "unbounded" })
      expect(asked.map(({ generation }) => generation)).toEqual([1, 1, 1])
      expect(asked.filter(({ isNew }) => isNew)).toHaveLength(1)
      const ends = yield* Effect.all([client.wait(order, "r"), other.wait(order, "r")], { concurrency: "unbounded" })
      expect(ends[0]).toEqual(ends[1])
      expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 1 })
      expect(of("charge")).toHaveLength(2)
      expect(of("reserve")).toHaveLength(1)
      expect(of("ship")).toHaveLength(1)
    })
  )

  live("is begun once under two request ids, and both who have asked are told how that ends", () =>
    Effect.gen(function* () {
      const { client, other, shop } = yield* failed
      const { of, order } = shop
      const ask = (one: typeof client, requestId: string) => Effect.result(one.retry(order, "r", { requestId }))
      const asked = yield* Effect.all([ask(client, "a"), ask(other, "b")], { concurrency: "unbounded" })
      expect(asked.some(({ _tag }) => _tag === "Success")).toBe(true)
      for (const one of asked)
        if (one._tag === "Failure") expect(one.failure).toMatchObject({ _tag: "RepairRefused", reason: "status" })
      // Whoever was refused has asked for no end but the one that there was.
      const [done] = asked.flatMap((one) => (one._tag === "Success" ? [one.success.requestId as string] : []))
      const wait = (one: typeof client, { _tag }: (typeof asked)[number]) =>
        Effect.timeout(one.wait(order, "r", _tag === "Success" ? {} : { requestId: done as string }), "10 seconds")
      const ends = yield* Effect.all([wait(client, asked[0]), wait(other, asked[1])], { concurrency: "unbounded" })
      expect(ends[0]).toEqual(ends[1])
      expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 1 })
      expect(of("charge")).toHaveLength(2)
    })
  )

  live("is another request under the id of one: that is refused, and nothing is done", () =>
    Effect.gen(function* () {
      const { client, shop } = yield* failed
      const { order } = shop
      const at = "step/charge#0"
      const first = yield* client.reset(order, "r", { at, requestId: "friday" })
      yield* client.wait(order, "r", { requestId: "friday" })
      for (const same of [at, first.at])
        expect(yield* client.reset(order, "r", { at: same, requestId: "friday" })).toMatchObject({
          generation: 1,
          isNew: false,
          at: first.at
        })
      for (const other of ["step/reserve#0", "step/nothing#0", first.at - 1, first.at + 1])
        expect(yield* Effect.flip(client.reset(order, "r", { at: other, requestId: "friday" }))).toMatchObject({
          _tag: "RepairInvalid",
          message: expect.stringContaining(`under friday for a reset from message ${first.at}`)
        })
      expect(yield* Effect.flip(client.retry(order, "r", { requestId: "friday" }))).toMatchObject({
        _tag: "RepairInvalid",
        message: expect.stringContaining("not for a retry: give this one another id")
      })
      expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 1 })
    })
  )

  live("of two at one moment under one id and from other messages one is refused", () =>
    Effect.gen(function* () {
      const { client, other, shop } = yield* failed
      const ask = (one: typeof client, at: number) =>
        Effect.result(one.reset(shop.order, "r", { at, requestId: "friday" }))
      const asked = yield* Effect.all([ask(client, 2), ask(other, 1)], { concurrency: "unbounded" })
      const refused = asked.flatMap((one) => (one._tag === "Failure" ? [one.failure._tag] : []))
      expect(refused).toEqual(["RepairInvalid"])
      yield* client.wait(shop.order, "r", { requestId: "friday" })
      expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 1 })
    })
  )

  live("waits for no end when another reset has come before it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { of, order, steps } = openShop()
      const { client } = yield* open({ workflows: [order], steps })
      yield* client.start(order, { runId: "r", input: "book" })
      const waits = Effect.map(client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "signal")
      yield* eventually("it waits", waits)
      const ask = (requestId: string) => Effect.result(client.reset(order, "r", { at: 2, requestId }))
      const asked = yield* Effect.all([ask("a"), ask("b"), ask("c")], { concurrency: "unbounded" })
      expect(asked.some(({ _tag }) => _tag === "Success")).toBe(true)
      yield* client.signal("r", go, "pay")
      const end = yield* Effect.timeout(client.wait(order, "r"), "10 seconds")
      expect(end.slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
      expect(of("reserve")).toHaveLength(1)
      expect(of("charge")).toHaveLength(1)
    })
  )
})
