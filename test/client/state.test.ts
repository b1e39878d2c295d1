import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { defineSignal, defineState, defineStep, defineWorkflow, type StateDefinition } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const progress = defineState("progress", Schema.Struct({ done: Schema.Int, note: Schema.String }))
const never = defineState("never", Schema.Int)
const next = defineSignal("next", Schema.Struct({ note: Schema.String }))

const shows = defineWorkflow("shows", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (to: number) {
    for (let done = 0; done < to; done++) {
      const { note } = yield* next.receive
      yield* progress.set({ done: -1, note: "passes" })
      yield* progress.set({ done, note })
    }
    return to
  })
})

const work = defineStep("work", {
  input: Schema.Int,
  output: Schema.Int,
  run: (n: number) => Effect.as(n === 0 ? Effect.void : Effect.sleep(n * 50), n)
})

/** Steps side by side, and how many have answered. */
const fans = defineWorkflow("fans", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (steps: number) {
    let done = 0
    const all = Array.from({ length: steps }, (_, n) => n)
    yield* Effect.forEach(
      all,
      (n) =>
        Effect.andThen(
          work(n),
          Effect.suspend(() => progress.set({ done: ++done, note: "" }))
        ),
      { concurrency: "unbounded" }
    )
    yield* next.receive
    return done
  })
})

const definitions = { workflows: [shows, fans], steps: [work] as const }
const small = { note: "small" }
/** Beyond what stands in a head. */
const large = { note: "large ".repeat(2_000) }

onEachStore("Published state", (newStore) => {
  live("is read as of the last commit, small and large, and after the end", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(shows, { runId: "r", input: 3 })
      const shown = (done: number) =>
        eventually(
          `the state of ${done}`,
          Effect.map(
            Effect.option(client.state("r", progress)),
            (now) => now._tag === "Some" && now.value.done === done && now.value
          )
        )
      yield* client.signal("r", next, small)
      expect(yield* shown(0)).toEqual({ done: 0, ...small })
      yield* client.signal("r", next, large)
      expect(yield* shown(1)).toEqual({ done: 1, ...large })
      // Large and unchanged but for the number.
      yield* client.signal("r", next, large)
      expect(yield* client.wait(shows, "r")).toBe(3)
      expect(yield* client.state("r", progress)).toEqual({ done: 2, ...large })
    })
  )

  live("that was never set, of no run, and of another schema, each has its error", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const failureOf = (state: StateDefinition<string, number>, runId: string) =>
        Effect.map(Effect.flip(client.state(runId, state)), ({ _tag }) => _tag)
      yield* client.start(shows, { runId: "r", input: 1 })
      expect(yield* failureOf(never, "r")).toBe("StateNotSet")
      expect(yield* failureOf(never, "nobody")).toBe("RunNotFound")
      expect(yield* failureOf(never, "\ud800")).toBe("RunNotFound")
      yield* client.signal("r", next, small)
      yield* client.wait(shows, "r")
      expect(yield* failureOf(never, "r")).toBe("StateNotSet")
      expect(yield* failureOf(defineState("progress", Schema.Int), "r")).toBe("StateUnreadable")
      expect(yield* Effect.flip(Stream.runCollect(client.watch("nobody", never)))).toMatchObject({
        _tag: "RunNotFound"
      })
      expect(yield* Stream.runCollect(client.watch("r", never))).toEqual([])
    })
  )

  live("is followed to the end, each value once and the last one for certain", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(shows, { runId: "r", input: 5 })
      const watching = yield* Effect.forkChild(Stream.runCollect(client.watch("r", progress)), {
        startImmediately: true
      })
      for (let n = 0; n < 5; n++) yield* client.signal("r", next, { note: `${n}` })
      const seen = (yield* Fiber.join(watching)).map(({ done }) => done)
      expect(seen.at(-1)).toBe(4)
      expect(seen).toEqual([...new Set(seen)].toSorted())
      expect(seen).not.toContain(-1)
      expect(yield* Stream.runCollect(client.watch("r", progress))).toEqual([{ done: 4, note: "4" }])
    })
  )

  live("goes on with each answer of steps side by side", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(fans, { runId: "r", input: 6 })
      const seen = yield* Stream.runCollect(Stream.takeUntil(client.watch("r", progress), ({ done }) => done === 6))
      expect(seen.map(({ done }) => done)).toEqual([...new Set(seen.map(({ done }) => done))].toSorted())
      expect(seen.length).toBeGreaterThan(1)
      yield* client.signal("r", next, small)
      expect(yield* client.wait(fans, "r")).toBe(6)
    })
  )
})
