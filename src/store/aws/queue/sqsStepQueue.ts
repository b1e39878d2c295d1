import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
  type Message as SqsMessage
} from "@aws-sdk/client-sqs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { StoreRefused, StoreUnavailable } from "../../errors.ts"
import { type Delivery, type QueueMessage, type ReceiveOptions, StepQueue } from "../../stepQueue.ts"
import { type AwsTarget, awsAsk, awsCall, mendOf } from "../calls/awsCall.ts"
import { type AwsError, type ErrorSort, sortError } from "../calls/awsErrors.ts"
import { type Batcher, makeBatcher } from "../calls/batcher.ts"
import { decodeQueueMessage, encodeQueueMessage } from "./queueBody.ts"

export interface SqsStepQueueOptions {
  readonly client: SQSClient
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
}

// Limits of SQS.
const maxDelaySeconds = 900
const maxBatchMessages = 10
const maxWaitSeconds = 20
const maxVisibilitySeconds = 43_200
/** Of the bodies in one request. SQS counts to 256 KiB, and takes more by now; queues made earlier may still be set to that. */
const maxBatchBytes = 240 * 1024

/** Between two requests of one wait, should the first be answered early. */
const pauseMs = 100

/** How often a message that SQS refused out of a batch is sent, or deleted. */
const batchAttempts = 5

