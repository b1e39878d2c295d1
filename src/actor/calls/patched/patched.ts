import * as Effect from "effect/Effect"
import { assertName } from "../../definitions/name.ts"
import type { Run } from "../../definitions/run.ts"
import { RunPortKey } from "../../definitions/runPort.ts"

/**
 * Which way does this run go at a change of its code? True: the new one, for every run that comes here for the first time with code that
 * asks. False: the old one, for a run that had passed this point before the code asked, and then for all places of this patch.
 * Costs no step and no row: the history notes it beside the message that led here.
 *
 * The id is a name of up to 64 letters, digits, "_", "." and "-"; anything else throws a `RangeError`.
 *
 * A patch lives in three deployments: `patched`; {@link deprecatePatch}, when no run goes the old way any more; nothing, when that
 * has been everywhere. `npx dynactor-review` says when each is safe.
 *
 * @example
 * if (yield* patched("fraud-check")) yield* checkFraud(order)
 * const receipt = yield* chargeCard(order)
 */
export const patched = (id: string): Effect.Effect<boolean, never, Run> => {
  assertName("patch", id)
  return Effect.flatMap(RunPortKey, (port) => port.patched(id, true))
}

/**
 * The second part of a patch's life: the old way is no longer in the code. A run that would go it is parked with a
 * `NonDeterminismError` that says so, and goes on when `patched` is back. All others are noted as before, so that code with `patched`,
 * on another host or after a rollback, takes them on.
 *
 * @example
 * yield* deprecatePatch("fraud-check")
 * yield* checkFraud(order)
 * const receipt = yield* chargeCard(order)
 */
export const deprecatePatch = (id: string): Effect.Effect<void, never, Run> => {
  assertName("patch", id)
  return Effect.flatMap(RunPortKey, (port) => Effect.asVoid(port.patched(id, false)))
}
