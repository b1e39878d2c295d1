/** A step's message, as a queue that can be looked into holds it. */
export interface QueuedStep {
  readonly key: string
  /** The execution that it asks for, from 1. */
  readonly attempt: number
  /** How often the message was received. */
  readonly receives: number
  readonly lastError?: string | undefined
  /** Epoch milliseconds: when the attempt may begin. */
  readonly notBefore: number
  /** When it is there for all, or, where somebody has it, is there for all again unless they go on with it. */
  readonly visibleAt: number
  /** Who has it: the id of a process. Absent: nobody. */
  readonly owner?: string | undefined
  /** It was received too often without an outcome. */
  readonly isDead: boolean
}
