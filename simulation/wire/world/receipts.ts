import type { Life } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import { nobody } from "../lambda/queueMapping.ts"

interface Receipt {
  readonly life: Life
  /** Of its machine, by then. */
  readonly pauses: number
  readonly isDoubled: boolean
}

interface OfMessage {
  readonly receipts: Array<Receipt>
  /** Of those that were answered, by whoever is no function. */
  arrived: number
  /** Requests that the queue has not answered, by the time at which it was sent. */
  readonly unanswered: number
}

/** Who has received each message, and whose receipts came to nothing for a reason: they are what dead letters are there for. */
export class Receipts {
  private readonly world: World
  private readonly leftovers: () => number
  private readonly all = new Map<string, OfMessage>()

  constructor(world: World, leftovers: () => number) {
    this.world = world
    this.leftovers = leftovers
  }

  sent(id: string): void {
    this.all.set(id, { receipts: [], arrived: 0, unanswered: this.unanswered() })
  }

  received(id: string, life: Life, isDoubled: boolean, byFunction: boolean): void {
    const known = this.all.get(id)
    known?.receipts.push({ life, pauses: life.isPaused ? -1 : life.machine.pauses, isDoubled })
    if (byFunction && known !== undefined) known.arrived++
  }

  /** The process that has received it knows. */
  arrived(id: string): void {
    const known = this.all.get(id)
    if (known !== undefined) known.arrived++
  }

  /** At most so many receipts of a message whose receiver died, stood still, ran out of time, was nobody, or lacked the code; or was not answered by the queue, or not for all that it asked. */
  lost(id: string): number {
    const known = this.all.get(id)
    if (known === undefined) return Number.POSITIVE_INFINITY
    const { arrived, receipts, unanswered } = known
    const ofReceivers = receipts.filter(
      ({ isDoubled, life, pauses }) =>
        isDoubled ||
        life.isOver ||
        life.hasChangedCode ||
        life.machine.pauses !== pauses ||
        life.name.startsWith(nobody)
    )
    return ofReceivers.length + receipts.length - arrived + this.unanswered() - unanswered
  }

  private unanswered(): number {
    let sum = this.leftovers()
    for (const [cell, count] of this.world.faults.coverage)
      if (/^StepQueue\.(send|renew|complete) /.test(cell)) sum += count
    return sum
  }
}
