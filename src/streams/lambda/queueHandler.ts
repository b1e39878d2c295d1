import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { sqsDelivery } from "../../store/aws/queue/sqsStepQueue.ts"
import { type Delivery, StepQueue } from "../../store/stepQueue.ts"
import { type Claim, Place } from "../fairness/place.ts"
import { ownMessage } from "../workers/ownMessage.ts"
import type { BatchResponse, QueueEvent, QueueRecord } from "./events.ts"
import { type TimeLeft, until } from "./timeLeft.ts"

export interface QueueBatchOptions<E, R> {
  /** Of the queue that the batch is from. */
  readonly queueUrl: string
  readonly handle: (delivery: Delivery) => Effect.Effect<unknown, E, R>
  /** What becomes of a message that is none of ours. */
  readonly strangers: "comeAgain" | "deleted"
  readonly time: TimeLeft
  /** How long what takes long is hidden at a time. */
  readonly visibilityMs: number
}

/** A message whose end is not seen yet. */
interface Open {
  readonly messageId: string
  readonly delivery: Delivery
}

/**
 * Sees to every message of a batch, side by side. Lambda deletes what the answer does not name, so it names whatever was handed
 * back, failed, or did not end in time.
 *
 * What is still under way when the time is up is interrupted and made visible again at once. It keeps its count of receipts, unless it is a store that it waits
 * for: a step that never ends in the time of this function becomes a dead letter, and its run is told.
 */
export const handleBatch = Effect.fnUntraced(function* <E, R>(event: QueueEvent, options: QueueBatchOptions<E, R>) {
  const queue = yield* StepQueue
  const comesAgain = new Set<string>()
  const open = new Map<string, Open>()
  const waiting = new Set<string>()
  for (const record of event.Records) {
    const received = deliveryOf(options.queueUrl, record)
    if (received !== undefined) {
      const delivery = queue.open === undefined ? received : yield* queue.open(received)
      open.set(record.messageId, { messageId: record.messageId, delivery })
      continue
    }
    yield* Effect.logWarning("a queue message that is none of dynactor's", { messageId: record.messageId })
    if (options.strangers === "comeAgain") comesAgain.add(record.messageId)
  }
  const handleOne = ({ messageId, delivery }: Open) => {
    // Lambda deletes what is not named as failed, so a message that is handed back is named as well.
    const release: StepQueue["Service"]["release"] = (of, delayMs) =>
      Effect.andThen(
        queue.release(of, delayMs),
        Effect.sync(() => comesAgain.add(messageId))
      )
    const claim: Claim = { visibilityMs: options.visibilityMs }
    return options.handle(delivery).pipe(
      Effect.provideService(StepQueue, { ...queue, release }),
      Effect.provideService(Place, { leave: () => waiting.add(messageId), claim }),
      Effect.raceFirst(keepHidden(queue, delivery, options.visibilityMs, claim)),
      Effect.catchCause((cause) => {
        comesAgain.add(messageId)
        const { kind, runId } = delivery.message
        return Effect.andThen(
          Effect.logWarning(`queue message ${kind} of run ${placeOfAddress(runId)} comes again`, cause),
          Effect.ignoreCause(queue.release(delivery, retryDelayMs(delivery)))
        )
      }),
      Effect.andThen(Effect.sync(() => open.delete(messageId)))
    )
  }
  const all = Effect.forEach([...open.values()], handleOne, { concurrency: "unbounded", discard: true })
  yield* until(options.time.handBackAt, all)
  const handBack = Effect.forEach([...open.values()], (left) => handBackOne(queue, left, waiting.has(left.messageId)), {
    concurrency: "unbounded",
    discard: true
  })
  for (const { messageId } of open.values()) comesAgain.add(messageId)
  yield* until(options.time.answerAt, handBack)
  return {
    batchItemFailures: [...comesAgain].map((itemIdentifier) => ({ itemIdentifier }))
  } satisfies BatchResponse
})

const deliveryOf = (queueUrl: string, { body, receiptHandle, attributes }: QueueRecord): Delivery | undefined =>
  sqsDelivery(queueUrl, { Body: body, ReceiptHandle: receiptHandle, Attributes: attributes })

/** One that waits for a store would end in time if that answered, and its receipts are not counted: it goes on as a message of its own. */
const handBackOne = Effect.fnUntraced(function* (
  queue: StepQueue["Service"],
  { delivery }: Open,
  waitsForStore: boolean
) {
  const { message } = delivery
  const what = message.kind === "wake" ? "wake-up" : `${message.kind} ${message.key}`
  yield* Effect.logWarning(
    `${what} of run ${placeOfAddress(message.runId)} did not end in the time of this function and is handed back (receipt ${delivery.receives})`
  )
  yield* Effect.ignoreCause(
    waitsForStore
      ? queue.replace(delivery, ownMessage(message, (yield* Clock.currentTimeMillis) + waitsMs))
      : queue.release(delivery, 0)
  )
})

const waitsMs = 1_000

/**
 * A batch arrives hidden for the visibility of its queue, which must be at least the function's timeout
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). A function that dies would leave its
 * messages hidden for as long. So what takes longer than a moment is hidden for a short time only, again and again: it is
 * back soon after a crash. Never returns.
 */
const keepHidden = Effect.fnUntraced(function* (
  queue: StepQueue["Service"],
  delivery: Delivery,
  visibilityMs: number,
  claim: Claim
): Effect.fn.Return<never> {
  yield* Effect.sleep(Math.min(momentMs, visibilityMs / 3))
  while (true) {
    if (claim.isRenewedByWork !== true) {
      yield* Effect.ignoreCause(queue.renew(delivery, visibilityMs), { log: "Warn" })
      claim.onRenewed?.()
    }
    yield* Effect.sleep(visibilityMs / 3)
  }
})

/** Most steps end within it and cost no renewal. */
const momentMs = 5_000

/** One second, two, up to a minute. */
const retryDelayMs = ({ receives }: Delivery): number => Math.min(60_000, 500 * 2 ** Math.min(receives, 10))
