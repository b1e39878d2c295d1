import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineWorkflow, sleepUntil } from "../../../src/index.ts"
import { eventually, live } from "../../streams/engine.ts"
import { onEachEngine } from "./onEachEngine.ts"
import { Declined, go, openShop } from "./shop.ts"

onEachEngine("What is open where a copy goes on", (newStore) => {
  live("is a child run under another id: of its own accord if that one has failed, else if it is said", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { broken, of, order, steps } = openShop()
      const parent = defineWorkflow("parent", {
        input: Schema.String,
        output: Schema.String,
        error: Declined,
        run: (item) => Effect.map(order.child(item), (parts) => parts.join())
      })
      const { client } = yield* open({ workflows: [parent, order], steps })
      broken.add("charge")
      yield* client.start(parent, { runId: "p", input: "book" })
      const childOf = (generation?: number) =>
        eventually(
          "it waits for its child",
          Effect.map(client.get("p"), ({ generation: now, waitingFor }) => {
            const [first] = waitingFor
            return (generation === undefined || now === generation) && first?.kind === "child" && first.runId
          })
        )
      const first = yield* childOf()
      yield* client.signal(first, go, "pay")
      yield* Effect.flip(client.wait(parent, "p"))
      broken.clear()
      expect(yield* client.retry(parent, "p")).toMatchObject({ at: 1, asked: [expect.stringContaining("child/order")] })
      const second = yield* childOf(1)
      expect(second).not.toBe(first)
      // The one that goes on is refused, unless another one is to be started.
      expect(yield* Effect.flip(client.reset(parent, "p", { at: 1 }))).toMatchObject({
        _tag: "RepairRefused",
        reason: "open"
      })
      yield* client.reset(parent, "p", { at: 1, children: "again" })
      const third = yield* childOf(2)
      expect(new Set([first, second, third]).size).toBe(3)
      yield* client.signal(third, go, "gold")
      expect(yield* client.wait(parent, "p")).toContain(`charge of gold for ${third}`)
      // It was dropped with the generation that had started it.
      yield* eventually(
        "the one before is cancelled",
        Effect.map(client.get(second), ({ status }) => status === "cancelled")
      )
      expect(of("charge").map(({ input }) => input)).toEqual([`pay for ${first}`, `gold for ${third}`])
    })
  )

  live("is a child run of its own, which the body has the handle of", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { order, steps } = openShop()
      const parent = defineWorkflow("parent", {
        input: Schema.String,
        output: Schema.Array(Schema.String),
        run: Effect.fn(function* (item) {
          const child = yield* order.start(item)
          const before = child.runId
          const word = yield* go.receive
          yield* child.signal(go, word)
          yield* Effect.orDie(child.await)
          return [before, child.runId]
        })
      })
      const { client } = yield* open({ workflows: [parent, order], steps })
      yield* client.start(parent, { runId: "p", input: "book" })
      yield* client.signal("p", go, "pay")
      const [first] = yield* client.wait(parent, "p")
      expect(yield* client.wait(parent, "p")).toEqual([first, first])
      // It goes on by itself with that word in hand, and with its child still to come.
      yield* client.fork(parent, "p", { at: 1, runId: "f", children: "again" })
      yield* client.signal("f", go, "gold")
      const forked = yield* client.wait(parent, "f")
      expect(forked[0]).toBe(first)
      expect(forked[1]).toMatch(/^f:/)
      expect(yield* client.wait(order, forked[1] as string)).toContain(`charge of gold for ${forked[1]}`)
      // So does the next generation of the run itself, with the word that it was told before.
      yield* client.reset(parent, "p", { at: 1, children: "again", requestId: "once-more" })
      const again = yield* client.wait(parent, "p", { requestId: "once-more" })
      expect(again[1]).not.toBe(first)
      expect(yield* client.wait(order, again[1] as string)).toContain(`charge of pay for ${again[1]}`)
    })
  )

  live("is a timer with as much time left as it had, unless its moment was fixed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const moment = new Date((yield* Clock.currentTimeMillis) + 3_600_000)
      const sleeps = defineWorkflow("sleeps", {
        input: Schema.String,
        output: Schema.String,
        run: Effect.fn(function* (text) {
          yield* Effect.sleep(5)
          yield* Effect.all([Effect.sleep("1 hour"), sleepUntil(moment), go.receive], { concurrency: 3 })
          return text
        })
      })
      const { client } = yield* open({ workflows: [sleeps], steps: [] })
      yield* client.start(sleeps, { runId: "r", input: "book" })
      const dues = (runId: string, generation: number) =>
        eventually(
          "it sleeps twice",
          Effect.map(client.get(runId), ({ generation: now, waitingFor }) => {
            const timers = waitingFor.flatMap((one) => (one.kind === "timer" ? [one.due.getTime()] : []))
            return now === generation && timers.length === 2 && timers
          })
        )
      const before = yield* dues("r", 0)
      const postponed = before.find((due) => due !== moment.getTime()) as number
      // Some time is over that is not to be lost.
      yield* Effect.sleep(50)
      yield* client.reset(sleeps, "r", { at: 2 })
      const after = yield* dues("r", 1)
      expect(after).toContain(moment.getTime())
      const later = after.find((due) => due !== moment.getTime()) as number
      expect(later).toBeGreaterThanOrEqual(postponed + 50)
      yield* Effect.sleep(200)
      yield* client.fork(sleeps, "r", { at: 2, runId: "f" })
      const began = yield* Clock.currentTimeMillis
      const forked = (yield* dues("f", 0)).find((due) => due !== moment.getTime()) as number
      expect(forked).toBeGreaterThanOrEqual(later)
      // Not twice what had been over by the first of them.
      expect(forked).toBeLessThanOrEqual(began + 3_600_000)
      // A moment that is over while the copy is made is not missed.
      yield* client.fork(sleeps, "r", { at: 1, runId: "g" })
      yield* dues("g", 0)
    })
  )
})
