import type { Act } from "../acts/act.ts"

/** What clients want done, until it is. */
export interface Wish extends Act {
  readonly at: number
  isDone: boolean
  /** Asked by the machine's present life. */
  isAsked: boolean
}
