import type { StepRetry } from "./waitingFor.ts"

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

/** Of all messages of a run those that have failed before, or that somebody has in hand: what `RunTable.stepRetries` tells. */
export const retriesIn = (queued: ReadonlyArray<QueuedStep>, now: number): ReadonlyArray<StepRetry> =>
  queued.flatMap(({ attempt, key, lastError, notBefore, owner, visibleAt }) => {
    const worker = owner !== undefined && visibleAt > now ? owner : undefined
    return attempt > 1 || worker !== undefined ? [{ key, attempt, lastError, notBefore, worker }] : []
  })
