import { decodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import type { QueueMessage, StepQueue, StepRequest } from "../../../src/store/stepQueue.ts"
import { type QueueClaim, SimulatedQueue } from "../../services/simulatedQueue.ts"
import type { Life } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import type { WireMessage, WireQueue, WireQueueObserver } from "../sqs/queue.ts"
import { Receipts } from "./receipts.ts"

/** What the invariants know of the queue, from what goes over the wire. */
export class QueueMirror extends SimulatedQueue {
  private readonly at: World
  private readonly lifeOf: (name: string) => Life
  private readonly wireQueues: () => ReadonlyArray<WireQueue>
  private readonly decoded = new Map<string, QueueMessage>()
  private readonly receivers = new Map<string, Array<Life>>()
  private readonly receipts: Receipts
  private readonly seen = new Set<string>()
  /** Asked for by `send`, and not in place of one that was in hand. */
  private readonly asked = new Set<string>()

  constructor(world: World, wireQueues: QueueMirror["wireQueues"], lifeOf: QueueMirror["lifeOf"]) {
    super(world)
    this.at = world
    this.receipts = new Receipts(world, () => this.leftovers())
    this.wireQueues = wireQueues
    this.lifeOf = lifeOf
  }

  readonly onWire: WireQueueObserver = {
    sent: (message) => this.isSent(message),
    received: (message, by, isDoubled) => this.isReceived(message, by, isDoubled),
    deleted: (message) => this.isDeleted(message),
    died: (message, isEarly) => this.hasDied(message, isEarly)
  }

  /** The port of one life, which tells what it is asked for. */
  watch(queue: StepQueue["Service"], life: Life): StepQueue["Service"] {
    return {
      ...queue,
      send: (messages) => {
        for (const message of messages) {
          if (message.kind !== "step") continue
          this.asked.add(idOf(message))
          this.observer?.isAsked(message, life)
        }
        return queue.send(messages)
      }
    }
  }

  private isSent({ id, body }: WireMessage): void {
    const message = decodeQueueMessage(body)
    if (message === undefined) return
    this.decoded.set(id, message)
    this.receipts.sent(id)
    if (message.kind !== "step") return
    if (this.asked.delete(idOf(message))) this.observer?.isSent(message)
    this.observer?.sent(message)
    const attempt = `${message.runId} ${message.key} ${message.attempt}`
    if (this.seen.has(attempt)) this.hasDoubled.add(`${message.runId} ${message.key}`)
    this.seen.add(attempt)
  }

  private isReceived({ id, receives }: WireMessage, by: string, isDoubled: boolean): void {
    const message = this.decoded.get(id)
    const life = this.lifeOf(by)
    this.receivers.set(id, [...(this.receivers.get(id) ?? []), life])
    this.receipts.received(id, life, isDoubled, !this.isProcess(life))
    if (receives > 1) this.redelivered++
    if (message?.kind !== "step") return
    if (isDoubled) this.hasDoubled.add(`${message.runId} ${message.key}`)
    this.observer?.delivered(message, life, receives, isDoubled)
  }

  private isDeleted({ id, receives, receivedAt }: WireMessage): void {
    const message = this.decoded.get(id)
    if (message !== undefined) this.onCompleted(message, receives === 1 ? receivedAt : undefined)
  }

  /** Batches that the queue has not taken all of. */
  leftovers: () => number = () => 0

  /** Of a function its mapping receives, which nothing happens to. */
  isProcess: (life: Life) => boolean = () => true

  /** A process has been told what it has received. */
  arrived(messages: ReadonlyArray<{ readonly MessageId?: string }> = []): void {
    for (const { MessageId = "" } of messages) this.receipts.arrived(MessageId)
  }

  /** L3: a step is given up for what its workers do. That a store was away kills nobody's step. */
  private hasDied({ id, receives }: WireMessage, isEarly: boolean): void {
    const message = this.decoded.get(id)
    // Where the queue takes nothing of its run, no message of its own can be sent.
    if (message?.kind !== "step" || isEarly || this.at.refusedRuns.has(message.runId)) return
    const counted = receives - this.receipts.lost(id)
    if (counted <= mostInVain) return
    const what = `${message.key} of ${message.runId}, attempt ${message.attempt},`
    throw this.at.violate("L3", `${what} is a dead letter: ${counted} of ${receives} receivers were well`)
  }

  override messages(): ReadonlyArray<QueueMessage> {
    return this.wireQueues().flatMap((queue) => [...queue.messages()].flatMap(({ id }) => this.decoded.get(id) ?? []))
  }

  override claims(runId: string, stepKey: string): ReadonlyArray<QueueClaim> {
    const claims: Array<QueueClaim> = []
    for (const { id, visibleAt } of this.wireQueues()[0]?.messages() ?? []) {
      const message = this.decoded.get(id)
      if (message?.kind !== "step" || message.runId !== runId || message.key !== stepKey) continue
      const receivers = this.receivers.get(id) ?? []
      if (receivers.length > 0) claims.push({ attempt: message.attempt, hiddenMs: visibleAt - this.at.now, receivers })
    }
    return claims
  }
}

/** Receipts after which a message goes on as one of its own, whatever it waits for. */
const mostInVain = 3

const idOf = ({ attempt, key, runId, token }: StepRequest): string => JSON.stringify([runId, key, attempt, token])
