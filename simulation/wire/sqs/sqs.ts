import type { Reply, Request, WireService } from "../service.ts"
import { serviceError, unknownToWire } from "../serviceError.ts"
import type { Surroundings } from "../surroundings.ts"
import type { Weather } from "../weather.ts"
import { WireQueue } from "./queue.ts"

const host = "https://sqs.eu-west-1.amazonaws.com/000000000000/"
const arnPrefix = "arn:aws:sqs:eu-west-1:000000000000:"

/** Source: API Reference, "SendMessage": these characters, and no others. */
const refusedCharacters = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** Source: API Reference, "SendMessageBatch": 10 entries, and this much for all of them together (1 MiB since 2025; older queues 256 KiB). */
const mostBytes = 262_144
const mostEntries = 10

/** Source: API Reference, "SendMessage" and "ReceiveMessage". */
const mostDelaySeconds = 900
const mostWaitSeconds = 20
const mostVisibilitySeconds = 43_200

interface Failure {
  readonly Id: string
  readonly Code: string
  readonly Message: string
  readonly SenderFault: boolean
}

export class WireSqs implements WireService {
  readonly name = "SQS"
  private readonly queues = new Map<string, WireQueue>()
  private readonly world: Surroundings
  private readonly weather: () => Weather

  constructor(world: Surroundings, weather: () => Weather) {
    this.world = world
    this.weather = weather
  }

  create(name: string): WireQueue {
    const url = `${host}${name}`
    const known = this.queues.get(url)
    if (known !== undefined) return known
    const queue = new WireQueue(url, this.world, this.weather)
    queue.target = (target) => this.queues.get(target)
    this.queues.set(url, queue)
    return queue
  }

  queue(url: string): WireQueue {
    const queue = this.queues.get(url)
    if (queue === undefined) throw serviceError("QueueDoesNotExist", "The specified queue does not exist.")
    return queue
  }

  request({ operation, input, by }: Request, reply: Reply): void {
    switch (operation) {
      case "CreateQueue":
        return reply.done({ QueueUrl: this.createWith(input) })
      case "GetQueueUrl":
        return reply.done({ QueueUrl: this.queue(`${host}${input.QueueName}`).url })
      case "GetQueueAttributes":
        return reply.done({ Attributes: attributesOf(this.queue(input.QueueUrl)) })
      case "SetQueueAttributes":
        return reply.done(setAttributes(this.queue(input.QueueUrl), input.Attributes))
      case "SendMessageBatch":
        return reply.done(this.sendBatch(input))
      case "ReceiveMessage":
        return this.receive(input, by, reply)
      case "DeleteMessageBatch":
        return reply.done(this.deleteBatch(input))
      case "ChangeMessageVisibility":
        this.queue(input.QueueUrl).hide(
          input.ReceiptHandle,
          seconds("VisibilityTimeout", input.VisibilityTimeout, mostVisibilitySeconds)
        )
        return reply.done({})
      default:
        throw unknownToWire(`${operation} of SQS`)
    }
  }

  private createWith({ QueueName, Attributes = {} }: any): string {
    if (!/^[\w-]{1,80}$/.test(QueueName))
      throw serviceError(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
      )
    const queue = this.create(QueueName)
    setAttributes(queue, Attributes)
    return queue.url
  }

  private sendBatch({ QueueUrl, Entries }: any): object {
    const queue = this.queue(QueueUrl)
    checkEntries(Entries)
    const bytes = Entries.reduce((sum: number, { MessageBody }: any) => sum + Buffer.byteLength(MessageBody), 0)
    if (bytes > mostBytes)
      throw serviceError(
        "BatchRequestTooLong",
        `Batch requests cannot be longer than ${mostBytes} bytes. You have sent ${bytes} bytes.`
      )
    // What a batch holds is looked at before any of it is taken.
    if (Entries.some(({ MessageBody }: any) => refusedCharacters.test(MessageBody)))
      throw serviceError("InvalidMessageContents", "Invalid binary character was found in the message body")
    const refused = this.refusedOf(Entries)
    const Failed = [...refused, ...this.leftOf(Entries.filter(({ Id }: any) => refused.every((one) => one.Id !== Id)))]
    const left = new Set(Failed.map(({ Id }) => Id))
    const Successful = Entries.flatMap(({ Id, MessageBody, DelaySeconds = 0 }: any) =>
      left.has(Id)
        ? []
        : [{ Id, MessageId: queue.send(MessageBody, seconds("DelaySeconds", DelaySeconds, mostDelaySeconds)) }]
    )
    return { Successful, ...(Failed.length === 0 ? {} : { Failed }) }
  }

