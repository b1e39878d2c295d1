import { defineSignal, defineStep, defineWorkflow } from "dynactor"
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

const double = defineStep("double", {
  input: Schema.Number,
  output: Schema.Number,
  inline: true,
  run: async (number) => number * 2
})
const wide = defineWorkflow("wide", {
  input: Schema.Number,
  output: Schema.Number,
  run: (count) =>
    Effect.map(
      Effect.forEach(
        Array.from({ length: count }, (_, number) => number),
        (number) => double(number),
        { concurrency: "unbounded" }
      ),
      (all) => all.length
    )
})

describe("the timeline of a wide run", () => {
  live("tells so many commands of a page at a time as are asked for, each once and in their order", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ workflows: [wide], steps: [double] })
      yield* engine.client.execute(wide, { runId: "wide", input: 250 })
      const read = (options: Parameters<typeof readTimeline>[1]) =>
        Effect.provideContext(readTimeline("wide", { workflows: [wide], limit: 100, ...options }), engine.services)
      const all = yield* read({})
      expect(all.commands.length).toBe(250)
      expect(all.nextCommands).toBe(undefined)
      const first = yield* read({ mostCommands: 100 })
      expect([first.entries.length, first.commands.length, first.nextCommands]).toEqual([100, 100, 100])
      const second = yield* read({ mostCommands: 100, commandsAt: 100 })
      expect([second.entries.length, second.commands.length, second.nextCommands]).toEqual([0, 100, 200])
      const third = yield* read({ mostCommands: 100, commandsAt: 200 })
      expect([third.commands.length, third.nextCommands]).toEqual([50, undefined])
      expect([...first.commands, ...second.commands, ...third.commands]).toEqual(all.commands)
    })
  )
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
