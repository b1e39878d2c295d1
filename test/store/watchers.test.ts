import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import { nodeProcess, type StoreProcess } from "../../src/store/sqlite/process/storeProcess.ts"
import { KeyedWatchers, Watchers } from "../../src/store/sqlite/watchers.ts"

/** Timers go off when they are told to, and by themselves never. */
const setup = () => {
  const timers = new Map<object, () => void>()
  const process: StoreProcess = {
    ...nodeProcess,
    after: (call) => {
      const timer = {}
      timers.set(timer, call)
      return timer
    },
    stop: (timer) => void timers.delete(timer as object)
  }
  const goOff = () => {
    for (const [timer, call] of [...timers]) {
      timers.delete(timer)
      call()
    }
  }
  return { process, timers, goOff }
}

const isOver = (fiber: Fiber.Fiber<void>) => fiber.pollUnsafe() !== undefined
const settled = Effect.repeat(Effect.yieldNow, { times: 5 })
const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)

it("whoever looks and then waits misses no news that came in between", () =>
  run(
    Effect.gen(function* () {
      const { process, timers } = setup()
      const watchers = new Watchers(process)
      const seen = watchers.count
      watchers.notify()
      // It would never go on: no timer goes off.
      yield* watchers.wait(seen, 1_000)
      watchers.notifyForeign()
      yield* watchers.wait(seen + 1, 1_000)
      expect(timers.size).toBe(0)
    })
  ))

it("all who wait are woken by the next news, and leave no timer behind", () =>
  run(
    Effect.gen(function* () {
      const { goOff, process, timers } = setup()
      const watchers = new Watchers(process)
      const wait = Effect.forkChild(watchers.wait(watchers.count, 1_000))
      const [one, two, gone] = yield* Effect.all([wait, wait, wait])
      yield* settled
      expect([isOver(one), isOver(two), timers.size]).toEqual([false, false, 3])
      yield* Fiber.interrupt(gone)
      watchers.hasNews = true
      watchers.tell()
      yield* settled
      expect([isOver(one), isOver(two), timers.size]).toEqual([true, true, 0])
      // Told once: there is nothing new.
      const later = yield* Effect.forkChild(watchers.wait(watchers.count, 1_000))
      watchers.tell()
      yield* settled
      expect(isOver(later)).toBe(false)
      goOff()
      yield* settled
      expect([isOver(later), timers.size]).toEqual([true, 0])
    })
  ))

it("of those who wait for one thing each is called back once, by its news or by its time", () => {
  const { goOff, process, timers } = setup()
  const watchers = new KeyedWatchers(process)
  const told: Array<string> = []
  const wait = (key: string, who: string) => watchers.wait(key, 1_000, () => void told.push(who))
  wait("a", "one")
  wait("a", "two")
  wait("b", "three")
  const stop = wait("a", "four")
  stop()
  watchers.tell("a")
  expect(told).toEqual(["one", "two"])
  wait("a", "five")
  watchers.tellAll()
  goOff()
  watchers.tell("a")
  expect([...told].sort()).toEqual(["five", "one", "three", "two"])
  expect(timers.size).toBe(0)
})

it("whoever is ready to wait for longer than a timer can waits", async () => {
  const told: Array<string> = []
  const timers = [2 ** 31, Number.POSITIVE_INFINITY].map((ms) => nodeProcess.after(() => void told.push(`${ms}`), ms))
  // Behind them: one that goes off at once is set to a millisecond.
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(told).toEqual([])
  for (const timer of timers) nodeProcess.stop(timer)
})
