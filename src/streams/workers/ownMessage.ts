import type { QueueMessage } from "../../store/stepQueue.ts"

/**
 * A message to go on in place of one in hand, whose receipts are not counted: they are for workers that die, and what is received too often becomes a
 * dead letter, and its step a failure. Its step may have run already, so whoever receives it looks for an answer first, as with all that comes again.
 */
export const ownMessage = (message: QueueMessage, notBefore: number): QueueMessage =>
  message.kind === "step" ? { ...message, notBefore, cameBefore: true } : { ...message, notBefore }
