import type { ParkReason } from "../../actor/errors.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Payload } from "../../actor/values/payload.ts"

/** What happened, in the order in which it did: what properties ask about, and what a story is told from. */
export type WorldEvent = { readonly at: number; readonly runId: string } & (
  | { readonly kind: "started"; readonly workflow: string; readonly input: Payload }
  | {
      readonly kind: "executed"
      readonly command: StepCommand
      readonly attempt: number
      /** Undefined for an attempt that failed and is to be repeated. */
      readonly outcome: Outcome | undefined
      readonly because?: string
      /** The worker died before it could write the outcome down. */
      readonly lost: boolean
    }
  | { readonly kind: "adopted"; readonly stepKey: string }
  | { readonly kind: "timer"; readonly key: string; readonly due: number }
  | { readonly kind: "signal"; readonly name: string; readonly for?: string; readonly payload: Payload }
  | { readonly kind: "update"; readonly name: string; readonly payload: Payload }
  | { readonly kind: "updateAnswered"; readonly name: string; readonly outcome: Outcome }
  | { readonly kind: "cancelAsked"; readonly reason: string | null }
  | { readonly kind: "asked"; readonly command: StepCommand }
  | { readonly kind: "childAnswered"; readonly key: string; readonly outcome: Outcome }
  | { readonly kind: "ended"; readonly outcome: Outcome }
  | { readonly kind: "parked"; readonly reason: ParkReason }
)
