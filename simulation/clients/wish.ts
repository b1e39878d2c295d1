import type { Act } from "../acts/act.ts"

/** What clients want done, until it is. */
export interface Wish extends Act {
  readonly at: number
  /** Whom it is about. */
  readonly runId?: string | (() => string)
  /** It is over after a while, with an answer or without. */
  readonly isBounded?: boolean
  isDone: boolean
  /** Asked by the machine's present life. */
  isAsked: boolean
}
