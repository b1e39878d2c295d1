import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { encodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import { type Delivery, type QueueMessage, StepQueue } from "../../../src/store/stepQueue.ts"
import { Place } from "../../../src/streams/fairness/place.ts"
import type { QueueRecord } from "../../../src/streams/lambda/events.ts"
import { handleBatch } from "../../../src/streams/lambda/queueHandler.ts"

/** A queue that writes down what is done to its messages, with the second at which. */
const notingQueue = (notes: Array<string>): StepQueue["Service"] => {
  const note = (what: string, { message }: Delivery, ms?: number) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      notes.push(`${now / 1000} s: ${what} ${message.runId}${ms === undefined ? "" : ` for ${ms / 1000} s`}`)
    })
  return {
    renew: (delivery: Delivery, ms: number) => Effect.as(note("renew", delivery, ms), true),
    release: (delivery: Delivery, ms: number) => note("release", delivery, ms),
    replace: (delivery: Delivery, { notBefore }: QueueMessage) => note(`replace by ${notBefore / 1000} s`, delivery)
  } as unknown as StepQueue["Service"]
}

const record = (runId: string, receives = 1): QueueRecord => ({
  messageId: runId,
  receiptHandle: runId,
  body: encodeQueueMessage({ kind: "wake", runId, notBefore: 0 }),
  attributes: { ApproximateReceiveCount: String(receives) }
})

/** What becomes of a batch whose messages take so long each, in a function that hands back after a minute. */
const batch = (
  records: ReadonlyArray<QueueRecord>,
  handle: (runId: string) => Effect.Effect<unknown, unknown, StepQueue>,
  otherwise: Partial<StepQueue["Service"]> = {},
  visibilityMs = 30_000
) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const notes: Array<string> = []
      const work = handleBatch(
        { Records: records },
        {
          queueUrl: "queue",
          handle: ({ message }) => handle(message.runId),
          strangers: "comeAgain",
          time: { handBackAt: 60_000, answerAt: 61_000 },
          visibilityMs
        }
      ).pipe(Effect.provideService(StepQueue, { ...notingQueue(notes), ...otherwise }))
      const fiber = yield* Effect.forkChild(work)
      for (let second = 0; second < 62; second++) yield* TestClock.adjust(1_000)
      const { batchItemFailures } = yield* Fiber.join(fiber)
      return { notes, failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) }
    }).pipe(Effect.provide(TestClock.layer()))
  )

it("what takes a moment is left alone, what takes longer is hidden again and again", async () => {
  const { notes, failed } = await batch([record("quick"), record("slow")], (runId) =>
    Effect.sleep(runId === "quick" ? 4_000 : 20_000)
  )
  expect(notes).toEqual(["5 s: renew slow for 30 s", "15 s: renew slow for 30 s"])
  expect(failed).toEqual([])
})

it("what is hidden for less than a moment is hidden again before that is over", async () => {
  const { notes } = await batch([record("slow")], () => Effect.sleep(7_000), {}, 6_000)
  expect(notes).toEqual(["2 s: renew slow for 6 s", "4 s: renew slow for 6 s", "6 s: renew slow for 6 s"])
})

it("whoever works on it is told each time that it is hidden again, and may see to that itself", async () => {
  const told: Array<string> = []
  const { notes } = await batch([record("told"), record("own")], (runId) =>
    Effect.gen(function* () {
      const { claim } = yield* Place
      if (claim === undefined) return told.push("no claim")
      if (runId === "own") claim.isRenewedByWork = true
      claim.onRenewed = () => void told.push(runId)
      yield* Effect.sleep(20_000)
    })
  )
  expect(notes).toEqual(["5 s: renew told for 30 s", "15 s: renew told for 30 s"])
  expect(told).toEqual(["told", "told"])
})

it("what does not end is handed back when the time is up, and nothing is renewed after", async () => {
  const { notes, failed } = await batch([record("endless")], () => Effect.never)
  expect(notes.slice(-2)).toEqual(["55 s: renew endless for 30 s", "60 s: release endless for 0 s"])
  expect(failed).toEqual(["endless"])
})

it("what waits for a store when the time is up goes on as a message of its own: its receipts are not counted", async () => {
  const { notes, failed } = await batch([record("waits", 11), record("endless", 11)], (runId) =>
    Effect.gen(function* () {
      if (runId === "waits") (yield* Place).leave()
      return yield* Effect.never
    })
  )
  expect(notes.slice(-2).sort()).toEqual(["60 s: release endless for 0 s", "60 s: replace by 61 s waits"])
  expect(failed).toEqual(["waits", "endless"])
})

it("what fails comes again, later and later, and fails no other", async () => {
  const records = [record("good"), record("first"), record("third", 3), record("ninth", 9)]
  const { notes, failed } = await batch(records, (runId) =>
    runId === "good" ? Effect.void : runId === "first" ? Effect.fail("no") : Effect.die(new Error("no"))
  )
  expect(notes).toEqual(["0 s: release first for 1 s", "0 s: release third for 4 s", "0 s: release ninth for 60 s"])
  expect(failed).toEqual(["first", "third", "ninth"])
})

it("what its handler has handed back is not deleted", async () => {
  const { notes, failed } = await batch([record("pending"), record("done")], (runId) =>
    Effect.gen(function* () {
      const queue = yield* StepQueue
      const delivery = { message: { kind: "wake", runId, notBefore: 0 }, receipt: runId, receives: 1 } as const
      if (runId === "pending") yield* queue.release(delivery, 2_000)
    })
  )
  expect(notes).toEqual(["0 s: release pending for 2 s"])
  expect(failed).toEqual(["pending"])
})

describe("a claim that cannot be renewed", () => {
  const away = new StoreUnavailable({ operation: "StepQueue.renew", message: "away" })

  it.each<readonly [string, StepQueue["Service"]["renew"]]>([
    ["as the queue is away", () => Effect.fail(away)],
    ["as its receipt holds no message any more", () => Effect.succeed(false)],
    ["as the renewal dies", () => Effect.die(new Error("a bug in the adapter"))]
  ])("takes no step with it, %s", async (_, renew) => {
    const ended: Array<string> = []
    const { failed, notes } = await batch(
      [record("long"), record("beside")],
      (runId) =>
        Effect.andThen(
          Effect.sleep(40_000),
          Effect.sync(() => ended.push(runId))
        ),
      { renew }
    )
    expect(ended).toEqual(["long", "beside"])
    expect(failed).toEqual([])
    expect(notes).toEqual([])
  })

  it("is tried again: it may be hidden once more before its visibility ends", async () => {
    let asked = 0
    await batch([record("long")], () => Effect.sleep(40_000), {
      renew: () => Effect.suspend(() => (asked++ === 0 ? Effect.die("once") : Effect.succeed(true)))
    })
    // After 5 s, and every 10 s from then on.
    expect(asked).toBe(4)
  })
})

it("a message that cannot be handed back fails no other, and comes again", async () => {
  const { failed } = await batch(
    [record("good"), record("bad"), record("endless")],
    (runId) => (runId === "good" ? Effect.void : runId === "bad" ? Effect.fail("no") : Effect.never),
    { release: () => Effect.die(new Error("a bug in the adapter")) }
  )
  expect(failed).toEqual(["bad", "endless"])
})
