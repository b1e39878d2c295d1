import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
  type Message as SqsMessage
} from "@aws-sdk/client-sqs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../errors.ts"
import { type Delivery, type QueueMessage, type ReceiveOptions, StepQueue } from "../stepQueue.ts"
import { awsCall } from "./awsCall.ts"
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
/** Of one request, and with it of one message. SQS takes more by now; queues made earlier may still be set to this. */
const maxBatchBytes = 262_144

/** Batches of one call that are under way at a time. */
const concurrency = 8

/** How often the messages that SQS refused one by one out of a batch are sent again. */
const batchAttempts = 5

/**
 * The step queue in SQS. SQS counts in seconds: times are rounded up, so that no message comes back before its time. Whose a
 * receipt is once its visibility has ended is not always known to SQS: `renew` may answer true for a message that another
 * has received since.
 */
export const makeSqsStepQueue = (options: SqsStepQueueOptions): StepQueue["Service"] => {
  const { client, queueUrl, deadLetterQueueUrl } = options

  const send = Effect.fnUntraced(function* (messages: ReadonlyArray<QueueMessage>) {
    const now = yield* Clock.currentTimeMillis
    const entries = messages.map((message) => ({
      MessageBody: encodeQueueMessage(message),
      DelaySeconds: seconds(message.notBefore - now, maxDelaySeconds)
    }))
    yield* Effect.forEach(batchesOf(entries), (batch) => sendBatch(client, queueUrl, batch), {
      concurrency,
      discard: true
    })
  })

  const receive = (url: string, { limit, waitMs, visibilityMs }: ReceiveOptions) =>
    awsCall("StepQueue.receive", async (abortSignal) => {
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
            ? note.pipe(Effect.andThen(deleteAll(client, [receiptOf(url, message)])), Effect.as([]))
            : Effect.as(note, [])
        })
      ),
      Effect.map((deliveries) => deliveries.flat())
    )

  const changeVisibility = (operation: string, { receipt }: Delivery, visibilityMs: number) =>
    awsCall(
      operation,
      async (abortSignal) => {
        const { queueUrl: QueueUrl, handle } = parseReceipt(receipt)
        const VisibilityTimeout = seconds(visibilityMs, maxVisibilitySeconds)
        const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: handle, VisibilityTimeout })
        await client.send(command, { abortSignal })
        return true
      },
      ({ name }) => (notOurs.test(name) ? { answer: false } : undefined)
    )

  const complete = (deliveries: ReadonlyArray<Delivery>) => deleteAll(client, deliveries)

  return StepQueue.of({
    send,
    receive: (options) => receive(queueUrl, options),
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

const parseReceipt = (receipt: string): { readonly queueUrl: string; readonly handle: string } => {
  const space = receipt.indexOf(" ")
  return { queueUrl: receipt.slice(0, space), handle: receipt.slice(space + 1) }
}

type Entry = Omit<SendMessageBatchRequestEntry, "Id">

/** In batches of up to ten messages and {@link maxBatchBytes}. */
const batchesOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<ReadonlyArray<Entry>> => {
  const batches: Array<Array<Entry>> = []
  let bytes = 0
  for (const entry of entries) {
    const entryBytes = Buffer.byteLength(entry.MessageBody ?? "")
    const batch = batches.at(-1)
    if (batch !== undefined && batch.length < maxBatchMessages && bytes + entryBytes <= maxBatchBytes) {
      batch.push(entry)
      bytes += entryBytes
    } else {
      batches.push([entry])
      bytes = entryBytes
    }
  }
  return batches
}

/** A batch can fail in part: what was refused is sent again, and no more than that. */
const sendBatch = Effect.fnUntraced(function* (client: SQSClient, queueUrl: string, batch: ReadonlyArray<Entry>) {
  let rest = batch
  for (let attempt = 1; ; attempt++) {
    const Entries = rest.map((entry, index) => ({ ...entry, Id: String(index) }))
    const failed = yield* awsCall("StepQueue.send", async (abortSignal) => {
      const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal })
      return answer.Failed ?? []
    })
    if (failed.length === 0) return
    const [{ Code, Message, SenderFault } = {}] = failed
    if (SenderFault === true || attempt === batchAttempts) {
      const message = `${failed.length} of ${batch.length} messages were refused: ${Code} ${Message ?? ""}`
      return yield* new StoreUnavailable({ operation: "StepQueue.send", message })
    }
    const ids = new Set(failed.map(({ Id }) => Id))
    rest = rest.filter((_, index) => ids.has(String(index)))
    yield* Effect.sleep(50 * 2 ** attempt)
  }
})

/** Deletes from whichever queue each is of. A receipt that no longer holds a message has nothing to delete. */
const deleteAll = Effect.fnUntraced(function* (
  client: SQSClient,
  deliveries: ReadonlyArray<Pick<Delivery, "receipt">>
) {
  const byQueue = new Map<string, Array<string>>()
  for (const { receipt } of deliveries) {
    const { queueUrl, handle } = parseReceipt(receipt)
    byQueue.set(queueUrl, [...(byQueue.get(queueUrl) ?? []), handle])
  }
  const batches = [...byQueue].flatMap(([QueueUrl, handles]) => {
    const count = Math.ceil(handles.length / maxBatchMessages)
    return Array.from({ length: count }, (_, batch) => ({
      QueueUrl,
      Entries: handles
        .slice(batch * maxBatchMessages, (batch + 1) * maxBatchMessages)
        .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
    }))
  })
  yield* Effect.forEach(
    batches,
    (batch) =>
      awsCall("StepQueue.complete", async (abortSignal) => {
        const { Failed } = await client.send(new DeleteMessageBatchCommand(batch), { abortSignal })
        const failed = Failed?.find(({ SenderFault }) => SenderFault !== true)
        if (failed !== undefined) throw new Error(`${failed.Code} ${failed.Message ?? ""}`)
      }),
    { concurrency, discard: true }
  )
})
