import type { RunStatus } from "../../actor/history/head.ts"

export interface CountQuery {
  /** Default: of all. */
  readonly workflow?: string
  /**
   * Where a store has to go through runs to count them (DynamoDB): so many of each status are counted, and of more it says so. Default 1,000, at
   * most 100,000.
   */
  readonly upTo?: number
}

export interface RunCount {
  readonly count: number
  /** There are more, and nobody has counted on. */
  readonly isMore: boolean
}

export type RunCounts = { readonly [Status in RunStatus]: RunCount }

const usualMost = 1_000
const mostOfAll = 100_000

export const mostCounted = ({ upTo = usualMost }: CountQuery): number =>
  Math.trunc(Math.max(1, Math.min(upTo || usualMost, mostOfAll)))
