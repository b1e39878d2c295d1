import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { testCodec } from "../../codec/codecs.ts"
import { eventually, live, openClient, openEngine, tempFile, withSql } from "../../streams/engine.ts"
import { faulty, firstTimes } from "../../streams/faults.ts"
import { go, openShop } from "./shop.ts"

/** A run that has failed in its last step but one, in a file that nobody has open, with steps that work. */
const failedBefore = Effect.gen(function* () {
  const filename = yield* tempFile
  const shop = openShop()
  const definitions = { workflows: [shop.order], steps: shop.steps, filename }
  const before = yield* openEngine(definitions)
  shop.broken.add("charge")
  yield* before.client.start(shop.order, { runId: "r", input: "book" })
  yield* before.client.signal("r", go, "pay")
  yield* Effect.flip(before.client.wait(shop.order, "r"))
  yield* before.close
  shop.broken.clear()
  return { ...shop, filename, definitions }
})

const keysOf = (history: ReadonlyArray<{ readonly key: string }>) => history.map(({ key }) => key)

describe("The first turn of a copy", () => {
  live("comes when a pause that was there before it is over", () =>
    Effect.gen(function* () {
      const { definitions, filename, of, order } = yield* failedBefore
      const alone = yield* openClient(filename)
      yield* alone.fork(order, "r", { at: 3, runId: "f" })
      yield* alone.pause("f")
      const { client } = yield* openEngine(definitions)
      yield* eventually(
        "it is paused",
        Effect.map(client.get("f"), ({ status }) => status === "paused")
      )
      expect(of("charge")).toHaveLength(1)
      yield* client.resume("f")
      expect((yield* client.wait(order, "f")).slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
      expect(of("reserve")).toHaveLength(1)
      // It can be copied as well: what was decided before its start is no part of the kept messages.
      const at = keysOf(yield* client.history("f")).indexOf("step/ship#0")
      yield* client.fork(order, "f", { at, runId: "g" })
      expect((yield* client.wait(order, "g")).slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
      expect(of("charge")).toHaveLength(2)
    })
  )

  live.each(["Commits.commit", "RunTable.readRun", "RunTable.put", "Payloads.get", "StepQueue.send"])(
    "is taken again when the store is away for %s",
    (operation) =>
      Effect.gen(function* () {
        const { definitions, filename, of, order } = yield* failedBefore
        const alone = yield* openClient(filename)
        yield* alone.fork(order, "r", { at: 3, runId: "f" })
        yield* alone.retry(order, "r")
        const faults = firstTimes(4, (tried) => tried === operation)
        const { client } = yield* openEngine({ ...definitions, wrap: faulty(faults), visibility: 400 })
        expect((yield* client.wait(order, "f")).slice(1, 3)).toEqual(["charge of pay for r", "ship of book"])
        expect((yield* client.wait(order, "r", { generation: 1 })).slice(1, 3)).toEqual([
          "charge of pay for r",
          "ship of book"
        ])
        expect(of("reserve")).toHaveLength(1)
        for (const runId of ["f", "r"])
          expect(keysOf(yield* client.history(runId))).toEqual([
            "start",
            "step/reserve#0",
            expect.stringMatching(/^signal/),
            "step/charge#0",
            "step/ship#0"
          ])
      })
  )

  live("is not taken when its source was deleted: nothing of it runs again", () =>
    Effect.gen(function* () {
      const { definitions, executed, filename, order } = yield* failedBefore
      const alone = yield* openClient(filename)
      yield* alone.fork(order, "r", { at: 3, runId: "f" })
      expect(yield* alone.delete("r")).toMatchObject({ isErased: true })
      const before = executed.length
      const { client } = yield* openEngine(definitions)
      const { parked } = yield* eventually(
        "it is parked",
        Effect.map(client.get("f"), (run) => (run.status === "parked" ? run : undefined))
      )
      expect(parked).toMatchObject({ _tag: "PayloadUnreadable" })
      expect(parked?.message).toContain("run r, of which it is a copy, is not there any more")
      expect(executed).toHaveLength(before)
      yield* client.terminate("f")
      expect(yield* Effect.flip(client.wait(order, "f"))).toMatchObject({ _tag: "RunTerminated" })
    })
  )

  live("opens outcomes that it was given and a codec has sealed", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { of, order, steps } = openShop()
      const sealed = (codec?: ReturnType<typeof testCodec>) => ({
        workflows: [order],
        steps,
        filename,
        store: codec === undefined ? {} : { codec }
      })
      const first = yield* openEngine(sealed(testCodec()))
      yield* first.client.start(order, { runId: "r", input: "book" })
      yield* first.client.signal("r", go, "pay")
      yield* first.client.wait(order, "r")
      const outcomes = { "step/charge#0": { succeeded: "a secret by hand" } }
      yield* first.client.fork(order, "r", { at: 4, runId: "f", outcomes })
      expect((yield* first.client.wait(order, "f"))[1]).toBe("a secret by hand")
      yield* first.close
      const bytes = yield* withSql(filename, (database) => {
        database.exec("pragma wal_checkpoint(truncate)")
        return readFileSync(filename).toString("latin1")
      })
      expect(bytes).toContain("step/charge#0")
      expect(bytes).not.toContain("a secret by hand")
      // A copy of the copy, edited again, in another process.
      const next = yield* openEngine(sealed(testCodec()))
      yield* next.client.fork(order, "f", {
        at: 4,
        runId: "g",
        outcomes: { "step/reserve#0": { succeeded: "a shelf by hand" } }
      })
      expect((yield* next.client.wait(order, "g")).slice(0, 2)).toEqual(["a shelf by hand", "a secret by hand"])
      expect(of("charge")).toHaveLength(1)
    })
  )
})
