import * as Schema from "effect/Schema"
import type { AnyStep } from "../../definitions/definition.ts"
import { StepFailed } from "../../errors.ts"
import type { Storable } from "../../values/codec.ts"
import type { ItemOutcome } from "./manyResult.ts"

/** What became of an item, as it is kept: by the schemas of its step. */
export type KeptOutcome =
  | { readonly ok: unknown }
  | { readonly failed: unknown }
  | { readonly broken: StepFailed }
  /** Was it begun? */
  | { readonly cancelled: boolean }

export const outcomeOf = (step: AnyStep) =>
  Schema.Union([
    Schema.Struct({ ok: step.output().schema }),
    Schema.Struct({ failed: step.error().schema }),
    Schema.Struct({ broken: StepFailed }),
    Schema.Struct({ cancelled: Schema.Boolean })
  ]) as unknown as Storable<KeptOutcome>

export const toKept = (outcome: ItemOutcome<unknown, unknown>): KeptOutcome => {
  switch (outcome._tag) {
    case "Succeeded":
      return { ok: outcome.output }
    case "Failed":
      return outcome.error instanceof StepFailed ? { broken: outcome.error } : { failed: outcome.error }
    case "Cancelled":
      return { cancelled: true }
    case "NotStarted":
      return { cancelled: false }
  }
}

export const fromKept = <Out, Err>(kept: KeptOutcome, index: number): ItemOutcome<Out, Err> => {
  if ("ok" in kept) return { _tag: "Succeeded", index, output: kept.ok as Out }
  if ("failed" in kept) return { _tag: "Failed", index, error: kept.failed as Err }
  if ("broken" in kept) return { _tag: "Failed", index, error: kept.broken }
  return { _tag: kept.cancelled ? "Cancelled" : "NotStarted", index }
}
