import {
  type DeleteMessageBatchCommand,
  type ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { expect, it } from "vitest"
import { encodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import { makeSqsStepQueue } from "../../../src/store/aws/queue/sqsStepQueue.ts"
import { inline, stepRequest } from "../samples.ts"

interface Failure {
  readonly Code: string
  readonly SenderFault: boolean
}

type Request = ReadonlyArray<{ readonly body: string; readonly delaySeconds?: number | undefined }>

/** SQS, as far as it answers batches; `refuse` says what it does to an entry, by its body or receipt, each time that it comes. */
const makeWorld = (refuse: (body: string, time: number) => Failure | "whole" | Error | undefined = () => undefined) => {
  const sends: Array<Request> = []
  const deletes: Array<Request> = []
  const times = new Map<string, number>()
  const client = {
    send: async (command: SendMessageBatchCommand | DeleteMessageBatchCommand) => {
      const isSend = command instanceof SendMessageBatchCommand
      const entries = isSend
        ? (command.input.Entries ?? []).map(({ Id, MessageBody = "", DelaySeconds }) => ({
            Id,
            body: MessageBody,
            delaySeconds: DelaySeconds
          }))
        : (command.input.Entries ?? []).map(({ Id, ReceiptHandle = "" }) => ({ Id, body: ReceiptHandle }))
      ;(isSend ? sends : deletes).push(entries.map(({ Id: _, ...entry }) => entry))
      await new Promise((resolve) => setImmediate(resolve))
      const Failed = entries.flatMap(({ Id, body }) => {
        times.set(body, (times.get(body) ?? 0) + 1)
        const failure = refuse(body, times.get(body) ?? 0)
        if (failure instanceof Error) throw failure
        if (failure === "whole") throw Object.assign(new Error("characters"), { name: "InvalidMessageContents" })
        return failure === undefined ? [] : [{ Id, ...failure }]
      })
      return { Failed }
    }
  } as unknown as SQSClient
  const queue = makeSqsStepQueue({ client, queueUrl: "https://queue", deadLetterQueueUrl: "https://dead" })
  const delivery = (url: string, handle: string) => ({
    receipt: `${url} ${handle}`,
    message: stepRequest("run", handle),
    receives: 1
  })
  return { sends, deletes, queue, delivery }
}

const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(effect)

const request = (key: string, changes: Parameters<typeof stepRequest>[2] = {}) => stepRequest("run", key, changes)

/** All in one moment: one request takes them. */
const together = <A, E>(calls: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.forEach(calls, Effect.exit, { concurrency: "unbounded" })

it("sends the messages of many callers in few requests, each with its own delay", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld()
      const calls = Array.from({ length: 40 }, (_, index) =>
        queue.send([request(`a#${index}`, { notBefore: index === 0 ? 2_500 : 0 })])
      )
      const exits = yield* together(calls)
      expect(exits.every(Exit.isSuccess)).toBe(true)
      expect(sends.flat()).toHaveLength(40)
      expect(sends.length).toBeLessThanOrEqual(5)
      const delays = sends.flat().map(({ delaySeconds }) => delaySeconds)
      expect(delays.sort()).toEqual([...Array.from({ length: 39 }, () => 0), 3])
    }).pipe(Effect.provide(TestClock.layer()), Effect.scoped)
  ))

it("keeps a request's bodies under the limit of SQS", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld()
      const large = inline("x".repeat(100 * 1024))
      yield* together(Array.from({ length: 6 }, (_, index) => queue.send([request(`a#${index}`, { input: large })])))
      expect(sends.map(({ length }) => length)).toEqual([2, 2, 2])
    })
  ))

it("sends again what was refused for the moment, for its own callers alone", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld((body, time) =>
        body.includes("busy") && time < 3 ? { Code: "InternalError", SenderFault: false } : undefined
      )
      const fine = yield* Effect.forkChild(queue.send([request("fine#0")]))
      const busy = yield* Effect.forkChild(queue.send([request("busy#0"), request("fine#1")]))
      yield* Fiber.join(fine)
      expect(sends.map(({ length }) => length)).toEqual([3])
      yield* Fiber.join(busy)
      expect(sends.map(({ length }) => length)).toEqual([3, 1, 1])
    })
  ))

it("sends again what was refused for credentials that have expired: the process will have others", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld((body, time) =>
        body.includes("busy") && time < 3 ? { Code: "ExpiredTokenException", SenderFault: true } : undefined
      )
      yield* queue.send([request("busy#0"), request("fine#0")])
      expect(sends.map(({ length }) => length)).toEqual([2, 1, 1])
    })
  ))

