import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { withNotedAttempts } from "../../../src/store/aws/beside/notedAttempts.ts"
import type { StepRetry } from "../../../src/store/reading/waitingFor.ts"
import type { RunTable } from "../../../src/store/runTable.ts"
import type { Delivery, QueueMessage, StepQueue } from "../../../src/store/stepQueue.ts"
import { epoch, stepRequest } from "../samples.ts"

const worker = "host/7"
const visibilityMs = 30_000
const options = { limit: 10, waitMs: 0, visibilityMs }

/** A queue of which only is known what it says: what it hands out next, and whether a claim is still ours. */
const setup = () => {
  const state: { next: ReadonlyArray<Delivery>; isOurs: boolean } = { next: [], isOurs: true }
  const nothing = () => Effect.void
  const service = {
    send: nothing,
    receive: () => Effect.sync(() => state.next),
    renew: () => Effect.sync(() => state.isOurs),
    complete: nothing,
    replace: nothing,
    release: nothing,
    receiveDead: () => Effect.succeed([]),
    maxDelayMs: 900_000
  } satisfies StepQueue["Service"]
  // What is noted of attempts that have failed, by run.
  const noted = new Map<string, StepRetry>()
  const { queue, table } = withNotedAttempts({
    queue: service,
    table: {
      stepRetries: (runId: string) => Effect.sync(() => [noted.get(runId)].filter((one) => one !== undefined))
    } as unknown as RunTable["Service"],
    attempts: {
      failed: (runId, { at: _, ...note }) => Effect.sync(() => void noted.set(runId, note)),
      held: nothing,
      read: () => Effect.succeed([])
    },
    worker
  })
  const receive = (...next: ReadonlyArray<Delivery>) => {
    state.next = next
    return queue.receive(options)
  }
  return { state, queue, receive, told: (runId = "run") => table.stepRetries(runId) }
}

const delivered = (message: QueueMessage): Delivery => ({ receipt: `of ${message.runId}`, message, receives: 1 })
const attemptOf = (attempt: number, runId = "run", key = "ship#0") => ({
  ...stepRequest(runId, key),
  attempt,
  notBefore: epoch,
  ...(attempt === 1 ? {} : { lastError: `failed for the ${attempt - 1}. time` })
})

const inVirtualTime = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(effect, TestClock.layer()))

describe("what a process knows of steps on SQS", () => {
  it("shows a step as in its hands until its visibility ends, and for as long again with each renewal", () =>
    inVirtualTime(
      Effect.gen(function* () {
        const { queue, receive, state, told } = setup()
        const delivery = delivered(attemptOf(1))
        yield* receive(delivery)
        yield* TestClock.adjust(visibilityMs - 1)
        expect(yield* told()).toMatchObject([{ key: "ship#0", attempt: 1, worker }])
        expect(yield* queue.renew(delivery, visibilityMs)).toBe(true)
        yield* TestClock.adjust(visibilityMs - 1)
        expect(yield* told()).toMatchObject([{ worker }])
        yield* TestClock.adjust(1)
        expect(yield* told()).toEqual([])
        yield* receive(delivery)
        state.isOurs = false
        expect(yield* queue.renew(delivery, visibilityMs)).toBe(false)
        expect(yield* told()).toEqual([])
      })
    ))

  it("shows the next attempt that was sent in its place, which nobody has in hand", () =>
    inVirtualTime(
      Effect.gen(function* () {
        const { queue, receive, told } = setup()
        const first = delivered(attemptOf(1))
        yield* receive(first)
        yield* queue.replace(first, attemptOf(2))
        expect(yield* told()).toEqual([
          { key: "ship#0", attempt: 2, lastError: "failed for the 1. time", notBefore: epoch }
        ])
        const second = delivered(attemptOf(2))
        yield* receive(second)
        expect(yield* told()).toMatchObject([{ attempt: 2, worker }])
        // Put off: it waits in the queue again.
        yield* queue.replace(second, { ...attemptOf(2), notBefore: epoch + 1 })
        expect(yield* told()).toMatchObject([{ attempt: 2 }])
        expect((yield* told())?.[0]?.worker).toBeUndefined()
        yield* receive(second)
        expect(yield* told()).toMatchObject([{ attempt: 2, worker }])
        yield* queue.complete([second])
        expect((yield* told())?.[0]?.worker).toBeUndefined()
      })
    ))

  it("keeps a later attempt in hand, and in mind, when an earlier one is given back, done with or lost", () =>
    inVirtualTime(
      Effect.gen(function* () {
        const { queue, receive, state, told } = setup()
        const [first, second] = [delivered(attemptOf(1)), delivered(attemptOf(2))]
        yield* queue.replace(first, attemptOf(2))
        yield* receive(first)
        yield* receive(second)
        yield* queue.release(first, 0)
        expect(yield* told()).toMatchObject([{ attempt: 2, worker }])
        yield* queue.complete([first])
        expect(yield* told()).toMatchObject([{ attempt: 2, worker }])
        state.isOurs = false
        yield* queue.renew(first, visibilityMs)
        expect(yield* told()).toMatchObject([{ attempt: 2, worker }])
        yield* queue.release(second, 0)
        expect(yield* told()).toEqual([
          { key: "ship#0", attempt: 2, lastError: "failed for the 1. time", notBefore: epoch }
        ])
      })
    ))

  it("tells the steps of a run apart from each other and from those of other runs", () =>
    inVirtualTime(
      Effect.gen(function* () {
        const { queue, receive, told } = setup()
        const [a, b, other] = [attemptOf(1, "run", "a#0"), attemptOf(1, "run", "b#0"), attemptOf(1, "other", "a#0")]
        yield* receive(delivered(a), delivered(b), delivered(other))
        yield* queue.complete([delivered(a)])
        expect(yield* told()).toMatchObject([{ key: "b#0" }])
        expect(yield* told("other")).toMatchObject([{ key: "a#0" }])
        yield* receive(delivered({ kind: "wake", runId: "third", notBefore: epoch }))
        expect(yield* told("third")).toEqual([])
      })
    ))
})
