import type { InlinePayload } from "../../values/payload.ts"
import { endingOf, type Handover, type Restart } from "../continuation.ts"
import { adoptedKey } from "../entry.ts"
import { type Message, messageKey, type RestartMessage, restartKey, tracedBy } from "../message.ts"

/** Starts that a run was asked for while it ran, in the order in which it adopted the requests. */
export class Restarts {
  private requests: ReadonlyArray<RestartMessage> = []
  /** It was cancelled by one of them. */
  isReplaced = false

  note(message: Message): void {
    if (message.kind !== "restart") return
    if (message.policy === "afterFinish") {
      this.requests = [...this.requests, message]
      return
    }
    this.isReplaced = true
    // It takes the place of all that was asked for before.
    this.requests = [message]
  }

  /** Those of a generation that does not end the run go with it. */
  get all(): ReadonlyArray<Message> {
    return this.requests
  }

  /** What a run that has ended leaves to the first of them. `order`: all that it has adopted. `unread`: what nobody has received. */
  handover(order: ReadonlyArray<string>, unread: ReadonlyArray<Message>): Handover | undefined {
    const [first, ...rest] = this.requests
    return first === undefined ? undefined : handoverTo(first, order, [...unread, ...rest])
  }
}

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

const restartOf = ({ id, notBefore, tags, trace }: RestartMessage): Restart => ({
  id,
  ...(notBefore === undefined ? {} : { notBefore }),
  ...(tags === undefined ? {} : { tags }),
  ...tracedBy(trace)
})