it("fails the callers whose message is refused for good, and no others", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld((body) =>
        body.includes("bad") ? { Code: "InvalidMessageContents", SenderFault: true } : undefined
      )
      const exits = yield* together(["a#0", "bad#0", "b#0"].map((key) => queue.send([request(key)])))
      expect(exits.map(Exit.isSuccess)).toEqual([true, false, true])
      expect(String(exits[1])).toContain("1 of 1 messages were refused: InvalidMessageContents")
      expect(sends).toHaveLength(1)
    })
  ))

it("fails no others when SQS refuses a request as a whole for one message in it", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld((body) => (body.includes("bad") ? "whole" : undefined))
      const exits = yield* together(["a#0", "bad#0", "b#0"].map((key) => queue.send([request(key)])))
      expect(exits.map(Exit.isSuccess)).toEqual([true, false, true])
      expect(sends.map(({ length }) => length)).toEqual([3, 1, 1, 1])
    })
  ))

const requestError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error("why"), { name, $metadata: { httpStatusCode } })

it.each([
  ["InvalidParameterValue", 400],
  ["AWS.SimpleQueueService.BatchRequestTooLong", 400],
  ["MessageTooLong", 400],
  ["ValidationException", 400],
  ["SerializationException", 400],
  ["Unknown", 413]
])("fails nobody but whose message it is, whatever a batch is refused by: %s (%s)", (name, status) =>
  run(
    Effect.gen(function* () {
      const { queue } = makeWorld((body) => (body.includes("bad") ? requestError(name, status) : undefined))
      const exits = yield* together(["fine#0", "bad#0", "fine#1"].map((key) => queue.send([request(key)])))
      expect(exits.map(Exit.isSuccess)).toEqual([true, false, true])
      expect(String(exits[1])).toContain("StoreRefused")
    })
  )
)

it.each([
  ["AccessDenied", 403, "StoreRefused", true],
  ["ExpiredTokenException", 403, "StoreUnavailable", false],
  ["ServiceUnavailable", 503, "StoreUnavailable", false]
])("gives up no message that goes alone for what can be put right: %s", (name, status, tag, hasMend) =>
  run(
    Effect.gen(function* () {
      let requests = 0
      const { queue } = makeWorld((body) => {
        if (body.includes("bad") && requests++ === 0) return "whole"
        return requests > 0 && body.includes("fine") ? requestError(name, status) : undefined
      })
      const calls = ["fine#0", "bad#0"].map((key) => queue.send([request(key)]))
      const sent = yield* Effect.forkChild(Effect.forEach(calls, Effect.result, { concurrency: "unbounded" }))
      yield* TestClock.adjust(10_000)
      for (let round = 0; round < 20; round++) {
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        yield* TestClock.adjust(10_000)
      }
      const [fine] = yield* Fiber.join(sent)
      expect(fine).toMatchObject({ _tag: "Failure", failure: { _tag: tag } })
      expect(fine?._tag === "Failure" && "mend" in fine.failure).toBe(hasMend)
    }).pipe(Effect.provide(TestClock.layer()), Effect.scoped)
  )
)

it("gives up on a message that is refused time after time", () =>
  run(
    Effect.gen(function* () {
      const { queue, sends } = makeWorld(() => ({ Code: "InternalError", SenderFault: false }))
      const sending = yield* Effect.forkChild(Effect.exit(queue.send([request("a#0")])))
      while (sending.pollUnsafe() === undefined) {
        yield* TestClock.adjust(50)
        yield* TestClock.withLive(Effect.sleep(1))
      }
      expect(Exit.isFailure(yield* Fiber.join(sending))).toBe(true)
      expect(sends).toHaveLength(5)
    }).pipe(Effect.provide(TestClock.layer()), Effect.scoped)
  ))

it("completes for many callers in few requests, each queue's own", () =>
  run(
    Effect.gen(function* () {
      const { queue, deletes, delivery } = makeWorld()
      const calls = Array.from({ length: 20 }, (_, index) =>
        queue.complete([delivery("https://queue", `a${index}`), delivery("https://dead", `d${index}`)])
      )
      const exits = yield* together(calls)
      expect(exits.every(Exit.isSuccess)).toBe(true)
      expect(deletes.length).toBeLessThanOrEqual(6)
      for (const entries of deletes) expect(new Set(entries.map(({ body }) => body[0])).size).toBe(1)
    })
  ))

