import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineUpdate, defineWorkflow } from "../../src/index.ts"
import { live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const go = defineSignal("go", Schema.Void)
const waits = defineWorkflow("waits", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => go.receive
})

const change = defineUpdate("change", { input: Schema.Void, output: Schema.Void })

const half = "\ud800"

onEachStore("What no run and no workflow can be called", (newStore) => {
  live.each(["", "a\u0000b", half, "x".repeat(3_000)])("%j is no run, whatever is asked of it", (runId) =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      // As half of a surrogate pair is written in UTF-8: no other run than the one that is asked for.
      yield* client.start(waits, { runId: half.toWellFormed(), input: undefined })
      const asked = [
        client.get(runId),
        client.history(runId),
        client.wait(waits, runId),
        client.cancel(runId),
        client.signal(runId, go, undefined)
      ]
      for (const one of asked)
        expect(yield* Effect.flip<unknown, unknown, never>(one)).toMatchObject({ _tag: "RunNotFound", runId })
      expect(yield* client.history(half.toWellFormed())).toHaveLength(1)
    })
  )

  live.each(["", half, "x".repeat(3_000), "a/b"])("%j is no workflow that has runs", (workflow) =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      expect(yield* client.list({ workflow })).toEqual({ runs: [] })
    })
  )

  live("a limit that is none is the usual one", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      yield* client.start(waits, { runId: "r", input: undefined })
      yield* client.signal("r", go, undefined)
      yield* client.wait(waits, "r")
      for (const limit of [Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY]) {
        const { runs } = yield* client.list({ status: "succeeded", limit })
        expect(runs.map(({ runId }) => runId)).toEqual(["r"])
      }
    })
  )

  live("by what is no time no run is found, where all of them would be the worst answer", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      yield* client.start(waits, { runId: "r", input: undefined })
      yield* client.signal("r", go, undefined)
      yield* client.wait(waits, "r")
      for (const time of [{ until: Number.NaN }, { since: Number.NaN }, { since: "soon" as never }])
        expect(yield* client.list({ status: "succeeded", ...time })).toEqual({ runs: [] })
      for (const time of [{ until: Number.POSITIVE_INFINITY }, { since: Number.NEGATIVE_INFINITY }])
        expect((yield* client.list({ status: "succeeded", ...time })).runs).toHaveLength(1)
    })
  )

  live(
    "no limit, schedule, update and start can be called half of a character: who asks is told so, on each store",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { client } = yield* open({ workflows: [waits] })
        yield* client.start(waits, { runId: "r", input: undefined })
        for (const asked of [
          client.limits.get("packing", half),
          client.limits.at(half),
          client.limits.get(half, "acct")
        ])
          expect((yield* Effect.flip(asked))._tag).toBe("RunNotFound")
        expect(yield* Effect.flip(client.schedules.get(half))).toMatchObject({
          _tag: "ScheduleNotFound",
          schedule: half
        })
        const answer = client.updateAnswer("r", change, half)
        expect(yield* Effect.flip(answer)).toMatchObject({ _tag: "UpdateFailed", reason: "notSent" })
      })
  )

  live.each([-1, Number.NaN])("there is no generation %s, and nobody waits for it", (generation) =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      yield* client.start(waits, { runId: "r", input: undefined })
      expect((yield* Effect.flip(client.wait(waits, "r", { generation })))._tag).toBe("RunNotFound")
    })
  )

  live("an id that is a number, which only types refuse, is answered like any other", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      const seven = 7 as unknown as string
      expect(yield* Effect.flip(client.get(seven))).toMatchObject({ _tag: "RunNotFound", runId: "7" })
      expect((yield* Effect.flip(client.schedules.get(seven)))._tag).toBe("ScheduleNotFound")
      const start = client.start(waits, { runId: seven, input: undefined })
      expect(yield* Effect.flip(start)).toMatchObject({ _tag: "RunIdInvalid", runId: "7" })
    })
  )

  live("a reason that is cut in the middle of a character arrives, and ends the run", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [waits] })
      yield* client.start(waits, { runId: "r", input: undefined })
      yield* client.cancel("r", { reason: "x\u0000😀".slice(0, 3) })
      expect(yield* Effect.flip(client.wait(waits, "r"))).toMatchObject({
        _tag: "RunCancelled",
        reason: "x\u0000\ufffd"
      })
    })
  )
})
