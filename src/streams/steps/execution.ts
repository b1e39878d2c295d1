import type { Outcome } from "../../actor/history/outcome.ts"
import type { Payload } from "../../actor/values/payload.ts"

export interface ExecutionRequest {
  readonly runId: string
  /** The workflow's name, for the log. Undefined: not known any more. */
  readonly workflow?: string | undefined
  readonly key: string
  /** Resolved: no reference. */
  readonly input: Payload
  readonly attempt: number
}

/** What became of one execution. `because`: why it failed, in few words. */
export type Execution =
  | { readonly _tag: "Done"; readonly outcome: Outcome; readonly because?: string }
  | { readonly _tag: "Retry"; readonly delayMs: number; readonly because: string }