/** Until it has come to its end, however often it waits. */
const inTime = <A>(effect: Effect.Effect<A>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust(50)
      yield* TestClock.withLive(Effect.sleep(1))
    }
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provide(TestClock.layer()), Effect.scoped)

it("has completed what no longer is its own, and fails whose message was not deleted time after time", () =>
  run(
    Effect.gen(function* () {
      const { queue, deletes, delivery } = makeWorld((receipt) =>
        receipt === "gone"
          ? { Code: "ReceiptHandleIsInvalid", SenderFault: true }
          : receipt === "kept"
            ? { Code: "InternalError", SenderFault: false }
            : undefined
      )
      const receipts = ["a", "gone", "kept", "b"]
      const calls = receipts.map((handle) => queue.complete([delivery("https://queue", handle)]))
      const exits = yield* inTime(together(calls))
      expect(exits.map(Exit.isSuccess)).toEqual([true, true, false, true])
      const bodies = deletes.map((entries) => entries.map(({ body }) => body))
      expect(bodies).toEqual([receipts, ["kept"], ["kept"], ["kept"], ["kept"]])
    })
  ))

it("deletes again what SQS did not delete, of each queue, and nothing else: a message in whose place another was sent would come beside it", () =>
  run(
    Effect.gen(function* () {
      const { queue, deletes, delivery, sends } = makeWorld((body, time) =>
        body.startsWith("kept") && time < 3 ? { Code: "InternalError", SenderFault: false } : undefined
      )
      const handles = ["a", "kept-1", "b", "kept-2"]
      const deliveries = handles.map((handle) =>
        delivery(handle === "kept-2" ? "https://dead" : "https://queue", handle)
      )
      expect(yield* inTime(Effect.exit(queue.complete(deliveries)))).toEqual(Exit.void)
      const bodies = () => deletes.splice(0).map((entries) => entries.map(({ body }) => body))
      expect(bodies().toSorted()).toEqual(
        [["a", "kept-1", "b"], ["kept-2"], ["kept-1"], ["kept-2"], ["kept-1"], ["kept-2"]].toSorted()
      )
      const replaced = queue.replace(delivery("https://queue", "kept-3"), request("next#0"))
      expect(yield* inTime(Effect.exit(replaced))).toEqual(Exit.void)
      expect([sends.length, bodies()]).toEqual([1, [["kept-3"], ["kept-3"], ["kept-3"]]])
    })
  ))

it("asks again, as long as it is to wait, when SQS answers that there is nothing before that", async () => {
  const asked: Array<{ readonly at: number; readonly seconds: number | undefined }> = []
  const answersOf = (answerAfterMs: number, comesAt: number) => {
    const waiting = (ms: number) => Effect.runPromiseWith(context)(Effect.sleep(ms))
    let context: Context.Context<never> = Context.empty()
    const client = {
      send: async ({ input }: ReceiveMessageCommand) => {
        const at = Effect.runSyncWith(context)(Clock.currentTimeMillis)
        asked.push({ at, seconds: input.WaitTimeSeconds })
        await waiting(Math.min(answerAfterMs, 1_000 * (input.WaitTimeSeconds ?? 0)))
        const body = encodeQueueMessage(request("a#0"))
        return at >= comesAt ? { Messages: [{ Body: body, ReceiptHandle: "handle" }] } : {}
      }
    } as unknown as SQSClient
    const queue = makeSqsStepQueue({ client, queueUrl: "https://queue", deadLetterQueueUrl: "https://dead" })
    return Effect.gen(function* () {
      context = yield* Effect.context<never>()
      asked.length = 0
      const receiving = yield* Effect.forkChild(queue.receive({ limit: 1, waitMs: 30_000, visibilityMs: 1_000 }))
      yield* TestClock.adjust(60_000)
      return (yield* Fiber.join(receiving)).map(({ message }) => message)
    })
  }
  const test = Effect.gen(function* () {
    // As long as SQS waits at most, and then for the rest.
    expect(yield* answersOf(20_000, Number.POSITIVE_INFINITY)).toEqual([])
    expect(asked.map(({ seconds }) => seconds)).toEqual([20, 10])
    // Earlier than it was asked to, which must not make us ask without a pause: twice a second, and once more at the end.
    const begun = yield* Clock.currentTimeMillis
    expect(yield* answersOf(400, Number.POSITIVE_INFINITY)).toEqual([])
    expect(asked).toHaveLength(61)
    expect(yield* answersOf(400, begun + 70_000)).toEqual([request("a#0")])
  })
  await Effect.runPromise(Effect.provide(test, TestClock.layer()))
})
