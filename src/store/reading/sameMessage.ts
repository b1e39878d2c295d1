import { type Message, messageTime } from "../../actor/history/message.ts"
import { fingerprint } from "../../actor/values/json.ts"

/**
 * Is the row that is there as good as the one in hand? What the workflow gets must be the same, and so must the time that the row
 * brings to the run: an actor that has gone on by the one in hand would not replay by the other.
 */
export const sameMessage = (a: Message, b: Message): boolean => messageTime(a) === messageTime(b) && sameContent(a, b)

/** Do two rows of one key say the same? Times, attempts and senders' clocks may differ. */
export const sameContent = (a: Message, b: Message): boolean => {
  if (a.kind !== b.kind) return false
  switch (a.kind) {
    case "start": {
      const other = b as typeof a
      return (
        a.workflow === other.workflow &&
        a.fingerprint === other.fingerprint &&
        a.parent?.runId === other.parent?.runId &&
        a.parent?.key === other.parent?.key
      )
    }
    case "step":
    case "child":
      return (
        a.fingerprint === (b as typeof a).fingerprint && fingerprint(a.outcome) === fingerprint((b as typeof a).outcome)
      )
    case "signal":
      return fingerprint(a.payload) === fingerprint((b as typeof a).payload)
    case "callback":
      return a.id === (b as typeof a).id && fingerprint(a.outcome) === fingerprint((b as typeof a).outcome)
    default:
      return true
  }
}
