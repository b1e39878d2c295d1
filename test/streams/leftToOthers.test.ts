import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { StepQueue, type WakeRequest } from "../../src/store/stepQueue.ts"
import { makeRegistry } from "../../src/streams/turns/registry.ts"
import { makeRuns } from "../../src/streams/turns/runs.ts"
import { WarmRuns } from "../../src/streams/turns/warmRun.ts"
import { makeMovableTime } from "../store/movableTime.ts"
import { newHead, signalMessage, startMessage } from "../store/samples.ts"
import { live } from "./engine.ts"

const second = 1_000
const minute = 60 * second

/** A host that knows no workflow, a run that others have begun, and the wake-ups that the host sends for it. */
const setup = Effect.gen(function* () {
  const time = makeMovableTime()
  const clock = yield* time.during(Clock.Clock)
  const store = yield* Layer.build(sqliteStore({ filename: ":memory:" }))
  const table = Context.get(store, RunTable)
  const wakes: Array<WakeRequest> = []
  const queue = {
    ...Context.get(store, StepQueue),
    send: (messages: ReadonlyArray<unknown>) => Effect.sync(() => void wakes.push(...(messages as typeof wakes)))
  }
  const context = store.pipe(Context.add(StepQueue, queue), Context.add(Clock.Clock, clock))
  const newHost = () =>
    makeRuns(
      {
        registry: makeRegistry([], []),
        services: Context.empty(),
        guard: { run: () => undefined, portions: () => undefined },
        warm: new WarmRuns(10),
        budget: 1_000,
        output: undefined,
        isClosing: () => false
      },
      context
    )
  yield* table.put("r", startMessage({ at: time.now() }))
  yield* table.commitHead("r", newHead({ updatedAt: time.now() }))
  const pauseMs = () => (wakes.at(-1) as WakeRequest).notBefore - time.now()
  return { time, table, wakes, newHost, pauseMs }
})

/** What time goes by in the test itself does not matter. */
const about = (ms: number) => ({ above: ms - 50, below: ms * 1.2 + 2 * second })

describe("a run whose workflow this host does not know, and which others have begun", () => {
  live("is woken for after pauses that grow from seconds to ten minutes, and for ever", () =>
    Effect.gen(function* () {
      const { time, wakes, newHost, pauseMs } = yield* setup
      const host = newHost()
      const expected = [3, 3, 6, 12, 24, 48, 96, 192, 384, 600, 600, 600].map((seconds) => seconds * second)
      for (const ms of expected) {
        yield* host.ring("r", [])
        const { above, below } = about(ms)
        expect(pauseMs()).toBeGreaterThan(above)
        expect(pauseMs()).toBeLessThan(below)
        yield* time.moveTo((wakes.at(-1) as WakeRequest).notBefore)
      }
      expect(wakes).toHaveLength(expected.length)
      expect(wakes.every(({ kind, runId }) => kind === "wake" && runId === "r")).toBe(true)
    })
  )

  live("is woken for once, however often it is rung", () =>
    Effect.gen(function* () {
      const { time, wakes, newHost } = yield* setup
      const host = newHost()
      yield* time.moveTo(time.now() + 5 * minute)
      for (let rings = 0; rings < 30; rings++) yield* host.ring("r", [])
      expect(wakes).toHaveLength(1)
      // Another host does not know of that.
      yield* newHost().ring("r", [])
      expect(wakes).toHaveLength(2)
    })
  )

  live("is woken for soon again when something comes for it, and no more often than that", () =>
    Effect.gen(function* () {
      const { time, table, wakes, newHost, pauseMs } = yield* setup
      const host = newHost()
      yield* time.moveTo(time.now() + 20 * minute)
      yield* host.ring("r", [])
      expect(pauseMs()).toBeGreaterThan(9 * minute)
      const slow = wakes[0] as WakeRequest
      // By doorbell, and in hand.
      yield* table.put("r", { ...signalMessage("s", "1"), at: time.now() })
      yield* host.ring("r", ["signal/s/1"])
      expect(pauseMs()).toBeLessThan(4 * second)
      yield* time.moveTo(time.now() + 5 * second)
      yield* host.deliver("r", [{ ...signalMessage("s", "2"), at: time.now() }], [])
      expect(pauseMs()).toBeLessThan(4 * second)
      expect(yield* table.readMessage("r", "signal/s/2")).toBeDefined()
      expect(wakes).toHaveLength(3)
      // When the slow one comes, the quick ones have grown slow as well, and one of the two ends.
      for (let last = wakes[2] as WakeRequest; last.notBefore < slow.notBefore; last = wakes.at(-1) as WakeRequest) {
        yield* time.moveTo(last.notBefore)
        yield* host.ring("r", [])
      }
      const sent = wakes.length
      yield* time.moveTo(slow.notBefore)
      yield* host.ring("r", [])
      expect(wakes).toHaveLength(sent)
    })
  )
})
