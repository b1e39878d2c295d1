import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"

/**
 * Undo for what has succeeded: if the run later fails or is cancelled, `compensation` runs, and of several the last one
 * first (S14). It may run steps and wait; a cancellation while it runs changes nothing. It must handle its own errors; a
 * defect in one does not keep the others from running, and ends the run with `CompensationFailed`.
 *
 * What is compensated runs uninterruptibly, like an acquisition: a cancellation waits until it is known whether there is
 * something to undo. Compensations belong to the whole run, whatever scope the call stands in.
 *
 * @example
 * const receipt = yield* chargeCard(order).pipe(compensateWith((receipt) => refund(receipt)))
 */
export const compensateWith =
  <A, R2>(compensation: (value: A) => Effect.Effect<unknown, never, R2>) =>
  <E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | R2 | Run> =>
    // An interrupted step may still take effect, and then nobody would undo it.
    Effect.uninterruptible(
      Effect.flatMap(RunScope, (scope) =>
        Effect.flatMap(Effect.context<R2>(), (context) =>
          Effect.tap(self, (value) =>
            Effect.andThen(
              Effect.flatMap(RunPortKey, (port) => port.compensates),
              Scope.addFinalizerExit(scope, (exit) =>
                Exit.isSuccess(exit)
                  ? Effect.void
                  : Effect.suspend(() => compensation(value)).pipe(Effect.provide(context))
              )
            )
          )
        )
      )
    )

/** The scope of the run itself, which is closed with the body's exit. Present in every run. */
export const RunScope: Context.Service<Run, Scope.Scope> = Context.Service("dynactor/RunScope")
