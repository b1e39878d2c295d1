import { fingerprint } from "../actor/json.ts"
import type { Message } from "../actor/message.ts"

/**
 * Do two rows of one key tell the run the same? Times, attempts and senders' clocks may differ; what the workflow gets may not.
 */
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
    default:
      return true
  }
}
