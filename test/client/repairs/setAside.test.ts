import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { Client } from "../../../src/client/client.ts"
import { defineSignal, defineStep, defineWorkflow, patched } from "../../../src/index.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { live } from "../../streams/engine.ts"
import { onEachStore } from "../eachStore.ts"
import { waitsFor } from "../waitsFor.ts"

/** One deployment: what it asks of its step, and how often it has run it. */
const deployment = (input: number) => {
  const ran: Array<number> = []
  const look = defineStep("look", {
    input: Schema.Number,
    output: Schema.Number,
    inline: true,
    run: (n) =>
      Effect.sync(() => {
        ran.push(n)
        return n * 10
      })
  })
  const looks = defineWorkflow("looks", { input: Schema.Void, output: Schema.Number, run: () => look(input) })
  return { looks, ran, definitions: { workflows: [looks], steps: [look] } }
}

onEachStore("A copy of a run that has set an outcome aside", (newStore) => {
  live("has that step's own answer, where its code asks for the input that nobody was told of", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const right = deployment(1)
      const before = yield* open(right.definitions)
      expect(yield* before.client.execute(right.looks, { runId: "other", input: undefined })).toBe(10)
      const { messages } = yield* before.table.readRun("other")
      yield* before.close
      // A turn of the same code has run the step for "r" as well, and was lost.
      const changed = deployment(2)
      const meanwhile = yield* open(changed.definitions)
      for (const row of messages) if (row.kind === "step") yield* meanwhile.table.put("r", row)
      expect(yield* meanwhile.client.execute(changed.looks, { runId: "r", input: undefined })).toBe(20)
      const kept = (yield* meanwhile.client.history("r")).map(({ key }) => key)
      expect(kept).toEqual(["start", "step/look#0", expect.stringMatching(/^step\/look#0@/)])
      yield* meanwhile.close
      // The change is taken back.
      const { client } = yield* open(right.definitions)
      yield* client.fork(right.looks, "r", { at: 2, runId: "f" })
      expect(yield* client.wait(right.looks, "f")).toBe(10)
      expect(right.ran).toEqual([1, 1])
      // What it has in place of that outcome can be copied again.
      yield* client.fork(right.looks, "f", { at: 2, runId: "g" })
      expect(yield* client.wait(right.looks, "g")).toBe(10)
      expect(right.ran).toEqual([1, 1, 1])
    })
  )
})

onEachStore("A copy of a run that went on by the time of a row which was for nobody", (newStore) => {
  live("goes the new way of a patch to which that time had led", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const go = defineSignal("go", Schema.Void)
      const patient = defineWorkflow("patient", {
        input: Schema.Void,
        output: Schema.String,
        run: () =>
          Effect.gen(function* () {
            yield* Effect.sleep("1 minute")
            const isNew = yield* patched("new-way")
            yield* go.receive
            return isNew ? "new" : "old"
          })
      })
      const services = yield* open.services
      const [alone, table] = [Context.get(services, Client), Context.get(services, RunTable)]
      const startedAt = Date.now() - 3_600_000
      yield* Effect.provideService(
        alone.start(patient, { runId: "r", input: undefined }),
        Clock.Clock,
        yield* clockAt(startedAt)
      )
      // Before any host is there, somebody waits for its end, and asks for that when the minute is over.
      const waiter = { runId: "nobody", key: "r", fingerprint: "f" }
      yield* table.put("r", { kind: "await", at: startedAt + 120_000, waiter })
      const { client } = yield* open({ workflows: [patient], steps: [] })
      yield* waitsFor(client, "r", "signal")
      expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start", expect.stringMatching(/^await/)])
      yield* client.fork(patient, "r", { at: 2, runId: "f" })
      yield* waitsFor(client, "f", "signal")
      for (const runId of ["r", "f"]) {
        yield* client.signal(runId, go, undefined)
        expect(yield* client.wait(patient, runId)).toBe("new")
      }
    })
  )
})

const clockAt = (now: number): Effect.Effect<Clock.Clock> =>
  Effect.map(Clock.Clock, (clock) => ({
    ...clock,
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.succeed(now)
  }))
