import type { QueueMessage } from "../stepQueue.ts"
import type { Timer } from "../timers.ts"

// What some rows of the queue are found by: a timer that is to be cleared, and steps of a run that are tried again. Run ids hold
// no control characters, so that the two do not meet.

/** With the length of the run's id: ids and keys may hold whatever stands between them. */
export const timerTag = ({ runId, key, due }: Timer): string => `${runId}/${key}@${due}/${runId.length}`

export const retryTag = (runId: string): string => `\u0001${runId}`

export const tagOf = (message: QueueMessage): string | null => {
  if (message.kind === "timer") return timerTag(message)
  return message.kind === "step" && message.attempt > 1 ? retryTag(message.runId) : null
}
