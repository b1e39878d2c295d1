import * as Effect from "effect/Effect"
import type { Delivery, QueueMessage, ReceiveOptions, StepQueue, StepRequest } from "../../src/store/stepQueue.ts"
import type { Life } from "../world/machine.ts"
import { Refusals } from "../world/refusals.ts"
import type { World } from "../world/world.ts"

interface Held {
  readonly id: number
  readonly message: QueueMessage
  visibleAt: number
  receives: number
  receivedAt: number
  /** Who has received it, in that order. */
  readonly receivers: Array<Life>
  isDead: boolean
}

/** A message of a step that somebody has received. */
export interface QueueClaim {
  readonly attempt: number
  /** For how long it is hidden yet. */
  readonly hiddenMs: number
  readonly receivers: ReadonlyArray<Life>
}

export interface QueueObserver {
  /** A request to send it begins, whatever becomes of it. Not in place of one that was in hand. */
  readonly isAsked: (message: StepRequest, by: Life) => void
  /** The request has come, and the message may be lost yet. */
  readonly isSent: (message: StepRequest) => void
  readonly sent: (message: StepRequest) => void
  readonly delivered: (message: StepRequest, to: Life, receives: number, isDoubled: boolean) => void
}

/** Short, so that a schedule of seconds uses the timers beyond it. */
export const maxDelayMs = 10_000
const maxReceives = 5
/** An empty answer says nothing, and is given late: hosts that ask again at once would make most of a schedule's events. */
export const idleMs = 60_000

/** A queue: at least once, in no order, with delays, visibility and dead letters. */
export class SimulatedQueue {
  private readonly world: World
  private held = new Map<number, Held>()
  private waiting: Array<() => void> = []
  private made = 0
  /** Deliveries of a message beyond its first. */
  redelivered = 0
  /** Of how many deliveries one comes twice, while there are faults; 0 for none but those that are planned. */
  repeats = 0
  /** Told of every step that is sent or delivered. */
  observer: QueueObserver | undefined
  /** Steps whose messages have come twice, by run and key. */
  readonly hasDoubled = new Set<string>()
  private readonly sent = new Set<string>()
  /** A message will not come again. With the time at which it came, if that was once. */
  onCompleted: (message: QueueMessage, cameAt: number | undefined) => void = () => undefined

  private readonly refusals: Refusals

  constructor(world: World) {
    this.world = world
    this.refusals = new Refusals(world, "refusedMessage")
  }

  messages(): ReadonlyArray<QueueMessage> {
    return [...this.held.values()].map(({ message }) => message)
  }

  /** Only what is sent ahead of a commit, or by the sweeper: the rest goes the way of a queue that is away. */
  private refusalOf(messages: ReadonlyArray<QueueMessage>) {
    const [first] = messages
    return first === undefined ? undefined : this.refusals.of(first.runId, "StepQueue.send")
  }

  send(message: QueueMessage): void {
    const { world } = this
    if (message.kind !== "wake" && world.faults.of("lostMessage") !== undefined) {
      world.note("queue", () => `loses ${message.kind} ${message.key} of ${message.runId}`)
      return
    }
    const id = this.made++
    const delayMs = Math.min(Math.max(0, message.notBefore - world.now), maxDelayMs)
    const late = world.faults.of("delayedMessage")?.forMs ?? 0
    const visibleAt = world.now + delayMs + late
    this.held.set(id, { id, message, visibleAt, receives: 0, receivedAt: 0, receivers: [], isDead: false })
    if (message.kind === "step") {
      this.observer?.sent(message)
      const attempt = `${message.runId} ${message.key} ${message.attempt}`
      if (this.sent.has(attempt)) this.hasDoubled.add(`${message.runId} ${message.key}`)
      this.sent.add(attempt)
    }
    this.wakeAt(visibleAt)
  }

  service(life: Life): StepQueue["Service"] {
    const { world } = this
    const call = <A>(operation: string, request: () => A) => world.call(life, `StepQueue.${operation}`, request)
    const receive = (operation: string, isDead: boolean) => (options: ReceiveOptions) =>
      world.callWhen<ReadonlyArray<Delivery>>(life, `StepQueue.${operation}`, (answer) =>
        this.answer(life, options, isDead, answer)
      )
    return {
      maxDelayMs,
      send: (messages) => {
        const request = call("send", () => {
          const refused = this.refusalOf(messages)
          if (refused !== undefined) return Effect.fail(refused)
          for (const message of messages) {
            if (message.kind === "step") this.observer?.isSent(message)
            this.send(message)
          }
          return Effect.void
        })
        return Effect.suspend(() => {
          for (const message of messages) if (message.kind === "step") this.observer?.isAsked(message, life)
          return Effect.flatten(request)
        })
      },
      receive: receive("receive", false),
      receiveDead: receive("receiveDead", true),
      renew: (delivery, visibilityMs) => call("renew", () => this.hide(delivery, visibilityMs)),
      complete: (deliveries) =>
        call("complete", () => {
          for (const delivery of deliveries) this.remove(delivery)
        }),
      replace: (delivery, message) =>
        call("replace", () => {
          this.send(message)
          this.remove(delivery)
        }),
      release: (delivery, delayMs) => call("release", () => void this.hide(delivery, delayMs))
    }
  }

