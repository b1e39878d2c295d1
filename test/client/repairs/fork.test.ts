import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect } from "vitest"
import { eventually, live } from "../../streams/engine.ts"
import { onEachEngine } from "./onEachEngine.ts"
import { go, openShop } from "./shop.ts"

onEachEngine("A run that is forked or reset", (newStore) => {
  live(
    "is forked into another run, which has been through the same, with another outcome, and has keys of its own",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { executed, of, order, steps } = openShop()
        const { client } = yield* open({ workflows: [order], steps })
        yield* client.start(order, { runId: "r", input: "book", tags: { shelf: "3" } })
        yield* client.signal("r", go, "pay")
        const first = yield* client.wait(order, "r")
        const before = executed.length
        const outcomes = { "step/charge#0": { succeeded: "paid by hand" } }
        const plan = yield* client.fork(order, "r", { at: 4, outcomes, dryRun: true })
        expect(plan).toMatchObject({ how: "fork", isNew: false, dropped: ["step/ship#0"], asked: ["step/ship#0"] })
        const fork = yield* client.fork(order, "r", { at: 4, outcomes, runId: "f", reason: "a test" })
        expect(fork).toMatchObject({ runId: "f", generation: 0, isNew: true })
        const second = yield* client.wait(order, "f")
        expect(second.slice(0, 3)).toEqual([first[0], "paid by hand", "ship of book"])
        // What is drawn behind the fork is another's.
        expect(second[3]).not.toBe(first[3])
        expect(executed.slice(before).map(({ key }) => key)).toEqual(["f/ship#0"])
        // The one that it was made of is as it was.
        expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 0 })
        expect((yield* client.list({ tags: { shelf: "3" } })).runs.map(({ runId }) => runId).toSorted()).toEqual([
          "f",
          "r"
        ])
        expect(yield* client.fork(order, "r", { at: 4, outcomes, runId: "f" })).toMatchObject({ isNew: false })
        expect(yield* Effect.flip(client.fork(order, "r", { at: 3, runId: "f" }))).toMatchObject({
          _tag: "RunConflict"
        })
        const refused = (reason: string) => ({ _tag: "RepairRefused", reason })
        expect(yield* Effect.flip(client.fork(order, "r", { at: 3, outcomes }))).toMatchObject(refused("outcomes"))
        const wrong = { "step/charge#0": { succeeded: 17 } }
        expect(yield* Effect.flip(client.fork(order, "r", { at: 4, outcomes: wrong }))).toMatchObject(refused("code"))
        expect(yield* Effect.flip(client.fork(order, "r", { at: 5 }))).toMatchObject(refused("message"))
        expect(of("reserve")).toHaveLength(1)
      })
  )

  live(
    "is reset while it runs: what was dropped takes effect again, and what was sent to it is handed over once more",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { of, order, steps } = openShop()
        const { client } = yield* open({ workflows: [order], steps })
        yield* client.start(order, { runId: "r", input: "book" })
        yield* eventually(
          "it has reserved",
          Effect.map(client.history("r"), ({ length }) => length === 2)
        )
        const waits = Effect.map(client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "signal")
        yield* eventually("it waits", waits)
        const end = yield* Effect.forkScoped(client.wait(order, "r"))
        const byKey = yield* client.reset(order, "r", { at: "step/reserve#0", dryRun: true })
        expect(byKey).toMatchObject({ at: 1, again: ["reserve#0"], isNew: false })
        const none = yield* Effect.flip(client.reset(order, "r", { at: "step/none#0" }))
        expect(none).toMatchObject({ _tag: "RepairRefused", reason: "message", keys: ["step/none#0"] })
        const reset = yield* client.reset(order, "r", { at: 1, reason: "the shelf was wrong" })
        expect(reset).toMatchObject({ how: "reset", generation: 1, again: ["reserve#0"], asked: ["step/reserve#0"] })
        const isNext = Effect.map(client.get("r"), ({ generation }) => generation === 1)
        yield* eventually("it goes on in its next generation", isNext)
        yield* eventually("it waits once more", waits)
        yield* client.signal("r", go, "pay")
        expect((yield* Fiber.join(end)).slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
        expect(of("reserve").map(({ key }) => key)).toEqual(["r/reserve#0", "r^1/reserve#0"])
        // Once it is over, as well, and its word is handed over again.
        yield* client.reset(order, "r", { at: 2 })
        expect((yield* client.wait(order, "r")).slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
        expect(of("charge").map(({ key }) => key)).toEqual(["r/charge#0", "r^2/charge#0"])
        expect(of("reserve")).toHaveLength(2)
        expect(yield* client.get("r")).toMatchObject({ status: "succeeded", generation: 2 })
      })
  )
})
