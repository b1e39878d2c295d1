import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { fingerprint } from "../../src/actor/values/json.ts"
import { queueInlineLimitBytes } from "../../src/store/payloads.ts"
import { type Delivery, type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { bulkyJson, inline, newRunId, reference, stepRequest } from "./samples.ts"
import { eventually, type StoreUnderTest, useStore } from "./useStore.ts"

export interface StepQueueContractOptions {
  /** Receipts after which the store under test makes a message a dead letter. */
  readonly maxReceives: number
  /** A character beyond U+FFFF, where the server takes one: fauxqs refuses what SQS takes (#x10000 to #x10FFFF). */
  readonly astral?: string
}

/**
 * What every step queue keeps: see `src/store/stepQueue.ts`. Times are in whole seconds or well apart, as some queues count
 * in seconds.
 */
export const stepQueueContract = (
  name: string,
  layer: Layer.Layer<StepQueue, unknown>,
  options: StepQueueContractOptions
): void => {
  describe(`StepQueue: ${name}`, () => {
    const store = useStore(layer)
    messages(store, options)
    waits(store)
    visibility(store)
    deadLetters(store, options)
  })
}

/** Receives until there are so many messages for these runs; completes those that other tests have left. */
const receiveFor = (runIds: ReadonlyArray<string>, count: number, visibilityMs = 60_000) => {
  const found: Array<Delivery> = []
  return eventually(
    `${count} messages`,
    Effect.gen(function* () {
      const queue = yield* StepQueue
      const received = yield* queue.receive({ limit: 10, waitMs: 500, visibilityMs })
      found.push(...received.filter(({ message }) => runIds.includes(message.runId)))
      yield* queue.complete(received.filter(({ message }) => !runIds.includes(message.runId)))
      return found.length >= count ? (found as ReadonlyArray<Delivery>) : undefined
    })
  )
}

const receiveOne = (runId: string, visibilityMs?: number) =>
  Effect.map(receiveFor([runId], 1, visibilityMs), (found) => found[0] as Delivery)

/** Nothing for this run comes while the queue is asked for so long. */
const expectNothing = (runId: string, waitMs: number) =>
  Effect.gen(function* () {
    const queue = yield* StepQueue
    const received = yield* queue.receive({ limit: 10, waitMs, visibilityMs: 1_000 })
    expect(received.filter(({ message }) => message.runId === runId)).toEqual([])
  })

const messages = ({ run }: StoreUnderTest<StepQueue>, { astral = "🎈" }: StepQueueContractOptions): void => {
  it("hands over every kind of message as it was sent", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        const odd = `{"__proto__":{"a":1},"text":"\\u0000 \\ud800 \u2028 \uFFFE\uFFFF ${astral}\\n\\""}`
        const sent: ReadonlyArray<QueueMessage> = [
          stepRequest(runId, "a#0"),
          stepRequest(runId, "a#1", {
            input: reference("elsewhere"),
            token: "token",
            index: 17,
            attempt: 4,
            notBefore: 5
          }),
          stepRequest(runId, `a:ünï\n${astral}`, { input: inline({ name: "\n" }) }),
          { kind: "timer", runId, key: "sleep#0", due: 123, index: 3, token: "token", notBefore: 123 },
          { kind: "wake", runId, notBefore: 0 }
        ]
        yield* queue.send([...sent, stepRequest(runId, "odd#0", { input: { json: odd } })])
        const received = yield* receiveFor([runId], 6)
        const found = received.map(({ message }) => message)
        for (const message of sent) expect(found).toContainEqual(message)
        const request = found.find((message) => message.kind === "step" && message.key === "odd#0")
        const input = request?.kind === "step" && "json" in request.input ? request.input.json : ""
        // How its characters are written may change, what they say may not.
        expect(JSON.stringify(JSON.parse(input))).toBe(JSON.stringify(JSON.parse(odd)))
        expect(received.map(({ receives }) => receives)).toEqual(received.map(() => 1))
        yield* queue.complete(received)
      })
    ))

  it("carries many messages, and the largest inputs that steps may bring", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        const quotes = `[${Array.from({ length: 60_000 }, () => '""').join(",")}]`
        const large = [bulkyJson(queueInlineLimitBytes - 16), quotes, bulkyJson(queueInlineLimitBytes - 16)]
        const sent = [
          ...Array.from({ length: 45 }, (_, index) => stepRequest(runId, `a#${index}`)),
          ...large.map((json, index) => stepRequest(runId, `large#${index}`, { input: { json } }))
        ]
        yield* queue.send(sent)
        const received = yield* receiveFor([runId], sent.length)
        const found = received.map(({ message }) => fingerprint(message))
        expect(found.sort()).toEqual(sent.map(fingerprint).sort())
        yield* queue.complete(received)
      })
    ))

  it("has nothing to do with no messages", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        yield* queue.send([])
        yield* queue.complete([])
        expect(queue.maxDelayMs).toBeGreaterThan(60_000)
      })
    ))

  it("keeps a message back until its time", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        const notBefore = (yield* Clock.currentTimeMillis) + 1_200
        yield* queue.send([stepRequest(runId, "later#0", { notBefore }), stepRequest(runId, "now#0")])
        const first = yield* receiveOne(runId)
        expect(first.message).toMatchObject({ key: "now#0" })
        const second = yield* receiveOne(runId)
        expect(second.message).toMatchObject({ key: "later#0" })
        expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(notBefore)
        yield* queue.complete([first, second])
      })
    ))

  it("wakes a receiver that waits when a message comes", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        const send = Effect.andThen(Effect.sleep(100), queue.send([stepRequest(runId, "a#0")]))
        const [received] = yield* Effect.all(
          [queue.receive({ limit: 1, waitMs: 10_000, visibilityMs: 60_000 }), send],
          { concurrency: 2 }
        )
        expect(received.map(({ message }) => message.runId)).toEqual([runId])
        yield* queue.complete(received)
      })
    ))
}

