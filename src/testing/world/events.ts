import type { ParkReason } from "../../actor/errors.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import type { CopiedFrom } from "../../actor/history/copying/copiedFrom.ts"
import type { Message } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Payload } from "../../actor/values/payload.ts"

/** What happened, in the order in which it did: what properties ask about, and what a story is told from. */
export type WorldEvent = { readonly at: number /** An address. */; readonly runId: string } & (
  | { readonly kind: "started"; readonly workflow: string; readonly input: Payload; readonly from?: CopiedFrom }
  | {
      readonly kind: "executed"
      readonly command: StepCommand
      readonly attempt: number
      /** Undefined for an attempt that failed and is to be repeated. */
      readonly outcome: Outcome | undefined
      readonly because?: string
      /** The worker died before it could write the outcome down, or nobody has heard of it. */
      readonly lost: boolean
      /** The worker died at an await of the step's code, at this place if it is known. */
      readonly diedAt?: string
      /** It took effect, and counts as failed. */
      readonly unheard?: { readonly readsAttempt: boolean }
      /** Of code that acts upon the user's world: awaits that it came to. */
      readonly awaits?: number
      /** Those of them at which something was done, and something left to do: in a calm run. */
      readonly cuts?: ReadonlyArray<number>
      /** It was stopped on its way, and others had their turn. */
      readonly paused?: boolean
      /** What it has left in the world that was not there before, where somebody wants to know. */
      readonly left?: ReadonlyArray<string>
      /** Others were due at the same moment whose code acts upon the world, too. */
      readonly beside?: boolean
    }
  | { readonly kind: "paused"; readonly command: StepCommand; readonly attempt: number; readonly place: string }
  | { readonly kind: "adopted"; readonly stepKey: string }
  | { readonly kind: "timer"; readonly key: string; readonly due: number }
  | { readonly kind: "signal"; readonly name: string; readonly for?: string; readonly payload: Payload }
  | { readonly kind: "update"; readonly name: string; readonly payload: Payload }
  | { readonly kind: "updateAnswered"; readonly name: string; readonly outcome: Outcome }
  | { readonly kind: "cancelAsked"; readonly reason: string | null }
  | { readonly kind: "asked"; readonly command: StepCommand }
  | { readonly kind: "childAnswered"; readonly key: string; readonly outcome: Outcome }
  | { readonly kind: "callbackAnswered"; readonly key: string; readonly outcome: Outcome }
  | { readonly kind: "ended"; readonly outcome: Outcome }
  /** The next generation starts with its own event. */
  | { readonly kind: "continued" }
  | { readonly kind: "parked"; readonly reason: ParkReason }
)

/** Without the time and the run, which the world knows. */
export type WhatHappened = WorldEvent extends infer E ? (E extends WorldEvent ? Omit<E, "at" | "runId"> : never) : never

/** That a run has got this message. */
export const eventOf = (message: Message): WhatHappened | undefined => {
  switch (message.kind) {
    case "start":
      return {
        kind: "started",
        workflow: message.workflow,
        input: message.input,
        ...(message.from === undefined ? {} : { from: message.from })
      }
    case "timer":
      return { kind: "timer", key: message.key, due: message.due }
    case "signal":
      return {
        kind: "signal",
        name: message.name,
        ...(message.for === undefined ? {} : { for: message.for }),
        payload: message.payload
      }
    case "update":
      return { kind: "update", name: message.name, payload: message.payload }
    case "cancel":
      return { kind: "cancelAsked", reason: message.reason }
    case "child":
      return { kind: "childAnswered", key: message.key, outcome: message.outcome }
    case "callback":
      return { kind: "callbackAnswered", key: message.key, outcome: message.outcome }
    case "step":
      return { kind: "adopted", stepKey: message.key }
    case "await":
    case "restart":
      return
  }
}
