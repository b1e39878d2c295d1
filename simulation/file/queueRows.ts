import type { QueueMessage, StepQueue, StepRequest } from "../../src/store/stepQueue.ts"
import { type QueueClaim, SimulatedQueue } from "../services/simulatedQueue.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

interface Row {
  readonly nonce: number
  readonly visibleAt: number
  readonly receives: number
  readonly owner: string | null
  readonly dead: 0 | 1
}

interface Held extends Row {
  readonly message: QueueMessage
  readonly receivers: Array<Life>
  readonly receivedAt: number
}

/** What the invariants know of the queue, from the rows of its table. */
export class QueueRows extends SimulatedQueue {
  private readonly at: World
  private readonly rows = new Map<number, Held>()
  private readonly seen = new Set<string>()
  private readonly asked = new Set<string>()
  /** Put by the transaction that is being told. */
  private fresh: Array<number> = []
  /** By the name of their opening of the file. */
  readonly lives = new Map<string, Life>()

  constructor(world: World) {
    super(world)
    this.at = world
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

  put(id: number, body: string, row: string): void {
    const message = JSON.parse(body) as QueueMessage
    const held: Held = { ...JSON.parse(row), message, receivers: [], receivedAt: 0 }
    this.rows.set(id, held)
    this.fresh.push(id)
    if (message.kind === "step") {
      if (this.asked.delete(idOf(message))) this.observer?.isSent(message)
      this.observer?.sent(message)
      const attempt = `${message.runId} ${message.key} ${message.attempt}`
      if (this.seen.has(attempt)) this.hasDoubled.add(`${message.runId} ${message.key}`)
      this.seen.add(attempt)
    }
    if (held.receives > 0) this.received(id, held)
  }

  changed(id: number, row: string): void {
    const before = this.rows.get(id)
    if (before === undefined) throw this.at.violate("file", `message ${id} is written, and is not there`)
    const held: Held = { ...before, ...(JSON.parse(row) as Row) }
    this.rows.set(id, held)
    if (held.receives > before.receives && held.dead === before.dead) this.received(id, held)
  }

  /** One transaction stands. On a file a step has one message: whoever puts the next attempt takes away the one that it has in hand. */
  settled(): void {
    const fresh = this.fresh
    this.fresh = []
    for (const id of fresh) {
      const message = this.rows.get(id)?.message
      if (message?.kind !== "step") continue
      const { key, runId } = message
      for (const [other, held] of this.rows)
        if (other !== id && held.message.kind === "step" && held.message.runId === runId && held.message.key === key)
          throw this.at.violate(
            "file",
            `${key} of ${runId} has two messages, ${held.message.attempt} and ${message.attempt}`
          )
    }
  }

  private received(id: number, held: Held): void {
    const life = this.lives.get(held.owner ?? "")
    if (life === undefined) throw this.at.violate("file", `message ${id} is received by nobody`)
    held.receivers.push(life)
    this.rows.set(id, { ...held, receivedAt: this.at.now })
    if (held.receives > 1) this.redelivered++
    if (held.message.kind === "step") this.observer?.delivered(held.message, life, held.receives, false)
  }

  /** Answers with what there is to be told once all else is. */
  gone(id: number): () => void {
    const held = this.rows.get(id)
    this.rows.delete(id)
    if (held === undefined) throw this.at.violate("file", `message ${id} is deleted, and is not there`)
    return () => this.onCompleted(held.message, held.receives === 1 ? held.receivedAt : undefined)
  }

  override messages(): ReadonlyArray<QueueMessage> {
    return [...this.rows.values()].map(({ message }) => message)
  }

  override claims(runId: string, stepKey: string): ReadonlyArray<QueueClaim> {
    const claims: Array<QueueClaim> = []
    for (const { dead, message, receivers, visibleAt } of this.rows.values()) {
      if (message.kind !== "step" || message.runId !== runId || message.key !== stepKey || dead === 1) continue
      if (receivers.length > 0) claims.push({ attempt: message.attempt, hiddenMs: visibleAt - this.at.now, receivers })
    }
    return claims
  }
}

const idOf = ({ attempt, key, runId, token }: StepRequest): string => JSON.stringify([runId, key, attempt, token])
