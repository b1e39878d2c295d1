import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineWorkflow } from "../../../src/index.ts"
import { eventually, live } from "../../streams/engine.ts"
import { onEachEngine } from "./onEachEngine.ts"
import { Declined, go, openShop } from "./shop.ts"

onEachEngine("A run that is retried", (newStore, store) => {
  live("goes on from its failure: what had succeeded is kept, what failed is asked for under its key", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { broken, of, order, steps } = openShop()
      const { client } = yield* open({ workflows: [order], steps })
      broken.add("charge")
      yield* client.start(order, { runId: "r", input: "book" })
      yield* client.signal("r", go, "pay")
      expect(yield* Effect.flip(client.wait(order, "r"))).toMatchObject({ _tag: "Declined", why: "charge" })
      const plan = yield* client.retry(order, "r", { dryRun: true })
      expect(plan).toMatchObject({
        isNew: false,
        at: 3,
        dropped: ["step/charge#0"],
        asked: ["step/charge#0"],
        again: []
      })
      expect(yield* client.get("r")).toMatchObject({ status: "failed" })

      broken.clear()
      const repair = yield* client.retry(order, "r", { reason: "paid by hand", requestId: "once" })
      expect(repair).toMatchObject({ how: "retry", runId: "r", generation: 1, isNew: true, at: 3 })
      const outcome = yield* client.wait(order, "r")
      expect(outcome.slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
      expect(of("reserve")).toHaveLength(1)
      expect(of("ship")).toHaveLength(1)
      expect(new Set(of("charge").map(({ key }) => key))).toEqual(new Set(["r/charge#0"]))
      expect(of("charge")).toHaveLength(2)

      // It was one, whoever asks again.
      expect(yield* client.retry(order, "r", { requestId: "once" })).toMatchObject({
        isNew: false,
        generation: 1,
        at: 3
      })
      expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 1 })
      expect(yield* client.get("r", { generation: 0 })).toMatchObject({ status: "failed" })
      expect((yield* client.list()).runs.map(({ runId, status }) => [runId, status])).toEqual([["r", "succeeded"]])
      const before = yield* client.history("r", { generation: 0 })
      expect(before.at(-1)).toMatchObject({ key: "repair/once" })
      const after = yield* client.history("r")
      expect(after.map(({ key }) => key)).toEqual([
        ...before.slice(0, 3).map(({ key }) => key),
        "step/charge#0",
        "step/ship#0"
      ])
    })
  )

  live("goes on from its failure where that has to do with the id of a child run", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { broken, charge, of, order, reserve, steps } = openShop()
      const parent = defineWorkflow("parent", {
        input: Schema.String,
        output: Schema.String,
        error: Declined,
        run: Effect.fn(function* (item) {
          yield* reserve(item)
          const child = yield* order.start(item)
          return yield* charge(child.runId)
        })
      })
      const { client } = yield* open({ workflows: [parent, order], steps })
      broken.add("charge")
      yield* client.start(parent, { runId: "p", input: "book" })
      expect(yield* Effect.flip(client.wait(parent, "p"))).toMatchObject({ _tag: "Declined", why: "charge" })
      broken.clear()
      expect(yield* client.retry(parent, "p", { children: "again" })).toMatchObject({
        dropped: ["step/charge#0"],
        asked: expect.arrayContaining(["step/charge#0"])
      })
      expect(yield* client.wait(parent, "p")).toBe("charge of p:order#0")
      expect(of("charge").map(({ input }) => input)).toEqual(["p:order#0", "p:order#0"])
    })
  )

  live("is refused where that is no answer, and says what is", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { broken, careful, of, order, steps } = openShop()
      const { client } = yield* open({ workflows: [order, careful], steps })
      yield* client.start(order, { runId: "waits", input: "book" })
      const keysOf = (step: string) => of(step).flatMap(({ key }) => (key.startsWith("undone") ? [key] : []))
      const refused = (reason: string) => ({ _tag: "RepairRefused", reason })
      // A `TestRuntime` has neither a run that is none nor the code of another workflow for it.
      if (store !== "virtual")
        expect(yield* Effect.flip(client.retry(order, "none"))).toMatchObject({ _tag: "RunNotFound" })
      broken.add("charge")
      yield* client.start(careful, { runId: "undone", input: "book" })
      yield* Effect.flip(client.wait(careful, "undone"))
      if (store !== "virtual") expect(yield* Effect.flip(client.retry(order, "undone"))).toMatchObject(refused("code"))
      expect(yield* Effect.flip(client.retry(careful, "undone"))).toMatchObject({
        ...refused("compensated"),
        keys: ["step/release#0"]
      })
      expect(yield* Effect.flip(client.retry(careful, "undone", { at: 9 }))).toMatchObject(refused("message"))
      broken.clear()
      expect(yield* client.retry(careful, "undone", { compensated: "rerun" })).toMatchObject({
        at: 1,
        again: ["reserve#0", "release#0"]
      })
      expect(yield* client.wait(careful, "undone")).toBe("charge of reserve of book")
      // It is to take effect again.
      expect(keysOf("reserve")).toEqual(["undone/reserve#0", "undone^1/reserve#0"])
      expect(keysOf("charge")).toEqual(["undone/charge#0", "undone/charge#0"])
      expect(yield* Effect.flip(client.retry(careful, "undone"))).toMatchObject(refused("status"))
      expect(yield* Effect.flip(client.retry(order, "waits"))).toMatchObject(refused("status"))
    })
  )

  live("has as often as it likes what it was cancelled or terminated over", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { of, order, steps } = openShop()
      const engine = yield* open({ workflows: [order], steps })
      const { client } = engine
      yield* client.start(order, { runId: "r", input: "book" })
      yield* eventually(
        "it has reserved",
        Effect.map(client.history("r"), ({ length }) => length === 2)
      )
      yield* client.cancel("r")
      expect(yield* Effect.flip(client.wait(order, "r"))).toMatchObject({ _tag: "RunCancelled" })
      yield* client.retry(order, "r")
      const waits = Effect.map(client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "signal")
      yield* eventually("it waits for a word again", waits)
      yield* client.terminate("r")
      expect(yield* Effect.flip(client.wait(order, "r"))).toMatchObject({ _tag: "RunTerminated" })
      yield* client.retry(order, "r")
      yield* client.signal("r", go, "pay")
      expect((yield* client.wait(order, "r")).slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
      expect(of("reserve")).toHaveLength(1)
    })
  )
})
