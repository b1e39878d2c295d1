import { runIdOf } from "../../actor/history/generation.ts"
import { toldText } from "../../actor/values/sealed.ts"
import type { QueueMessage } from "../../store/stepQueue.ts"
import type { DeadLetter } from "../shapes/deadLetters.ts"

/** What a message of the queue is about, without its values. */
export const letterOf = (message: QueueMessage): DeadLetter => {
  const { kind } = message
  const runId = runIdOf(message.runId)
  if (kind !== "step") return { runId, kind, ...(message.key === undefined ? {} : { key: message.key }) }
  const { attempt, key, lastError, name, workflow } = message
  return {
    runId,
    kind,
    key,
    step: name,
    attempt,
    ...(workflow === undefined ? {} : { workflow }),
    ...(lastError === undefined ? {} : { lastError: toldText(lastError) })
  }
}
