import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { messageKey } from "../../src/actor/history/message.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { type Timer, Timers } from "../../src/store/timers.ts"
import type { MovableTime } from "./movableTime.ts"
import { newRunId } from "./samples.ts"
import { eventually, type StoreUnderTest, useStore } from "./useStore.ts"

type Services = Timers | RunTable | StepQueue

/**
 * What all timers keep: see `src/store/timers.ts`. A timer has fired when its row is in the inbox, or when a queue message for it
 * arrives that needs no head to act (which puts the row).
 *
 * What timers do in hours is asked of those whose time can be moved.
 */
export const timersContract = (name: string, layer: Layer.Layer<Services, unknown>, time?: MovableTime): void => {
  describe(`Timers: ${name}`, () => {
    const store = useStore(layer)
    const run: StoreUnderTest<Services>["run"] = (effect) =>
      store.run(time === undefined ? effect : time.during(effect))

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
          const odd = oddTimers(due)
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

    if (time !== undefined) inHours(run, time)
  })
}

const hour = 3_600_000

const inHours = (run: StoreUnderTest<Services>["run"], time: MovableTime): void => {
  // Whole minutes, and what lies next to them: services keep time to the second, or to the minute.
  it.each([0, 1, 123, 999, 29_500, 59_000, 59_999])(
    "fires a timer due in hours and %i ms, at most two minutes early, and once for each due time",
    (beyondMs) =>
      run(
        Effect.gen(function* () {
          const timers = yield* Timers
          const due = Math.ceil(time.now() / 60_000) * 60_000 + 20 * hour + beyondMs
          const timer = { runId: newRunId(), key: "sleep#0", due }
          const other = { ...timer, due: due + hour }
          yield* Effect.all([timers.schedule(timer), timers.schedule(timer), timers.schedule(other)], {
            concurrency: 3
          })
          yield* timers.schedule(timer)
          yield* time.moveTo(due - 130_000)
          expect(yield* firedByNow(timer)).toBe(false)
          yield* time.moveTo(due)
          yield* hasFired(timer)
          expect(yield* firedByNow(other)).toBe(false)
          // By someone who does not know that it has fired.
          yield* timers.schedule(timer)
          yield* time.moveTo(other.due)
          yield* hasFired(other)
        })
      )
  )

  it("fires a timer due in years, link by link, each once", () =>
    run(
      Effect.gen(function* () {
        const timers = yield* Timers
        const due = time.now() + Math.floor(2.6 * 365) * 24 * hour + 123
        const timer = { runId: newRunId(), key: "sleep#0", due }
        const links = new Set<number>()
        yield* timers.schedule(timer)
        while (time.now() < due) {
          yield* time.moveTo(Math.min(due, time.now() + 50 * 24 * hour))
          // As a turn does that has such a row.
          for (const row of (yield* (yield* RunTable).readRun(timer.runId)).messages) {
            if (row.kind !== "timer" || row.due === due || links.has(row.due)) continue
            expect(row.due).toBeLessThan(due)
            links.add(row.due)
            yield* timers.schedule({ ...timer, after: row.due })
          }
        }
        yield* hasFired(timer)
        expect([0, 2]).toContain(links.size)
      })
    ))

  it("takes every due time that a date can hold", () =>
    run(
      Effect.gen(function* () {
        const timers = yield* Timers
        for (const due of [Date.UTC(9999, 11, 31), Date.UTC(11027, 0), 8_640_000_000_000_000]) {
          const timer = { runId: newRunId(), key: "sleep#0", due }
          yield* timers.schedule(timer)
          yield* timers.clear(timer)
        }
      })
    ))

  it("keeps far timers of odd names apart, and clears one and no other", () =>
    run(
      Effect.gen(function* () {
        const timers = yield* Timers
        const due = time.now() + 30 * 24 * hour
        const odd = oddTimers(due)
        const cleared = { runId: `${odd[0]?.runId}/2`, key: "sleep:a@b", due }
        for (const timer of [...odd, cleared]) yield* timers.schedule(timer)
        yield* timers.clear(cleared)
        yield* time.moveTo(due)
        for (const timer of odd) yield* hasFired(timer)
      })
    ))
}

const oddTimers = (due: number): ReadonlyArray<Timer> => {
  const base = newRunId()
  return [
    { runId: `${base}/1`, key: "sleep:a@b", due },
    { runId: `${base}/1`, key: "sleep:a", due },
    // What stands between a run's id and a key may be in either.
    { runId: `${base}/3`, key: "sleep:a/sleep#0", due },
    { runId: `${base}/3/sleep:a`, key: "sleep#0", due },
    { runId: `${base}#ü '"\\`, key: "sleep#0", due },
    { runId: `${base}${"long".repeat(100)}`, key: `sleep:${"k".repeat(128)}`, due }
  ]
}

/** Rings for timers of other tests that have come first. */
const rung = new Set<string>()

const idOf = ({ runId, key, due }: Timer): string => JSON.stringify([runId, key, due])

/** One look. A row or a message that came too early fails the test. */
const firedByNow = Effect.fnUntraced(function* (timer: Timer) {
  const table = yield* RunTable
  const queue = yield* StepQueue
  const row = yield* table.readMessage(timer.runId, messageKey({ ...timer, kind: "timer", at: 0 }))
  if (row !== undefined) {
    expect(row).toMatchObject({ kind: "timer", key: timer.key, due: timer.due })
    expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(timer.due - 120_000)
    return true
  }
  const received = yield* queue.receive({ limit: 10, waitMs: 0, visibilityMs: 60_000 })
  for (const { message } of received) {
    if (message.kind !== "timer") continue
    expect(message.token).toBeNull()
    expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(message.due)
    rung.add(idOf(message))
  }
  yield* queue.complete(received)
  return rung.has(idOf(timer))
})

const hasFired = (timer: Timer) =>
  eventually(
    `the timer ${idOf(timer)}`,
    Effect.map(firedByNow(timer), (fired) => (fired ? true : undefined))
  )