/**
 * The step queue in SQS. SQS counts in seconds: times are rounded up, so that no message comes back before its time. When the
 * visibility of a receipt has ended, SQS may still take it for valid: `renew` may answer true for a message that another receiver
 * has by now.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a list of methods, each a few lines, that share one queue
export const makeSqsStepQueue = (options: SqsStepQueueOptions): StepQueue["Service"] => {
  const { client, queueUrl, deadLetterQueueUrl } = options

  const target = { service: "sqs", action: "sqs:SendMessage", resource: `queue ${queueUrl}` } as const

  const sendEntries = makeBatcher<Outgoing, Refusal, StoreUnavailable | StoreRefused>({
    request: (entries) => apartIfRefused(entries, (some) => sendBatch(client, queueUrl, target, some)),
    maxEntries: maxBatchMessages,
    maxBytes: maxBatchBytes,
    bytesOf: ({ body }) => Buffer.byteLength(body)
  })

  /** Sends again only the entries that SQS did not take. An entry that it will never take fails its own caller. */
  const send = Effect.fnUntraced(function* (messages: ReadonlyArray<QueueMessage>) {
    let rest = messages.map((message) => ({ body: encodeQueueMessage(message), notBefore: message.notBefore }))
    for (let attempt = 1; rest.length > 0; attempt++) {
      const refusals = yield* sendEntries(rest)
      const refused = refusals.filter((refusal) => refusal !== undefined)
      const last = refused.find(({ sort }) => sort !== "away" && sort !== "credentials")
      if (last !== undefined) return yield* refusedFor(refused.length, messages.length, last, target)
      const [first] = refused
      if (attempt === batchAttempts && first !== undefined)
        return yield* unavailableFor("StepQueue.send", refused.length, messages.length, first)
      rest = rest.filter((_, index) => refusals[index] !== undefined)
      if (rest.length > 0) yield* Effect.sleep(50 * 2 ** attempt)
    }
  })

  const completions = new Map<string, Batcher<string, Refusal, StoreUnavailable>>()

  const completionsOf = (url: string) => {
    const known = completions.get(url)
    if (known !== undefined) return known
    const made = makeBatcher<string, Refusal, StoreUnavailable>({
      request: (handles) => apartIfRefused(handles, (some) => deleteBatch(client, url, some)),
      maxEntries: maxBatchMessages,
      maxBytes: Number.POSITIVE_INFINITY,
      bytesOf: () => 0
    })
    completions.set(url, made)
    return made
  }

  /** Answers with those that SQS did not delete, each of whichever queue it is of. */
  const deleteOnce = (receipts: ReadonlyArray<Receipt>) =>
    Effect.map(
      Effect.forEach(
        Map.groupBy(receipts, (receipt) => receipt.queueUrl),
        ([url, some]) =>
          Effect.map(completionsOf(url)(some.map(({ handle }) => handle)), (refusals) =>
            some.flatMap((receipt, index) => {
              const refusal = refusals[index]
              return refusal === undefined ? [] : [{ receipt, refusal }]
            })
          ),
        { concurrency: "unbounded" }
      ),
      (refused) => refused.flat()
    )

  /**
   * Tries those again that SQS did not delete: each comes back otherwise, and of one in whose place another was sent there are two then. What waits for
   * long, as the messages of a parked run do, has others sent in its place again and again, and there would be more and more.
   */
  const complete = Effect.fnUntraced(function* (deliveries: ReadonlyArray<Pick<Delivery, "receipt">>) {
    let rest: ReadonlyArray<Receipt> = deliveries.map(({ receipt }) => parseReceipt(receipt))
    for (let attempt = 1; ; attempt++) {
      const refused = yield* deleteOnce(rest)
      const [first] = refused
      if (first === undefined) return
      if (attempt === batchAttempts)
        return yield* unavailableFor("StepQueue.complete", refused.length, deliveries.length, first.refusal)
      rest = refused.map(({ receipt }) => receipt)
      yield* Effect.sleep(50 * 2 ** attempt)
    }
  })

  const receiveOnce = (url: string, { limit, waitMs, visibilityMs }: ReceiveOptions) =>
    awsCall({ operation: "StepQueue.receive", place: `queue ${url}` }, async (abortSignal) => {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: Math.min(limit, maxBatchMessages),
        WaitTimeSeconds: seconds(waitMs, maxWaitSeconds),
        VisibilityTimeout: seconds(visibilityMs, maxVisibilitySeconds),
        MessageSystemAttributeNames: ["ApproximateReceiveCount"]
      })
      const answer = await client.send(command, { abortSignal })
      return answer.Messages ?? []
    }).pipe(
      Effect.flatMap((messages) =>
        Effect.forEach(messages, (message) => {
          const delivery = sqsDelivery(url, message)
          if (delivery !== undefined) return Effect.succeed([delivery])
          const note = Effect.logWarning("a queue message that is none of dynactor's", { messageId: message.MessageId })
          // It goes the way of messages that nobody completes, and ends with the dead letters.
          return url === deadLetterQueueUrl
            ? note.pipe(Effect.andThen(complete([receiptOf(url, message)])), Effect.as([]))
            : Effect.as(note, [])
        })
      ),
      Effect.map((deliveries) => deliveries.flat())
    )

  /** SQS waits for 20 s at most, and what it hands out may all be none of ours: it is asked again until the wait is over. */
  const receive = Effect.fnUntraced(function* (url: string, options: ReceiveOptions) {
    const end = (yield* Clock.currentTimeMillis) + options.waitMs
    for (let leftMs = options.waitMs; ; ) {
      const found = yield* receiveOnce(url, { ...options, waitMs: leftMs })
      leftMs = end - (yield* Clock.currentTimeMillis)
      if (found.length > 0 || leftMs <= 0) return found
      yield* Effect.sleep(Math.min(leftMs, pauseMs))
    }
  })

  const changeVisibility = (operation: string, { receipt }: Delivery, visibilityMs: number) =>
    awsCall(
      { operation, place: `queue ${parseReceipt(receipt).queueUrl}` },
      async (abortSignal) => {
        const { queueUrl: QueueUrl, handle } = parseReceipt(receipt)
        const VisibilityTimeout = seconds(visibilityMs, maxVisibilitySeconds)
        const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout })
        await client.send(command, { abortSignal })
        return true
      },
      ({ name }) => (notOurs.test(name) ? { answer: false } : undefined)
    )

  return StepQueue.of({
    send,
    // One queue for all: the lane of the steps gets everything.
    receive: (options) =>
      options.lane === "prompt" ? Effect.as(Effect.sleep(options.waitMs), []) : receive(queueUrl, options),
    receiveDead: (options) => receive(deadLetterQueueUrl, options),
    renew: (delivery, visibilityMs) => changeVisibility("StepQueue.renew", delivery, visibilityMs),
    release: (delivery, delayMs) => Effect.asVoid(changeVisibility("StepQueue.release", delivery, delayMs)),
    complete,
    replace: (delivery, message) => Effect.andThen(send([message]), complete([delivery])),
    maxDelayMs: maxDelaySeconds * 1000
  })
}

/** The names of "this receipt no longer holds a message", with and without the prefix of the older protocol. */
const notOurs = /MessageNotInflight|ReceiptHandleIsInvalid|InvalidParameterValue|MessageDoesNotExist/

const seconds = (milliseconds: number, most: number): number =>
  Math.max(0, Math.min(most, Math.ceil(milliseconds / 1000)))

/** A message as SQS hands it out, or its event in Lambda, as a delivery; undefined if the message is none of ours. */
export const sqsDelivery = (
  queueUrl: string,
  message: Pick<SqsMessage, "Body" | "ReceiptHandle" | "Attributes">
): Delivery | undefined => {
  const decoded = decodeQueueMessage(message.Body ?? "")
  if (decoded === undefined) return undefined
  const receives = Number(message.Attributes?.ApproximateReceiveCount ?? 1)
  return { ...receiptOf(queueUrl, message), message: decoded, receives }
}

/** A receipt says which queue it is of: dead letters are completed like others. */
const receiptOf = (queueUrl: string, message: Pick<SqsMessage, "ReceiptHandle">): { readonly receipt: string } => ({
  receipt: `${queueUrl} ${message.ReceiptHandle}`
})