  private answer(
    life: Life,
    options: ReceiveOptions,
    isDead: boolean,
    answer: (deliveries: ReadonlyArray<Delivery>) => void
  ): void {
    const { world } = this
    const waitMs = Math.max(options.waitMs, idleMs)
    const end = world.now + waitMs
    let isOver = false
    const attempt = () => {
      if (isOver || life.isOver) return
      // One queue for all: what is prompt comes with the steps.
      const taken = options.lane === "prompt" ? [] : this.take(life, options, isDead)
      if (taken.length === 0 && world.now < end) return void this.waiting.push(attempt)
      isOver = true
      answer(taken)
    }
    attempt()
    if (!isOver) world.later(waitMs, attempt)
  }

  private take(life: Life, { limit, visibilityMs }: ReceiveOptions, isDead: boolean): ReadonlyArray<Delivery> {
    const { world } = this
    const taken: Array<Delivery> = []
    const size = Math.min(limit, 1 + world.draw.below(10))
    for (const held of this.held.values()) {
      if (taken.length >= size) break
      if (held.isDead !== isDead || held.visibleAt > world.now) continue
      if (!isDead && (held.receives >= maxReceives || world.faults.of("deadLetter") !== undefined)) {
        held.isDead = true
        held.receives = 0
        this.wakeAt(world.now)
        continue
      }
      taken.push(this.deliver(life, held, visibilityMs))
    }
    return taken
  }

  private deliver(life: Life, held: Held, visibilityMs: number): Delivery {
    const { world } = this
    held.receives++
    held.receivedAt = world.now
    held.receivers.push(life)
    const isDoubled = world.faults.of("duplicateMessage") !== undefined || (!world.faults.isSpent && this.isRepeated())
    held.visibleAt = world.now + (isDoubled ? world.draw.below(world.draw.chance(0.5) ? 5 : 50) : visibilityMs)
    if (held.receives > 1) this.redelivered++
    if (isDoubled && held.message.kind === "step") this.hasDoubled.add(`${held.message.runId} ${held.message.key}`)
    if (held.message.kind === "step") this.observer?.delivered(held.message, life, held.receives, isDoubled)
    this.wakeAt(held.visibleAt)
    return { receipt: `${held.id}:${held.receives}`, message: held.message, receives: held.receives }
  }

  /** The messages of a step that are or were in somebody's hands. There may be several, sent by commits that do not stand. */
  claims(runId: string, stepKey: string): ReadonlyArray<QueueClaim> {
    const claims: Array<QueueClaim> = []
    for (const { isDead, message, receivers, visibleAt } of this.held.values()) {
      if (message.kind !== "step" || message.runId !== runId || message.key !== stepKey) continue
      if (receivers.length > 0 && !isDead)
        claims.push({ attempt: message.attempt, hiddenMs: visibleAt - this.world.now, receivers })
    }
    return claims
  }

  private isRepeated(): boolean {
    return this.repeats > 0 && this.world.draw.below(this.repeats) === 0
  }

  /** Ours only by the latest receipt. */
  private hide(delivery: Delivery, forMs: number): boolean {
    const held = this.find(delivery)
    if (held === undefined) return false
    held.visibleAt = this.world.now + Math.min(forMs, maxDelayMs * 60)
    this.wakeAt(held.visibleAt)
    return true
  }

  /** Any receipt does, as with SQS. */
  private remove(delivery: Delivery): void {
    const id = Number(delivery.receipt.split(":")[0])
    const held = this.held.get(id)
    if (!this.held.delete(id) || held === undefined) return
    this.onCompleted(held.message, held.receives === 1 ? held.receivedAt : undefined)
  }

  private find({ receipt }: Delivery): Held | undefined {
    const [id, receives] = receipt.split(":").map(Number)
    const held = this.held.get(id as number)
    return held?.receives === receives ? held : undefined
  }

  private wakeAt(at: number): void {
    this.world.later(Math.max(0, at - this.world.now), () => {
      const { waiting } = this
      this.waiting = []
      for (const one of waiting) one()
    })
  }
}
