import type { Outcome } from "../../actor/history/outcome.ts"
import type { Payload } from "../../actor/values/payload.ts"
import type { CommandKind } from "../shapes/timeline.ts"

/** Something that a workflow has asked for, as a replay has seen it. */
export interface WatchedCommand {
  readonly id: string
  readonly kind: CommandKind
  readonly key: string
  readonly name: string
  /** Position of the entry that led to it, and the run's time then. Undefined: known from rows alone. */
  readonly by: number | undefined
  readonly issuedAt: number | undefined
  state: "open" | "done" | "abandoned"
  answeredBy?: number
  endedAt?: number
  readonly input?: Payload
  outcome?: Outcome
  readonly inline?: boolean
  dueAt?: number
  readonly expiresAt?: number
  readonly runId?: string
  readonly for?: string
}
