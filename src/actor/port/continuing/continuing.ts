import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Next } from "../../history/continuation.ts"

/**
 * What the body asks to go on with. It unwinds by an interruption that bears a mark: no handler of errors or defects takes it for one, the
 * finalizers on its way run, and whoever catches it goes on without continuing. It counts only if the body ends by it.
 */
export class Continuing {
  /** Registered so far in this generation. */
  compensations = 0
  private readonly asked: Array<Next> = []

  ask(next: Next): Effect.Effect<never> {
    this.asked.push(next)
    // No fiber has a negative id.
    return Effect.failCause(Cause.interrupt(-this.asked.length))
  }

  /** Undefined: the body has not ended by continuing, or has failed beside it. */
  askedBy(exit: Exit.Exit<unknown, unknown>): Next | undefined {
    if (exit._tag === "Success") return undefined
    let next: Next | undefined
    for (const reason of exit.cause.reasons) {
      if (reason._tag !== "Interrupt") return undefined
      const { fiberId = 0 } = reason
      if (fiberId < 0) next ??= this.asked[-fiberId - 1]
    }
    return next
  }
}

/** Somebody on the way did: no fiber has a negative id. */
export const asksToContinue = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) => reason._tag === "Interrupt" && (reason.fiberId ?? 0) < 0)
