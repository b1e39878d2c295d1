import type { QueueEvent } from "../../../src/streams/lambda/events.ts"
import type { TurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import type { World } from "../../world/world.ts"
import type { WireMessage, WireQueue } from "../sqs/queue.ts"
import type { ExecutionEnvironment } from "./environment.ts"
import type { LambdaFunction } from "./lambdaFunction.ts"
import { type BatchOutcome, batchOutcome } from "./outcome.ts"

export interface QueueMappingOptions {
  readonly world: World
  readonly queue: WireQueue
  readonly target: LambdaFunction
  readonly handler: "step" | "deadLetter"
  readonly batchSize: number
}

interface Taken {
  readonly message: WireMessage
  readonly receipt: string
}

/**
 * The event source mapping of a queue. Sources: Lambda Developer Guide, "Using Lambda with Amazon SQS", "Configuring scaling behavior for SQS event source mappings",
 * "Handling errors for an SQS event source".
 *
 * It receives with the visibility of the queue, and deletes what the function does not name; what it names, and all of a batch that has failed or found no
 * environment, is back when it is visible again.
 */
export class QueueMapping {
  private readonly options: QueueMappingOptions
  private isOn = false
  private poller: object | undefined

  constructor(options: QueueMappingOptions) {
    this.options = options
  }

  enable(): void {
    this.isOn = true
    this.poll()
  }

  disable(): void {
    this.isOn = false
    this.poller = undefined
  }

  private poll(): void {
    const { batchSize, queue, target, world } = this.options
    if (!this.isOn) return
    const poller = {}
    this.poller = poller
    // Source: "Configuring scaling behavior for SQS event source mappings", "maximum concurrency": no more is received than its function has room for.
    if (!target.hasRoom) return this.pollIn(50 + world.draw.below(1_000), poller)
    let environment: ExecutionEnvironment | undefined
    const receiver = () => {
      environment ??= target.reserve()
      return environment?.life.name ?? nobody
    }
    const request = { most: batchSize, waitMs: 20_000, visibilityMs: queue.attributes.visibilityMs, by: receiver }
    queue.receive(
      request,
      (taken) => {
        if (taken.length > 0) this.handOver(taken, environment)
        this.pollIn(environment === undefined ? 50 + world.draw.below(1_000) : 1, poller)
      },
      () => this.poller !== poller
    )
  }

  private pollIn(ms: number, poller: object): void {
    this.options.world.later(ms, () => {
      if (this.poller === poller) this.poll()
    })
  }

  private handOver(taken: ReadonlyArray<Taken>, environment: ExecutionEnvironment | undefined): void {
    // The account has no room for it: that is tried again until the messages are visible again. Here it is given up at once.
    if (environment === undefined) return
    const { handler } = this.options
    const event: QueueEvent = { Records: taken.map(recordOf) }
    const ids = new Set(taken.map(({ message }) => message.id))
    environment.invoke({
      call: (handlers: TurnHandlers, context) => handlers[handler](event, context),
      ended: (outcome) => this.settle(taken, batchOutcome(outcome, ids))
    })
  }

  private settle(taken: ReadonlyArray<Taken>, outcome: BatchOutcome): void {
    if (outcome.tag === "failed" || outcome.tag === "throttled") return
    for (const { message, receipt } of taken) {
      if (outcome.tag === "inPart" && outcome.failed.has(message.id)) continue
      this.options.queue.delete(receipt)
    }
  }
}

/** Who receives what finds no environment. */
export const nobody = "lambda"

const recordOf = ({ message, receipt }: Taken): QueueEvent["Records"][number] => ({
  messageId: message.id,
  receiptHandle: receipt,
  body: message.body,
  attributes: { ApproximateReceiveCount: String(message.receives) }
})
