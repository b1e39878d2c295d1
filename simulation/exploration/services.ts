import type { Effect } from "effect/Effect"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import type { Delivery, QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import type { Timer, Timers } from "../../src/store/timers.ts"
import { digest } from "../digest.ts"
import { maxDelayMs } from "../services/simulatedQueue.ts"
import type { Life } from "../world/machine.ts"
import { World } from "../world/world.ts"
import { LocalWorld } from "./localWorld.ts"

// The services of an explored world. They do nothing by themselves. What they hold is replaced and never changed, so that each state can
// be kept and gone back to.

/** Passes calls on to the process that makes them, which waits until its call is chosen. */
export class SharedWorld extends World {
  override callWhen<A>(
    life: Life,
    point: string,
    request: (answer: (value: A) => void) => void
  ): Effect<A, StoreUnavailable> {
    if (!(life.world instanceof LocalWorld)) throw new Error(`${point} is called from outside of an explored host`)
    return life.world.ask(life, point, request)
  }
}

/** Something that is handed to a host until it is seen to: a queue message, or the doorbell of a row. */
export interface Letter {
  readonly id: string
  /** Undefined: a doorbell. */
  readonly message: QueueMessage | undefined
  readonly runId: string
  readonly key: string
  readonly receives: number
  /** In whose hands it is: host, life and activity. */
  readonly holder: string | undefined
}

/** The step queue and the stream of rows: at least once, in no order. */
export class Letters {
  private readonly world: World
  private letters: ReadonlyMap<string, Letter> = new Map()

  constructor(world: World) {
    this.world = world
  }

  save(): ReadonlyMap<string, Letter> {
    return this.letters
  }

  restore(saved: ReadonlyMap<string, Letter>): void {
    this.letters = saved
  }

  ring(runId: string, key: string, times: number): void {
    for (let time = 1; time <= times; time++) {
      this.set({ id: `${runId} ${key} ${time}`, message: undefined, runId, key, receives: 0, holder: undefined })
    }
  }

  take(id: string, holder: string): Letter {
    const letter = this.letters.get(id) as Letter
    // Nobody counts how often a doorbell has rung.
    const receives = letter.message === undefined ? 0 : letter.receives + 1
    const taken = { ...letter, receives, holder }
    this.set(taken)
    return taken
  }

  /** The host is through with what it held: a doorbell is acknowledged, a message that is still there comes again. */
  letGo(holder: string, isDead: boolean): void {
    for (const letter of this.letters.values()) {
      if (letter.holder !== holder) continue
      if (letter.message === undefined && !isDead) this.remove(letter.id)
      else this.set({ ...letter, holder: undefined })
    }
  }

  service(life: Life): StepQueue["Service"] {
    const { world } = this
    const call = <A>(operation: string, request: () => A) => world.call(life, `StepQueue.${operation}`, request)
    const never = () => {
      throw new Error("an explored host has no loops")
    }
    return {
      maxDelayMs,
      receive: never,
      receiveDead: never,
      renew: never,
      send: (messages) =>
        call("send", () => {
          for (const message of messages) this.send(message, life.name)
        }),
      complete: (deliveries) =>
        call("complete", () => {
          for (const { receipt } of deliveries) this.remove(idOf(receipt))
        }),
      replace: ({ receipt }, message) =>
        call("replace", () => {
          this.send(message, life.name)
          this.remove(idOf(receipt))
        }),
      release: ({ receipt }) => call("release", () => this.release(receipt))
    }
  }

  private send(message: QueueMessage, by: string): void {
    const key = message.key ?? ""
    this.world.note(by, () => `sends ${message.kind} ${key} of ${message.runId}`)
    let id = digest(JSON.stringify(message)).slice(0, 12)
    while (this.letters.has(id)) id += "+"
    this.set({ id, message, runId: message.runId, key, receives: 0, holder: undefined })
  }

  /** Ours only by the latest receipt. */
  private release(receipt: string): void {
    const letter = this.letters.get(idOf(receipt))
    if (letter !== undefined && receipt === receiptOf(letter)) this.set({ ...letter, holder: undefined })
  }

  private set(letter: Letter): void {
    this.letters = new Map(this.letters).set(letter.id, letter)
  }

  private remove(id: string): void {
    const letters = new Map(this.letters)
    letters.delete(id)
    this.letters = letters
  }
}

const receiptOf = ({ id, receives }: Letter): string => `${id}:${receives}`
const idOf = (receipt: string): string => receipt.slice(0, receipt.lastIndexOf(":"))

export const deliveryOf = (letter: Letter & { readonly message: QueueMessage }): Delivery => ({
  receipt: receiptOf(letter),
  message: letter.message,
  receives: letter.receives
})

/** The scheduler: it fires when it is chosen to. */
export class ExploredTimers {
  private readonly world: World
  private timers: ReadonlyMap<string, Timer> = new Map()

  constructor(world: World) {
    this.world = world
  }

  save(): ReadonlyMap<string, Timer> {
    return this.timers
  }

  restore(saved: ReadonlyMap<string, Timer>): void {
    this.timers = saved
  }

  clear(timer: Timer): void {
    const timers = new Map(this.timers)
    timers.delete(nameOf(timer))
    this.timers = timers
  }

  service(life: Life): Timers["Service"] {
    const { world } = this
    return {
      schedule: (timer) =>
        world.call(life, "Timers.schedule", () => {
          this.timers = new Map(this.timers).set(nameOf(timer), timer)
        }),
      clear: (timer) => world.call(life, "Timers.clear", () => this.clear(timer))
    }
  }
}

const nameOf = ({ runId, key, due }: Timer): string => `${runId} ${key}@${due}`