const waits = ({ run }: StoreUnderTest<StepQueue>): void => {
  const options = { limit: 10, visibilityMs: 60_000 }
  /** How long an answer took, by a clock that nobody sets. */
  const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const begun = performance.now()
      return Effect.map(effect, (answer) => ({ answer, tookMs: performance.now() - begun }))
    })
  /** Nothing of other tests is on the queue. */
  const emptied = Effect.gen(function* () {
    const queue = yield* StepQueue
    for (let found: ReadonlyArray<Delivery> = []; ; ) {
      found = yield* queue.receive({ ...options, waitMs: 0 })
      if (found.length === 0) return queue
      yield* queue.complete(found)
    }
  })

  it("says that nothing came when all of the wait is over, and not before, though others are handed what comes", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* emptied
        const runId = newRunId()
        const count = 3
        const soon = yield* Clock.currentTimeMillis
        // Some at once and some in the middle of the wait; and one that nobody is to get yet.
        const sent = Array.from({ length: count }, (_, n) =>
          stepRequest(runId, `a#${n}`, { notBefore: n === 0 ? 0 : soon + n * 500 })
        )
        yield* queue.send([stepRequest(runId, "later#0", { notBefore: soon + 600_000 }), ...sent])
        // More receivers than messages: at least two of them get none.
        const receivers = Array.from({ length: count + 2 }, () =>
          timed(queue.receive({ ...options, limit: 1, waitMs: 3_000 }))
        )
        const received = yield* Effect.all(receivers, { concurrency: "unbounded" })
        const empty = received.filter(({ answer }) => answer.length === 0)
        expect(empty.length).toBeGreaterThanOrEqual(2)
        // A timer may go off a millisecond early.
        for (const { tookMs } of empty) expect(tookMs).toBeGreaterThanOrEqual(2_995)
        const keys = received.flatMap(({ answer }) => answer).map(({ message }) => "key" in message && message.key)
        expect(keys.sort()).toEqual(sent.map(({ key }) => key))
        yield* queue.complete(received.flatMap(({ answer }) => answer))
      })
    ))

  it.each(["steps", "prompt"] as const)("waits on in the lane of %s, too", (lane) =>
    run(
      Effect.gen(function* () {
        const queue = yield* emptied
        const { answer, tookMs } = yield* timed(queue.receive({ ...options, waitMs: 1_000, lane }))
        expect(answer).toEqual([])
        expect(tookMs).toBeGreaterThanOrEqual(995)
      })
    )
  )

  it("waits for dead letters in the same way", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* emptied
        yield* queue.complete(yield* queue.receiveDead({ ...options, waitMs: 0 }))
        const dead = yield* timed(queue.receiveDead({ ...options, waitMs: 1_000 }))
        expect(dead.answer).toEqual([])
        expect(dead.tookMs).toBeGreaterThanOrEqual(995)
      })
    ))
}

