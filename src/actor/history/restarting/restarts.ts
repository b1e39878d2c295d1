import type { InlinePayload } from "../../values/payload.ts"
import { endingOf, type Handover, type Restart } from "../continuation.ts"
import { adoptedKey } from "../entry.ts"
import { type Message, messageKey, type RestartMessage, restartKey, tracedBy } from "../message.ts"

/** Starts that a run was asked for while it ran, in the order in which it adopted the requests. */
export class Restarts {
  private requests: ReadonlyArray<RestartMessage> = []
  private readonly noted: Array<RestartMessage> = []
  /** It was cancelled by one of them. */
  isReplaced = false
  private readonly passed = new Set<string>()
  /** By ids, the time at which one begins at the latest: that of the first of those whose place it has taken. */
  private readonly latest = new Map<string, number>()

  note(message: Message): void {
    if (message.kind !== "restart") return
    this.noted.push(message)
    if (message.policy === "replace") return this.replaceBy(message)
    const isOver = (one: RestartMessage) => message.policy === "debounce" && one.policy === "debounce"
    for (const one of this.requests.filter(isOver)) this.bound(message, this.begins(one).notAfter)
    this.requests = [...this.requests.filter((one) => !isOver(one)), message]
  }

  /**
   * Of messages that come one after the other in one turn: a start by `debounce` that another one comes behind is over before it can begin. So many of them are
   * one generation, and not as many.
   */
  passOver(messages: ReadonlyArray<Message>): void {
    const ids = messages.flatMap((one) => (one.kind === "restart" && one.policy === "debounce" ? [one.id] : []))
    if (ids.length > 1) for (const id of ids.slice(0, -1)) this.passed.add(id)
  }

  isPassedOver({ id }: RestartMessage): boolean {
    return this.passed.has(id)
  }

  /**
   * It takes the place of what runs, and of all that was asked for before; by `debounce` of nothing but what runs: those who wait have their turn before it, and of their
   * kind it is the last already. `notAfter`: as it was for what runs.
   */
  replaceBy(message: RestartMessage, notAfter?: number): void {
    this.isReplaced = true
    this.bound(message, notAfter)
    if (message.policy === "debounce") return
    this.requests = [message]
  }

  private bound({ id, policy }: RestartMessage, notAfter: number | undefined): void {
    if (policy !== "debounce" || notAfter === undefined) return
    this.latest.set(id, Math.min(notAfter, this.latest.get(id) ?? notAfter))
  }

  /** The same with the times at which it begins. */
  begins(message: RestartMessage): RestartMessage {
    const latest = this.latest.get(message.id)
    if (latest === undefined) return message
    const notAfter = Math.min(latest, message.notAfter ?? latest)
    return { ...message, notAfter, notBefore: Math.min(notAfter, message.notBefore ?? notAfter) }
  }

  /** Those that are to come. */
  get all(): ReadonlyArray<Message> {
    return this.requests
  }

  /**
   * What goes with a run that continues as new: also those whose place was taken, or who waits for one of them would not be told so when the start is
   * over that it was asked of. Of those no more than the last hundred.
   */
  get carried(): ReadonlyArray<Message> {
    const passed = this.noted.filter((one) => !this.requests.includes(one)).slice(-mostPassed)
    return this.noted.filter((one) => this.requests.includes(one) || passed.includes(one))
  }

  /** What a run that has ended leaves to the first of them. `order`: all that it has adopted. `unread`: what nobody has received. */
  handover(order: ReadonlyArray<string>, unread: ReadonlyArray<Message>): Handover | undefined {
    // Those that wait on have their bounds with them: what those bounds are of is not known to the run to come.
    const [first, ...rest] = this.requests.map((one) => this.begins(one))
    return first === undefined ? undefined : handoverTo(first, order, [...unread, ...rest])
  }
}

const mostPassed = 100

/** What came behind the request is for the run to come; what came before it was for the one that has ended. */
export const handoverTo = (
  first: RestartMessage,
  order: ReadonlyArray<string>,
  left: ReadonlyArray<Message>
): Handover => {
  const keys = order.map(adoptedKey)
  const behind = new Set(keys.slice(keys.indexOf(restartKey(first.id)) + 1))
  const carried = left.filter((row) => row.kind !== "cancel" && behind.has(messageKey(row)))
  const { definitionVersion, fingerprint, input, workflow } = first
  const next = { workflow, definitionVersion, fingerprint, input: input as InlinePayload, restart: restartOf(first) }
  return { next, unread: carried, ending: endingOf(next, carried) }
}

const restartOf = ({ id, notAfter, notBefore, tags, trace }: RestartMessage): Restart => ({
  id,
  ...(notBefore === undefined ? {} : { notBefore }),
  ...(notAfter === undefined ? {} : { notAfter }),
  ...(tags === undefined ? {} : { tags }),
  ...tracedBy(trace)
})
