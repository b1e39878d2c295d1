import { beginTimer } from "../command.ts"
import { type Handover, handoverOf, isForTheRun, type Next } from "../continuation.ts"
import type { Ledger } from "../ledger.ts"
import { type Message, messageKey, type ParentLink, type StartMessage } from "../message.ts"
import type { Ending } from "../outcome.ts"
import { Restarts } from "./restarts.ts"

/** How the body of a generation has ended, and what it has not received. */
interface Ended {
  readonly next: Next | undefined
  readonly outcome: Ending | undefined
  readonly unread: ReadonlyArray<Message>
}

interface Begun {
  readonly ledger: Pick<Ledger, "isOpen">
  readonly outcome: Ending | undefined
  readonly start: StartMessage | undefined
}

/** What a generation leaves to the one that comes after it, if one does. */
export class Leaving {
  /** Runs of others that are to be told how this one ends, by the keys of their rows. */
  readonly waiters = new Map<string, ParentLink>()
  readonly restarts = new Restarts()
  /** It brought the time for the run to end, and came too late itself. */
  private late: ReadonlyArray<Message> = []
  private handover: Handover | undefined

  note(message: Message): void {
    if (message.kind === "await") this.waiters.set(messageKey(message), message.waiter)
    else if (message.kind === "restart") this.restarts.note(message)
  }

  /**
   * A start by `debounce` takes the place of a body that has not begun, and comes after one that has. Asked when the time has passed that it brings: the
   * same in every replay.
   */
  comesLater(message: Message, { ledger, outcome, start }: Begun): boolean {
    if (message.kind !== "restart" || message.policy !== "debounce" || outcome !== undefined) return false
    if (this.restarts.isPassedOver(message) || !ledger.isOpen("timer", `${beginTimer}#0`)) return true
    this.restarts.replaceBy(message, start?.notAfter)
    return false
  }

  /** Of a generation that has ended. */
  noteLate(message: Message): void {
    if (message.kind === "await" || message.kind === "restart" || !isForTheRun(messageKey(message))) return
    this.late = [message]
    this.handover = undefined
  }

  /** Undefined: nothing comes after it. `order`: all that it has adopted, until `now`. */
  handoverOf(ended: Ended, order: ReadonlyArray<string>, now: number): Handover | undefined {
    const { next, outcome } = ended
    if (next === undefined && (outcome === undefined || this.restarts.all.length === 0)) return undefined
    if (this.handover !== undefined) return this.handover
    const left = [...ended.unread, ...this.late]
    this.handover =
      next === undefined
        ? this.restarts.handover(order, left)
        : handoverOf(next, [...left, ...this.restarts.carried], this.waiters.values(), now)
    return this.handover
  }
}