const visibility = ({ run }: StoreUnderTest<StepQueue>): void => {
  it("hides a message from others while it is held, shows it again after, and counts", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        yield* queue.send([stepRequest(runId, "a#0")])
        const first = yield* receiveOne(runId, 1_000)
        expect(first.receives).toBe(1)
        const second = yield* receiveOne(runId)
        expect(second.receives).toBe(2)
        expect(second.message).toEqual(first.message)
        yield* queue.complete([second])
      })
    ))

  it("is held on by renewing it", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        yield* queue.send([stepRequest(runId, "a#0")])
        const held = yield* receiveOne(runId, 1_000)
        expect(yield* queue.renew(held, 60_000)).toBe(true)
        yield* expectNothing(runId, 2_000)
        yield* queue.complete([held])
        expect(yield* queue.renew(held, 1_000)).toBe(false)
      })
    ))

  it("never shows a completed message again", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        yield* queue.send([stepRequest(runId, "a#0"), stepRequest(runId, "a#1")])
        const held = yield* receiveFor([runId], 2, 1_000)
        yield* queue.complete(held)
        // Twice is once.
        yield* queue.complete(held)
        yield* expectNothing(runId, 2_000)
      })
    ))

  it("shows a released message again, after the delay asked for", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        yield* queue.send([stepRequest(runId, "a#0")])
        yield* queue.release(yield* receiveOne(runId), 0)
        const again = yield* receiveOne(runId)
        expect(again.receives).toBe(2)
        const visibleAt = (yield* Clock.currentTimeMillis) + 1_000
        yield* queue.release(again, 1_000)
        const third = yield* receiveOne(runId)
        // Its own clock may be some milliseconds off.
        expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(visibleAt - 50)
        yield* queue.complete([third])
      })
    ))

  it("replaces a message with its next attempt", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        yield* queue.send([stepRequest(runId, "a#0")])
        const first = yield* receiveOne(runId, 1_000)
        yield* queue.replace(first, stepRequest(runId, "a#0", { attempt: 2 }))
        const second = yield* receiveOne(runId)
        expect(second).toMatchObject({ receives: 1, message: { attempt: 2 } })
        yield* expectNothing(runId, 2_000)
        yield* queue.complete([second])
      })
    ))
}

const deadLetters = ({ run }: StoreUnderTest<StepQueue>, { maxReceives }: StepQueueContractOptions): void => {
  it("makes a message that nobody completes a dead letter", () =>
    run(
      Effect.gen(function* () {
        const queue = yield* StepQueue
        const runId = newRunId()
        const dying = stepRequest(runId, "a#0", { input: inline({ kept: true }) })
        yield* queue.send([dying])
        for (let receives = 1; receives <= maxReceives; receives++) {
          const delivery = yield* receiveOne(runId)
          expect(delivery.receives).toBe(receives)
          yield* queue.release(delivery, 0)
        }
        const dead = yield* eventually(
          "the dead letter",
          Effect.gen(function* () {
            // Looking is what moves it, on some queues.
            const alive = yield* queue.receive({ limit: 10, waitMs: 0, visibilityMs: 1_000 })
            expect(alive.filter(({ message }) => message.runId === runId)).toEqual([])
            const found = yield* queue.receiveDead({ limit: 10, waitMs: 200, visibilityMs: 60_000 })
            return found.find(({ message }) => message.runId === runId)
          })
        )
        expect(dead.message).toEqual(dying)
        // Whoever waits for dead letters is handed one that is let go of.
        const waiting = yield* Effect.forkChild(
          queue.receiveDead({ limit: 10, waitMs: 10_000, visibilityMs: 60_000 }),
          { startImmediately: true }
        )
        yield* queue.release(dead, 0)
        const again = yield* Effect.timeout(Fiber.join(waiting), "5 seconds")
        expect(again.map(({ message }) => message)).toEqual([dying])
        yield* queue.complete(again)
        const after = yield* queue.receiveDead({ limit: 10, waitMs: 2_000, visibilityMs: 1_000 })
        expect(after.filter(({ message }) => message.runId === runId)).toEqual([])
      })
    ))
}
