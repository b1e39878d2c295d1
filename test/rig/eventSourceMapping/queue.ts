import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { failuresOf, type InvocationResult, maxEventBytes } from "./answers.ts"
import { type Pattern, passesFilters } from "./filters.ts"

/** One message of a queue, in the form in which a function gets it. */
export interface QueueRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly [field: string]: unknown
}

/** How a mapping uses its queue. */
export interface QueueSource {
  /** Up to ten, after up to so many seconds. What is received is hidden for the queue's own visibility timeout. */
  readonly receive: (max: number, waitSeconds: number) => Effect.Effect<ReadonlyArray<QueueRecord>>
  readonly remove: (records: ReadonlyArray<QueueRecord>) => Effect.Effect<void>
}

export interface QueueMapping {
  readonly batchSize: number
  readonly windowMs: number
  /** Invocations at a time. */
  readonly maxConcurrency: number
  readonly reportsFailures: boolean
  readonly filters: ReadonlyArray<Pattern>
}

export interface QueueMappingOptions {
  readonly mapping: QueueMapping
  readonly source: QueueSource
  readonly invoke: (records: ReadonlyArray<QueueRecord>) => Effect.Effect<InvocationResult>
  /** Is this batch handed over once more, though it was seen to? Default: never. */
  readonly deliversAgain?: () => boolean
}

/** The longest that a long poll takes, and the most messages that one receives. */
const waitSeconds = 20
const maxReceived = 10

/**
 * An event source mapping of a standard queue. Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
 *
 * - As many invocations at a time as the maximum concurrency. (Lambda begins with five pollers and adds to them as long as there are
 *   messages; here they are all there from the beginning.)
 * - What the function has seen to is deleted. What it has not comes back by itself when its visibility ends: the mapping changes
 *   nothing about it. Redrive is the queue's affair.
 * - Messages that the filters do not let pass are deleted.
 *
 * Never returns.
 */
export const followQueue = (options: QueueMappingOptions): Effect.Effect<never> =>
  Effect.forEach(Array.from({ length: options.mapping.maxConcurrency }), () => poll(options), {
    concurrency: "unbounded",
    discard: true
  }) as Effect.Effect<never>

const poll = Effect.fnUntraced(function* (options: QueueMappingOptions): Effect.fn.Return<never> {
  const { source, invoke, mapping, deliversAgain = () => false } = options
  while (true) {
    for (const batch of inEvents(yield* gather(options))) {
      const result = yield* invoke(batch)
      if (deliversAgain()) yield* invoke(batch)
      const identifiers = batch.map(({ messageId }) => messageId)
      const failures = failuresOf(result, identifiers, mapping.reportsFailures)
      if (failures === "all") continue
      const done = batch.filter(({ messageId }) => failures === "none" || !failures.has(messageId))
      if (done.length > 0) yield* source.remove(done)
    }
  }
})

/** A batch goes when it is full, when its window ends, or, without a window, with what one receipt has brought. */
const gather = Effect.fnUntraced(function* ({ mapping, source }: QueueMappingOptions) {
  const { batchSize, windowMs, filters } = mapping
  const batch: Array<QueueRecord> = []
  const take = Effect.fnUntraced(function* (seconds: number) {
    const received = yield* source.receive(Math.min(maxReceived, batchSize - batch.length), seconds)
    const strangers = received.filter((record) => !passesFilters(filterable(record), filters))
    if (strangers.length > 0) yield* source.remove(strangers)
    batch.push(...received.filter((record) => !strangers.includes(record)))
  })
  while (batch.length === 0) yield* take(waitSeconds)
  const endsAt = (yield* Clock.currentTimeMillis) + windowMs
  while (batch.length < batchSize) {
    const leftMs = endsAt - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) break
    yield* take(Math.min(waitSeconds, Math.ceil(leftMs / 1000)))
  }
  return batch
})

/**
 * A body that is JSON is matched by its fields
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html).
 */
const filterable = (record: QueueRecord): unknown => {
  try {
    return { ...record, body: JSON.parse(record.body) }
  } catch {
    return record
  }
}

/** An event has no more than 6 MB. */
const inEvents = (batch: ReadonlyArray<QueueRecord>): ReadonlyArray<ReadonlyArray<QueueRecord>> => {
  const events: Array<Array<QueueRecord>> = []
  let sizeBytes = 0
  for (const record of batch) {
    const recordBytes = Buffer.byteLength(JSON.stringify(record)) + 1
    sizeBytes += recordBytes
    const event = events.at(-1)
    if (event === undefined || sizeBytes > maxEventBytes) {
      events.push([record])
      sizeBytes = recordBytes
    } else event.push(record)
  }
  return events
}