  private receive(input: any, by: string, reply: Reply): void {
    const most = input.MaxNumberOfMessages ?? 1
    if (!(most >= 1 && most <= 10))
      throw serviceError(
        "InvalidParameterValue",
        `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`
      )
    const waitMs = seconds("WaitTimeSeconds", input.WaitTimeSeconds ?? 0, mostWaitSeconds)
    const queue = this.queue(input.QueueUrl)
    const visibilityMs =
      input.VisibilityTimeout === undefined
        ? queue.attributes.visibilityMs
        : seconds("VisibilityTimeout", input.VisibilityTimeout, mostVisibilitySeconds)
    queue.receive(
      { most, waitMs, visibilityMs, by: () => by },
      (taken) => {
        const Messages = taken.map(({ message, receipt }) => ({
          MessageId: message.id,
          ReceiptHandle: receipt,
          Body: message.body,
          Attributes: { ApproximateReceiveCount: String(message.receives) }
        }))
        reply.done(Messages.length === 0 ? {} : { Messages })
      },
      () => reply.isGone?.() === true
    )
  }

  private deleteBatch({ QueueUrl, Entries }: any): object {
    const queue = this.queue(QueueUrl)
    checkEntries(Entries)
    const Failed = this.leftOf(Entries)
    const left = new Set(Failed.map(({ Id }) => Id))
    const Successful: Array<object> = []
    for (const { Id, ReceiptHandle } of Entries) {
      if (left.has(Id)) continue
      try {
        queue.delete(ReceiptHandle)
        Successful.push({ Id })
      } catch (error) {
        Failed.push({ Id, Code: (error as Error).name, Message: (error as Error).message, SenderFault: true })
      }
    }
    return { Successful, ...(Failed.length === 0 ? {} : { Failed }) }
  }

  /**
   * Source: API Reference, "SendMessageBatch", "Errors" and "BatchResultErrorEntry" (`SenderFault`): what is wrong with one entry is told of that entry, or of all of them together.
   */
  private refusedOf(entries: ReadonlyArray<{ readonly Id: string; readonly MessageBody: string }>): Array<Failure> {
    return entries.flatMap(({ Id, MessageBody }) => {
      const how = this.weather().refusalOf(MessageBody)
      if (how === "batch") throw serviceError("InvalidMessageContents", "simulated: a message is refused")
      const [Code, Message] = ["InvalidMessageContents", "simulated: this message is refused"]
      return how === undefined ? [] : [{ Id, Code, Message, SenderFault: true }]
    })
  }

  /** Source: API Reference, "SendMessageBatch": a batch may be taken in part, and says so with status 200. */
  private leftOf(entries: ReadonlyArray<{ readonly Id: string }>): Array<Failure> {
    const count = this.weather().leftovers(entries.length, "SQS")
    return entries
      .slice(entries.length - count)
      .map(({ Id }) => ({ Id, Code: "InternalError", Message: "try again", SenderFault: false }))
  }
}

const checkEntries = (entries: ReadonlyArray<{ readonly Id: string }>): void => {
  if (entries.length === 0)
    throw serviceError("EmptyBatchRequest", "There should be at least one entry in the request.")
  if (entries.length > mostEntries)
    throw serviceError("TooManyEntriesInBatchRequest", `Maximum number of entries per request are ${mostEntries}.`)
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw serviceError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id in the request.")
}

/** SQS counts in whole seconds. */
const seconds = (name: string, value: number, most: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw serviceError(
      "InvalidParameterValue",
      `Value ${value} for parameter ${name} is invalid. Reason: Must be an integer from 0 to ${most}.`
    )
  return value * 1_000
}

const nameOf = (url: string): string => url.slice(host.length)

const attributesOf = (queue: WireQueue): object => ({
  QueueArn: `${arnPrefix}${nameOf(queue.url)}`,
  VisibilityTimeout: String(queue.attributes.visibilityMs / 1_000),
  MessageRetentionPeriod: String(queue.attributes.retentionMs / 1_000)
})

const setAttributes = ({ attributes }: WireQueue, given: { readonly [name: string]: string }): object => {
  if (given.MessageRetentionPeriod !== undefined) attributes.retentionMs = Number(given.MessageRetentionPeriod) * 1_000
  if (given.VisibilityTimeout !== undefined) attributes.visibilityMs = Number(given.VisibilityTimeout) * 1_000
  if (given.RedrivePolicy !== undefined) {
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(given.RedrivePolicy)
    attributes.redrive = {
      target: `${host}${String(deadLetterTargetArn).slice(arnPrefix.length)}`,
      maxReceives: Number(maxReceiveCount)
    }
  }
  return {}
}
