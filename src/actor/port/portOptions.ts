import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { PatchBox } from "../calls/patched/patchBox.ts"
import type { AnyWorkflow } from "../definitions/definition.ts"
import type { DeterminismViolation } from "../errors.ts"
import type { Ledger } from "../history/ledger.ts"
import type { Outcome } from "../history/outcome.ts"
import type { TagBox } from "../tags/tagBox.ts"
import type { Codec } from "../values/codec.ts"
import type { Continuing } from "./continuing/continuing.ts"
import type { EmitBox } from "./output/emitBox.ts"
import type { SignalBox } from "./signalBox.ts"
import type { StateBox } from "./stateBox.ts"
import type { Namesakes } from "./steps/namesakes.ts"
import type { UpdateDesk } from "./updateDesk.ts"

/** What the calls of a body are made with: the parts of the one run that they belong to. */
export interface PortOptions {
  readonly workflow: AnyWorkflow
  readonly namesakes: Namesakes | undefined
  readonly continuing: Continuing
  readonly ledger: Ledger
  /** The number of the start that this generation is of. */
  readonly since: () => number
  readonly now: () => number
  readonly signals: SignalBox
  readonly states: StateBox
  readonly tags: TagBox
  readonly updates: UpdateDesk
  readonly emits: EmitBox
  readonly uuidRandom: { readonly nextDoubleUnsafe: () => number }
  readonly violate: (violation: DeterminismViolation["violation"], message: string) => void
  readonly patches: PatchBox
  /** The run goes the old way at a patch of which the code has only the new one: it is parked. */
  readonly outgrown: (patch: string) => void
  readonly endless: (change: 1 | -1) => void
  /** A stored value cannot be read: the slice is lost and the run is parked. */
  readonly fail: (error: unknown) => void
}

/** An answer of the history, by the schema of today. One that it does not decode parks the run. */
export const decoded = <A>(
  options: PortOptions,
  codec: Codec<A>,
  outcome: Outcome,
  f: (value: A) => Effect.Effect<unknown, unknown>
): Effect.Effect<unknown, unknown> => {
  const result = codec.decode(outcome.payload)
  if (Result.isSuccess(result)) return f(result.success)
  options.fail(new Error(result.failure))
  return Effect.never
}
