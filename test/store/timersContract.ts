import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { messageKey } from "../../src/actor/message.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { type Timer, Timers } from "../../src/store/timers.ts"
import { newRunId } from "./samples.ts"
import { eventually, useStore } from "./useStore.ts"

/**
 * What all timers keep: see `src/store/timers.ts`. A timer has fired when its row is in the inbox, or when a queue message for it
 * arrives that needs no head to act (which puts the row).
 */
export const timersContract = (name: string, layer: Layer.Layer<Timers | RunTable | StepQueue, unknown>): void => {
  describe(`Timers: ${name}`, () => {
    const { run } = useStore(layer)

    it.each([
      ["soon", 700],
      ["now", 0],
      ["in the past", -60_000]
    ])("fires a timer due %s, not much too early, and once for each due time", (_, inMs) =>
      run(
        Effect.gen(function* () {
          const timers = yield* Timers
          const now = yield* Clock.currentTimeMillis
          const timer = { runId: newRunId(), key: "sleep#0", due: now + inMs }
          yield* Effect.all([timers.schedule(timer), timers.schedule(timer)], { concurrency: 2 })
          const other = { ...timer, due: timer.due + 1 }
          yield* timers.schedule(other)
          yield* hasFired(timer)
          yield* hasFired(other)
        })
      )
    )

    it("keeps timers of odd names apart", () =>
      run(
        Effect.gen(function* () {
          const timers = yield* Timers
          const due = yield* Clock.currentTimeMillis
          const base = newRunId()
          const odd = [
            { runId: `${base}/1`, key: "sleep:a@b", due },
            { runId: `${base}/1`, key: "sleep:a", due },
            { runId: `${base}#ü '"\\`, key: "sleep#0", due },
            { runId: `${base}${"long".repeat(100)}`, key: `sleep:${"k".repeat(128)}`, due }
          ]
          for (const timer of odd) yield* timers.schedule(timer)
          for (const timer of odd) yield* hasFired(timer)
        })
      ))

    it("clears a timer, and one that is not there", () =>
      run(
        Effect.gen(function* () {
          const timers = yield* Timers
          const now = yield* Clock.currentTimeMillis
          const timer = { runId: newRunId(), key: "sleep#0", due: now + 86_400_000 }
          yield* timers.schedule(timer)
          yield* timers.clear(timer)
          yield* timers.clear(timer)
          const table = yield* RunTable
          expect(yield* table.readRun(timer.runId)).toEqual({ head: undefined, segments: [], messages: [] })
        })
      ))
  })
}

/** Rings for timers of other tests that have come first. */
const rung = new Set<string>()

const idOf = ({ runId, key, due }: Timer): string => JSON.stringify([runId, key, due])

const hasFired = (timer: Timer) =>
  eventually(
    `the timer ${idOf(timer)}`,
    Effect.gen(function* () {
      const table = yield* RunTable
      const queue = yield* StepQueue
      const received = yield* queue.receive({ limit: 10, waitMs: 50, visibilityMs: 60_000 })
      for (const { message } of received) {
        if (message.kind !== "timer") continue
        expect(message.token).toBeNull()
        expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(message.due)
        rung.add(idOf(message))
      }
      yield* queue.complete(received)
      if (rung.has(idOf(timer))) return true
      const row = yield* table.readMessage(timer.runId, messageKey({ ...timer, kind: "timer", at: 0 }))
      if (row === undefined) return undefined
      expect(row).toMatchObject({ kind: "timer", key: timer.key, due: timer.due })
      expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(timer.due - 120_000)
      return true
    })
  )
