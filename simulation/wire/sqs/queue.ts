import { serviceError } from "../serviceError.ts"
import type { Surroundings } from "../surroundings.ts"
import type { Weather } from "../weather.ts"

export interface WireMessage {
  readonly id: string
  readonly body: string
  readonly sentAt: number
  visibleAt: number
  receives: number
  firstReceivedAt: number
  receivedAt: number
}

export interface QueueAttributes {
  /** Source: "SetQueueAttributes": `maxReceiveCount` and the queue that takes over. */
  redrive: { readonly target: string; readonly maxReceives: number } | undefined
  retentionMs: number
  visibilityMs: number
}

/** Told of what happens to messages, in the moment in which it does. */
export interface WireQueueObserver {
  readonly sent: (message: WireMessage) => void
  readonly received: (message: WireMessage, by: string, isDoubled: boolean) => void
  readonly deleted: (message: WireMessage) => void
  /** It is a dead letter. `isEarly`: before its time, as it was planned. */
  readonly died: (message: WireMessage, isEarly: boolean) => void
}

/** Source: "Amazon SQS visibility timeout": twelve hours from the first receipt on. */
const mostHiddenMs = 12 * 3_600_000

/** One standard queue: at least once, in no order. */
export class WireQueue {
  readonly url: string
  readonly attributes: QueueAttributes = { redrive: undefined, retentionMs: 4 * 86_400_000, visibilityMs: 30_000 }
  private readonly world: Surroundings
  private readonly weather: () => Weather
  private readonly held = new Map<string, WireMessage>()
  private waiting: Array<() => void> = []
  private made = 0
  observer: WireQueueObserver | undefined
  /** Where dead letters go. */
  target: (url: string) => WireQueue | undefined = () => undefined

  constructor(url: string, world: Surroundings, weather: () => Weather) {
    this.url = url
    this.world = world
    this.weather = weather
  }

  messages(): Iterable<WireMessage> {
    return this.held.values()
  }

  send(body: string, delayMs: number): string {
    const { world } = this
    const id = `m-${this.made++}`
    const visibleAt = world.now + delayMs + this.weather().messageDelayMs()
    const message = { id, body, sentAt: world.now, visibleAt, receives: 0, firstReceivedAt: 0, receivedAt: 0 }
    if (this.weather().losesMessage(body)) return id
    this.held.set(id, message)
    this.observer?.sent(message)
    this.wakeAt(visibleAt)
    return id
  }

  /** Source: "Dead-letter queues": a message keeps the time at which it was first sent. */
  takeOver({ id, body, sentAt }: WireMessage): void {
    const { now } = this.world
    this.held.set(id, { id, body, sentAt, visibleAt: now, receives: 0, firstReceivedAt: 0, receivedAt: 0 })
    this.wakeAt(now)
  }

  receive(
    {
      most,
      waitMs,
      visibilityMs,
      by
    }: { readonly most: number; readonly waitMs: number; readonly visibilityMs: number; readonly by: () => string },
    answer: (messages: ReadonlyArray<{ readonly message: WireMessage; readonly receipt: string }>) => void,
    isGone: () => boolean
  ): void {
    const { world } = this
    const idleMs = this.weather().idleMs(waitMs)
    const end = world.now + idleMs
    let isOver = false
    const attempt = () => {
      // Whoever has gone takes nothing: what it would be handed would be hidden from others.
      if (isOver || isGone()) return
      const taken = this.take(most, visibilityMs, by)
      if (taken.length === 0 && world.now < end) return void this.waiting.push(attempt)
      isOver = true
      answer(taken)
    }
    attempt()
    if (!isOver) world.later(idleMs, attempt)
  }

  private take(most: number, visibilityMs: number, by: () => string) {
    const { world } = this
    if (this.weather().isAway("SQS")) return []
    const size = this.weather().messagesTaken(most)
    const taken: Array<{ readonly message: WireMessage; readonly receipt: string }> = []
    for (const message of [...this.held.values()]) {
      if (taken.length >= size) break
      if (world.now - message.sentAt > this.attributes.retentionMs) this.held.delete(message.id)
      else if (message.visibleAt <= world.now && !this.isDead(message)) taken.push(this.hand(message, visibilityMs, by))
    }
    return taken
  }

  private isDead(message: WireMessage): boolean {
    const { redrive } = this.attributes
    if (redrive === undefined) return false
    const isEarly = message.receives < redrive.maxReceives
    if (isEarly && !this.weather().isDead()) return false
    const target = this.target(redrive.target)
    if (target === undefined) return false
    this.held.delete(message.id)
    this.observer?.died(message, isEarly)
    target.takeOver(message)
    return true
  }

  private hand(message: WireMessage, visibilityMs: number, by: () => string) {
    const { now, draw } = this.world
    const receiver = by()
    if (message.receives++ === 0) message.firstReceivedAt = now
    message.receivedAt = now
    // Source: "Amazon SQS at-least-once delivery": a copy may be handed to another while this one is hidden.
    const isDoubled = this.weather().isDoubled(message.body)
    message.visibleAt = now + (isDoubled ? draw.below(draw.chance(0.5) ? 5 : 50) : visibilityMs)
    this.wakeAt(message.visibleAt)
    this.observer?.received(message, receiver, isDoubled)
    return { message, receipt: `${message.id}:${message.receives}` }
  }

  /**
   * Source: API Reference, "DeleteMessage": with a receipt that is not the latest the request succeeds, and the message may stay.
   */
  delete(receipt: string): void {
    if (this.weather().isAway("SQS")) return
    const message = this.find(receipt)
    const isLatest = message !== undefined && receipt === `${message.id}:${message.receives}`
    if (message === undefined || (!isLatest && !this.weather().oldReceiptDeletes())) return
    this.held.delete(message.id)
    this.observer?.deleted(message)
  }

  /** Source: API Reference, "ChangeMessageVisibility". */
  hide(receipt: string, forMs: number): void {
    const message = this.find(receipt)
    const { now } = this.world
    if (message === undefined)
      throw serviceError(
        "InvalidParameterValue",
        `Value ${receipt} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`
      )
    const isLatest = receipt === `${message.id}:${message.receives}`
    if (message.visibleAt <= now || !isLatest)
      throw serviceError("MessageNotInflight", "The message referred to isn't in flight")
    if (now + forMs - message.firstReceivedAt > mostHiddenMs)
      throw serviceError(
        "InvalidParameterValue",
        `Value ${forMs / 1_000} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].`
      )
    message.visibleAt = now + forMs
    this.wakeAt(message.visibleAt)
  }

  private find(receipt: string): WireMessage | undefined {
    if (!/^m-\d+:\d+$/.test(receipt))
      throw serviceError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
    return this.held.get(receipt.slice(0, receipt.indexOf(":")))
  }

  private wakeAt(at: number): void {
    this.world.later(Math.max(0, at - this.world.now), () => this.wake())
  }

  /** Whoever waits looks again. */
  wake(): void {
    const { waiting } = this
    this.waiting = []
    for (const one of waiting) one()
  }
}
