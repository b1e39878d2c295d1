import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineWorkflow, sleepUntil } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const until = defineWorkflow("until", {
  input: Schema.Number,
  output: Schema.String,
  run: (moment) => Effect.as(sleepUntil(moment, { name: "far" }), "awake")
})

onEachStore("A sleep until any moment that a Date can hold", (newStore) => {
  live.each([8_640_000_000_000_000, 8_639_999_999_999_999, Date.UTC(9999, 11, 31), Date.UTC(2300, 1, 29)])(
    "is told, and cancelled: %s",
    (moment) =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { client } = yield* open({ workflows: [until] })
        yield* client.start(until, { runId: "far", input: moment })
        const told = Effect.map(client.get("far"), ({ waitingFor }) => waitingFor)
        yield* eventually(
          "it sleeps",
          Effect.map(told, (waits) => waits.length > 0)
        )
        expect(yield* told).toEqual([{ kind: "timer", key: "far#0", due: new Date(moment) }])
        yield* client.cancel("far", { reason: "no longer" })
        expect(yield* Effect.flip(client.wait(until, "far"))).toMatchObject({
          _tag: "RunCancelled",
          reason: "no longer"
        })
      })
  )

  live.each([0, -8_640_000_000_000_000, Date.UTC(1969, 6, 20)])("that is past is none: %s", (moment) =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [until] })
      yield* client.start(until, { runId: "past", input: moment })
      expect(yield* client.wait(until, "past")).toBe("awake")
    })
  )

  live("wakes at its moment", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [until] })
      const moment = Date.now() + 300
      yield* client.start(until, { runId: "soon", input: moment })
      expect(yield* client.wait(until, "soon")).toBe("awake")
      expect(Date.now()).toBeGreaterThanOrEqual(moment)
    })
  )
})
