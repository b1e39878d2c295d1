import type { CopiedFrom } from "./copiedFrom.ts"

/**
 * The run is to go on in its next generation, from an earlier message of this one. As a decision it is acted on by head and rows, before any replay, and
 * set aside in the order. It is for this very generation: it is brought to no later one.
 */
export interface RepairMessage {
  readonly kind: "repair"
  readonly at: number
  /** The caller's idempotency key, or a fresh id. */
  readonly id: string
  readonly from: CopiedFrom
  /** Where in a trace its writer was. */
  readonly trace?: string
}

export const repairKey = (id: string): string => `repair/${id}`