interface Receipt {
  readonly queueUrl: string
  readonly handle: string
}

const parseReceipt = (receipt: string): Receipt => {
  const space = receipt.indexOf(" ")
  return { queueUrl: receipt.slice(0, space), handle: receipt.slice(space + 1) }
}

interface Outgoing {
  readonly body: string
  readonly notBefore: number
}

/** Why SQS did not take an entry out of a batch; undefined if it did. */
type Refusal = { readonly sort: ErrorSort; readonly why: string } | undefined

const sendBatch = Effect.fnUntraced(function* (
  client: SQSClient,
  url: string,
  target: AwsTarget,
  batch: ReadonlyArray<Outgoing>
) {
  const now = yield* Clock.currentTimeMillis
  const Entries = batch.map(({ body, notBefore }, index) => ({
    Id: String(index),
    MessageBody: body,
    DelaySeconds: seconds(notBefore - now, maxDelaySeconds)
  }))
  return yield* awsAsk<BatchAnswer>(
    "StepQueue.send",
    target,
    async (abortSignal) => {
      const command = new SendMessageBatchCommand({ QueueUrl: url, Entries })
      return refusalsOf(batch, (await client.send(command, { abortSignal })).Failed)
    },
    onRefused(batch)
  )
})

const deleteBatch = (client: SQSClient, url: string, handles: ReadonlyArray<string>) =>
  awsCall<BatchAnswer>(
    { operation: "StepQueue.complete", place: `queue ${url}` },
    async (abortSignal) => {
      const Entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
      const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries })
      const { Failed } = await client.send(command, { abortSignal })
      // A receipt that no longer holds a message has nothing to delete.
      return refusalsOf(
        handles,
        Failed?.filter(({ SenderFault }) => SenderFault !== true)
      )
    },
    onRefused(handles)
  )

const unavailableFor = (operation: string, refused: number, of: number, { why }: NonNullable<Refusal>) =>
  new StoreUnavailable({ operation, message: `${refused} of ${of} messages were not taken: ${why}` })

const refusedFor = (refused: number, of: number, { sort, why }: NonNullable<Refusal>, target: AwsTarget) => {
  const message = `${refused} of ${of} messages were refused: ${why}`
  const fields = { operation: "StepQueue.send", message }
  return new StoreRefused(sort === "content" ? fields : { ...fields, mend: mendOf(target) })
}

/** Per entry; or the batch as a whole was refused for what one of them holds. */
type BatchAnswer = ReadonlyArray<Refusal> | "refused"

const refusalsOf = (
  batch: ReadonlyArray<unknown>,
  failed: ReadonlyArray<BatchResultErrorEntry> = []
): ReadonlyArray<Refusal> => {
  const byId = new Map(failed.map((failure) => [failure.Id, refusalOf(failure)]))
  return batch.map((_, index) => byId.get(String(index)))
}

/** An entry has no status; whose fault it was stands beside its code. */
const refusalOf = ({ Code = "", Message = "", SenderFault }: BatchResultErrorEntry): NonNullable<Refusal> => {
  const status = SenderFault === true ? 400 : 500
  const sort = sortError("sqs", { name: Code, message: Message, $metadata: { httpStatusCode: status } })
  return { sort, why: `${Code} ${Message}` }
}

/** It blames what is in the request, and not the queue, the caller's rights or the load. */
const isOfContent = (error: AwsError): boolean =>
  /ReceiptHandleIsInvalid/.test(error.name) || sortError("sqs", error) === "content"

const onRefused = (batch: ReadonlyArray<unknown>) => (error: AwsError) =>
  batch.length > 1 && isOfContent(error) ? { answer: "refused" as const } : undefined

/** What can be put right is so for an entry that goes alone as well: nobody gives up what is to be sent then. */
const sortOf = (error: StoreUnavailable | StoreRefused): ErrorSort => {
  if (error._tag === "StoreUnavailable") return "away"
  return error.mend === undefined ? "content" : "deployment"
}

/** The entries of a batch are of several callers: one that SQS will not take fails its own, and no other. */
const apartIfRefused = Effect.fnUntraced(function* <Entry, E extends StoreUnavailable | StoreRefused>(
  batch: ReadonlyArray<Entry>,
  request: (entries: ReadonlyArray<Entry>) => Effect.Effect<BatchAnswer, E>
) {
  const answer = yield* request(batch)
  if (answer !== "refused") return answer
  return yield* Effect.forEach(
    batch,
    (entry) =>
      request([entry]).pipe(
        Effect.map((answer) => (answer === "refused" ? undefined : answer[0])),
        Effect.catch((error) => Effect.succeed<Refusal>({ sort: sortOf(error), why: error.message }))
      ),
    { concurrency: "unbounded" }
  )
})
