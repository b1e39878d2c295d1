import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { expect, it } from "vitest"
import { type BatcherOptions, makeBatcher } from "../../../src/store/aws/calls/batcher.ts"

/** Requests stay under way until the test answers them. */
const makeWorld = (options: Partial<BatcherOptions<string, string, string>> = {}) => {
  const requests: Array<ReadonlyArray<string>> = []
  const answers: Array<Deferred.Deferred<void, string>> = []
  const aborted: Array<number> = []
  const submit = makeBatcher<string, string, string>({
    maxEntries: 3,
    maxBytes: 100,
    bytesOf: ({ length }) => length,
    request: (entries) =>
      Effect.suspend(() => {
        const index = requests.push(entries) - 1
        const answer = Deferred.makeUnsafe<void, string>()
        answers.push(answer)
        return Deferred.await(answer).pipe(
          Effect.as(entries.map((entry) => entry.toUpperCase())),
          Effect.onInterrupt(() => Effect.sync(() => void aborted.push(index)))
        )
      }),
    ...options
  })
  /** Every fiber goes as far as it can. */
  const settled = TestClock.adjust(0)
  const call = (...entries: ReadonlyArray<string>) => Effect.forkChild(submit(entries))
  /** One caller after the other, at moments of their own. */
  const calls = (names: ReadonlyArray<string>) => Effect.forEach(names, (name) => Effect.tap(call(name), settled))
  const answer = (index: number, exit: Exit.Exit<void, string> = Exit.void) =>
    Effect.andThen(Deferred.done(answers[index] as Deferred.Deferred<void, string>, exit), settled)
  return { requests, aborted, submit, settled, call, calls, answer }
}

const run = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.scoped(Effect.provide(effect, TestClock.layer())))

it("sends at once what finds a free place, and what comes meanwhile together", () =>
  run(
    Effect.gen(function* () {
      const { requests, calls, answer } = makeWorld()
      const fibers = yield* calls(["a", "b", "c", "d"])
      expect(requests).toEqual([["a"], ["b"]])
      yield* answer(1)
      expect(requests).toEqual([["a"], ["b"], ["c", "d"]])
      yield* answer(0)
      yield* answer(2)
      expect(yield* Fiber.joinAll(fibers)).toEqual([["A"], ["B"], ["C"], ["D"]])
    })
  ))

it("puts callers of one moment into one request, and idles without a timer", () =>
  run(
    Effect.gen(function* () {
      const { requests, call, settled, answer } = makeWorld()
      const fibers = [yield* call("a"), yield* call("b", "c")]
      yield* settled
      expect(requests).toEqual([["a", "b", "c"]])
      yield* answer(0)
      expect(yield* Fiber.joinAll(fibers)).toEqual([["A"], ["B", "C"]])
      yield* call("d")
      yield* settled
      expect(requests).toEqual([["a", "b", "c"], ["d"]])
    })
  ))

it("lets no full request wait for a place, up to a limit", () =>
  run(
    Effect.gen(function* () {
      const { requests, calls, call, settled, answer } = makeWorld({ maxRequests: 4 })
      yield* calls(["a", "b"])
      const many = yield* call(..."cdefghijklm")
      yield* settled
      expect(requests.slice(2)).toEqual([
        ["c", "d", "e"],
        ["f", "g", "h"]
      ])
      yield* answer(0)
      expect(requests.slice(4)).toEqual([["i", "j", "k"]])
      for (const index of [1, 2, 3, 4]) yield* answer(index)
      expect(requests.slice(5)).toEqual([["l", "m"]])
      yield* answer(5)
      expect(yield* Fiber.join(many)).toEqual([..."CDEFGHIJKLM"])
    })
  ))

it("keeps to the size of a request; what is larger goes alone", () =>
  run(
    Effect.gen(function* () {
      const { requests, call, settled } = makeWorld()
      yield* call("a".repeat(60), "b".repeat(40), "c".repeat(1), "d".repeat(150), "e")
      yield* settled
      expect(requests.map((entries) => entries.map(({ length }) => length))).toEqual([[60, 40], [1], [150]])
    })
  ))

it("fails the calls of a request that fails, and no others", () =>
  run(
    Effect.gen(function* () {
      const { requests, calls, call, settled, answer } = makeWorld()
      const alone = yield* calls(["a", "b"])
      const both = yield* call("c", "d", "e", "f")
      const other = yield* call("g")
      yield* settled
      expect(requests).toEqual([["a"], ["b"], ["c", "d", "e"]])
      yield* answer(2, Exit.fail("lost"))
      expect(yield* Fiber.await(both)).toEqual(Exit.fail("lost"))
      yield* answer(0)
      // What waited of the call that failed does not go any more.
      expect(requests.slice(3)).toEqual([["g"]])
      yield* answer(1)
      yield* answer(3)
      expect(yield* Fiber.joinAll([...alone, other])).toEqual([["A"], ["B"], ["G"]])
    })
  ))

it("turns a request that throws into the failure of its calls", () =>
  run(
    Effect.gen(function* () {
      const { submit } = makeWorld({ request: () => Effect.die("broken") })
      expect(yield* Effect.exit(submit(["a"]))).toEqual(Exit.die("broken"))
      expect(yield* Effect.exit(submit(["b"]))).toEqual(Exit.die("broken"))
    })
  ))

it("goes on for the others when a caller is interrupted, and aborts what nobody waits for", () =>
  run(
    Effect.gen(function* () {
      const { requests, aborted, calls, call, settled, answer } = makeWorld()
      const shared = [yield* call("a"), yield* call("b")]
      yield* settled
      const [alone, waiting] = yield* calls(["c", "d"])
      yield* calls(["e"])
      expect(requests).toEqual([["a", "b"], ["c"]])
      // The one that opened the request, one that waits, and the only one of a request.
      for (const fiber of [shared[0], waiting, alone]) if (fiber !== undefined) yield* Fiber.interrupt(fiber)
      yield* settled
      expect(aborted).toEqual([1])
      expect(requests).toEqual([["a", "b"], ["c"], ["e"]])
      yield* answer(0)
      expect(yield* Fiber.join(shared[1] as Fiber.Fiber<ReadonlyArray<string>, string>)).toEqual(["B"])
    })
  ))

it("is held back by no request that does not answer", () =>
  run(
    Effect.gen(function* () {
      const { requests, calls, answer } = makeWorld({ patienceMs: 100 })
      yield* calls(["a", "b", "c"])
      yield* TestClock.adjust(99)
      expect(requests).toEqual([["a"], ["b"]])
      yield* TestClock.adjust(1)
      expect(requests).toEqual([["a"], ["b"], ["c"]])
      // Their places are free once, not twice.
      yield* answer(0)
      yield* answer(1)
      yield* calls(["d", "e"])
      expect(requests.slice(3)).toEqual([["d"]])
    })
  ))
