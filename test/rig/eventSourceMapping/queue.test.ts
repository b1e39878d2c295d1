import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { InvocationResult } from "./answers.ts"
import { followQueue, type QueueMapping, type QueueMappingOptions, type QueueRecord } from "./queue.ts"
import { passTime } from "./virtualTime.ts"

const message = (id: number, body = "{}"): QueueRecord => ({ messageId: String(id), receiptHandle: `r${id}`, body })

const messages = (count: number) => Array.from({ length: count }, (_, index) => message(index + 1))

const answered = (payload: unknown): InvocationResult => ({ kind: "answered", payload })
const fine = answered({ batchItemFailures: [] })

interface Trial {
  readonly mapping?: Partial<QueueMapping>
  readonly messages: ReadonlyArray<QueueRecord>
  readonly answer?: (ids: ReadonlyArray<string>) => Effect.Effect<InvocationResult>
  readonly options?: Partial<QueueMappingOptions>
}

/** A mapping before a made-up queue, whose messages come back when they have been hidden for 30 s. */
const run = Effect.fnUntraced(function* (trial: Trial, forMs = 10_000) {
  const queue = new Map(trial.messages.map((one) => [one.messageId, { one, visibleAt: 0 }]))
  const invocations: Array<{ readonly at: number; readonly ids: string }> = []
  const asked: Array<number> = []
  let underWay = 0
  let most = 0
  const look = (max: number, now: number) => {
    const visible = [...queue.values()].filter(({ visibleAt }) => visibleAt <= now).slice(0, max)
    for (const { one } of visible) queue.set(one.messageId, { one, visibleAt: now + 30_000 })
    return visible.map(({ one }) => one)
  }
  yield* Effect.forkChild(
    followQueue({
      mapping: { batchSize: 10, windowMs: 0, maxConcurrency: 2, reportsFailures: true, filters: [], ...trial.mapping },
      source: {
        receive: Effect.fnUntraced(function* (max, waitSeconds) {
          asked.push(max)
          const endsAt = (yield* Clock.currentTimeMillis) + waitSeconds * 1000
          while (true) {
            const now = yield* Clock.currentTimeMillis
            const found = look(max, now)
            if (found.length > 0 || now >= endsAt) return found
            yield* Effect.sleep(500)
          }
        }),
        remove: (gone) => Effect.sync(() => gone.forEach(({ messageId }) => void queue.delete(messageId)))
      },
      invoke: Effect.fnUntraced(function* (batch) {
        const ids = batch.map(({ messageId }) => messageId)
        invocations.push({ at: yield* Clock.currentTimeMillis, ids: ids.join(" ") })
        underWay += 1
        most = Math.max(most, underWay)
        const result = yield* (trial.answer ?? (() => Effect.succeed(fine)))(ids)
        underWay -= 1
        return result
      }),
      ...trial.options
    })
  )
  yield* passTime(forMs)
  return { invocations, batches: invocations.map(({ ids }) => ids), left: [...queue.keys()], most, asked }
})

describe("batches", () => {
  it.effect("are of what one receipt has brought, up to the batch size", () =>
    Effect.gen(function* () {
      const { batches, left } = yield* run({ messages: messages(5), mapping: { batchSize: 2, maxConcurrency: 1 } })
      expect(batches).toEqual(["1 2", "3 4", "5"])
      expect(left).toEqual([])
    })
  )

  it.effect("of more than ten need several receipts, and a window", () =>
    Effect.gen(function* () {
      const mapping = { batchSize: 15, windowMs: 2_000, maxConcurrency: 1 }
      const { invocations, asked } = yield* run({ messages: messages(12), mapping })
      // More is refused: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html.
      expect(asked.slice(0, 2)).toEqual([10, 5])
      expect(invocations).toHaveLength(1)
      expect(invocations[0]?.ids.split(" ")).toHaveLength(12)
      expect(invocations[0]?.at).toBe(2_000)
    })
  )

  it.effect("come to no more than 6 MB", () =>
    Effect.gen(function* () {
      const large = [1, 2, 3].map((id) => message(id, "x".repeat(2.5e6)))
      const { batches } = yield* run({ messages: large, mapping: { maxConcurrency: 1 } })
      expect(batches).toEqual(["1 2", "3"])
    })
  )

  it.effect("are worked on as many at a time as the maximum concurrency", () =>
    Effect.gen(function* () {
      const answer = () => Effect.as(Effect.sleep(1_000), fine)
      const { most } = yield* run({ messages: messages(9), mapping: { batchSize: 1, maxConcurrency: 3 }, answer })
      expect(most).toBe(3)
    })
  )

  it.effect("do not hold what the filters do not let pass: that is deleted", () =>
    Effect.gen(function* () {
      const filters = [{ body: { kind: ["step"] } }]
      const mixed = [message(1, '{"kind":"step"}'), message(2, '{"kind":"other"}'), message(3, "no JSON")]
      const { batches, left } = yield* run({ messages: mixed, mapping: { filters } })
      expect(batches).toEqual(["1"])
      expect(left).toEqual([])
    })
  )
})

describe("failures", () => {
  it.effect("messages named in the answer stay, and come again when their visibility ends", () =>
    Effect.gen(function* () {
      const failing = answered({ batchItemFailures: [{ itemIdentifier: "2" }] })
      const answer = (ids: ReadonlyArray<string>) => Effect.succeed(ids.length > 1 ? failing : fine)
      const trial: Trial = { messages: messages(3), answer }
      const { invocations, left } = yield* run(trial, 40_000)
      expect(invocations.map(({ ids }) => ids)).toEqual(["1 2 3", "2"])
      expect(invocations[1]?.at).toBeGreaterThanOrEqual(30_000)
      expect(left).toEqual([])
    })
  )

  it.effect("a function that fails leaves all of them", () =>
    Effect.gen(function* () {
      const answer = () => Effect.succeed<InvocationResult>({ kind: "failed", error: "boom" })
      const { left } = yield* run({ messages: messages(3), answer })
      expect(left).toEqual(["1", "2", "3"])
    })
  )

  it.effect("without ReportBatchItemFailures an answer deletes them all", () =>
    Effect.gen(function* () {
      const answer = () => Effect.succeed(answered({ batchItemFailures: [{ itemIdentifier: "2" }] }))
      const { left } = yield* run({ messages: messages(3), answer, mapping: { reportsFailures: false } })
      expect(left).toEqual([])
    })
  )
})

it.effect("delivery is at least once: a batch may come twice", () =>
  Effect.gen(function* () {
    const { batches } = yield* run({ messages: messages(2), options: { deliversAgain: () => true } })
    expect(batches).toEqual(["1 2", "1 2"])
  })
)
