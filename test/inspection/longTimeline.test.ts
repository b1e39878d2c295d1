import { defineSignal, defineWorkflow } from "dynactor"
import { readTimeline } from "dynactor/inspection"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { eventually, live, openEngine } from "../streams/engine.ts"

const go = defineSignal("go", Schema.Number)
const listening = defineWorkflow("listening", {
  input: Schema.Null,
  output: Schema.Null,
  run: () => Effect.forever(go.receive)
})

describe("the timeline of a long run", () => {
  live("is read once for pages that are asked for one after the other, and again when the run has moved", () =>
    Effect.gen(function* () {
      const { client, payloads, table } = yield* openEngine({ workflows: [listening] })
      yield* client.start(listening, { runId: "long", input: null })
      const send = (from: number, count: number) =>
        Effect.forEach(
          Array.from({ length: count }, (_, index) => from + index),
          (number) => client.signal("long", go, number),
          { concurrency: 64, discard: true }
        )
      yield* send(0, 600)
      const adopted = (count: number) =>
        eventually(
          `${count} are adopted`,
          Effect.map(client.get("long"), ({ messages }) => messages === count)
        )
      yield* adopted(601)
      let reads = 0
      const counting: RunTable["Service"] = {
        ...table,
        readRun: (runId) =>
          Effect.andThen(
            Effect.sync(() => void reads++),
            table.readRun(runId)
          )
      }
      const workflows = [listening]
      const page = (from: number) =>
        readTimeline("long", { workflows, from, limit: 100 }).pipe(
          Effect.provideService(RunTable, counting),
          Effect.provideService(Payloads, payloads)
        )
      const first = yield* page(0)
      const readsOfOne = reads
      const others = yield* Effect.forEach([100, 200, 300, 400, 500, 600], page)
      expect(reads).toBe(readsOfOne)
      const entries = [first, ...others].flatMap((one) => one.entries)
      expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 601 }, (_, index) => index))
      yield* send(600, 1)
      yield* adopted(602)
      expect((yield* page(600)).entries).toHaveLength(2)
      expect(reads).toBeGreaterThan(readsOfOne)
    })
  )
})
