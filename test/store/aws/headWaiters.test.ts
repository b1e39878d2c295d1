import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { expect, it } from "vitest"
import type { RunStatus } from "../../../src/actor/history/head.ts"
import { makeHeadWaiters } from "../../../src/store/aws/table/headWaiters.ts"

const run = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.provide(effect, TestClock.layer())))

const makeWorld = (options: { readonly maxRuns?: number } = {}) => {
  const waiters = makeHeadWaiters(options)
  const commit = (runId: string, version: number, status: RunStatus = "running") =>
    Effect.suspend(() => {
      waiters.committing(runId, version)
      return waiters.committed(runId, status)
    })
  const waiting = (runId: string, timeoutMs: number) =>
    Effect.tap(Effect.forkChild(waiters.wait(runId, timeoutMs)), TestClock.adjust(0))
  return { waiters, commit, waiting }
}

const isOver = (fiber: Fiber.Fiber<void>) => fiber.pollUnsafe() !== undefined

/** How long a wait takes, if nothing happens. */
const lengthOf = (waiting: Effect.Effect<Fiber.Fiber<void>>, stepMs = 5) =>
  Effect.gen(function* () {
    const fiber = yield* waiting
    let waitedMs = 0
    for (; !isOver(fiber); waitedMs += stepMs) yield* TestClock.adjust(stepMs)
    return waitedMs
  })

it("looks at runs driven elsewhere as often as the caller asks", () =>
  run(
    Effect.gen(function* () {
      const { waiting, commit } = makeWorld()
      yield* commit("another", 1)
      expect(yield* lengthOf(waiting("a", 25))).toBe(25)
      expect(yield* lengthOf(waiting("a", 2_000))).toBe(2_000)
    })
  ))

it("looks at a run driven here once a second, and is told of its end", () =>
  run(
    Effect.gen(function* () {
      const { waiting, commit } = makeWorld()
      yield* commit("a", 1)
      expect(yield* lengthOf(waiting("a", 25))).toBe(1_000)
      expect(yield* lengthOf(waiting("a", 2_000))).toBe(2_000)
      const [first, second] = [yield* waiting("a", 25), yield* waiting("a", 600_000)]
      yield* commit("a", 2)
      yield* TestClock.adjust(500)
      expect([first, second].map(isOver)).toEqual([false, false])
      yield* commit("a", 3, "succeeded")
      yield* TestClock.adjust(0)
      expect([first, second].map(isOver)).toEqual([true, true])
    })
  ))

it("waits on when the first commit comes in the course of a wait", () =>
  run(
    Effect.gen(function* () {
      const { waiting, commit } = makeWorld()
      const fiber = yield* waiting("a", 25)
      yield* TestClock.adjust(10)
      yield* commit("a", 1)
      yield* TestClock.adjust(989)
      expect(isOver(fiber)).toBe(false)
      yield* TestClock.adjust(1)
      expect(isOver(fiber)).toBe(true)
    })
  ))

it.each(["succeeded", "failed", "cancelled"] as const)("does not wait for a run that has just %s", (status) =>
  run(
    Effect.gen(function* () {
      const { waiting, commit } = makeWorld()
      yield* commit("a", 1, status)
      expect(yield* lengthOf(waiting("a", 25))).toBe(0)
      expect(yield* lengthOf(waiting("a", 600_000))).toBe(0)
      // The answer to the commit before it comes late.
      yield* commit("a", 1)
      expect(yield* lengthOf(waiting("a", 25))).toBe(0)
      // Whoever still waits sees another run of this name, driven elsewhere.
      yield* TestClock.adjust(60_000)
      expect(yield* lengthOf(waiting("a", 25))).toBe(25)
    })
  )
)

it("wakes those who wait when a run is parked, and lets the next look be the caller's", () =>
  run(
    Effect.gen(function* () {
      const { waiting, commit } = makeWorld()
      yield* commit("a", 1)
      const fiber = yield* waiting("a", 25)
      yield* commit("a", 2, "parked")
      yield* TestClock.adjust(0)
      expect(isOver(fiber)).toBe(true)
      expect(yield* lengthOf(waiting("a", 25))).toBe(25)
      yield* commit("a", 3)
      expect(yield* lengthOf(waiting("a", 25))).toBe(1_000)
    })
  ))

it("trusts in its own commits only as long as no other process drives its runs", () =>
  run(
    Effect.gen(function* () {
      const { waiters, waiting, commit } = makeWorld()
      yield* commit("a", 1)
      waiters.committing("a", 2)
      // Its own, read before it was answered; and a run that others alone drive.
      yield* waiters.seen("a", 2)
      yield* waiters.seen("b", 7)
      expect(yield* lengthOf(waiting("a", 25))).toBe(1_000)
      yield* waiters.seen("a", 3)
      expect(yield* lengthOf(waiting("a", 25))).toBe(25)
      yield* commit("c", 1)
      expect(yield* lengthOf(waiting("c", 25))).toBe(25)
      yield* TestClock.adjust(60_000)
      expect(yield* lengthOf(waiting("c", 25))).toBe(1_000)
    })
  ))

it("remembers so many runs, and forgets those whose last commit is longest ago", () =>
  run(
    Effect.gen(function* () {
      const { waiting, commit } = makeWorld({ maxRuns: 2 })
      for (const runId of ["a", "b", "a", "c"]) yield* commit(runId, 1)
      expect(yield* lengthOf(waiting("b", 25))).toBe(25)
      expect(yield* lengthOf(waiting("a", 25))).toBe(1_000)
      expect(yield* lengthOf(waiting("c", 25))).toBe(1_000)
    })
  ))
