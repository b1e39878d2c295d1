import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LambdaContext } from "./events.ts"

/** When what, in epoch milliseconds. */
export interface TimeLeft {
  /** From here on nothing new begins, and what is under way is handed back. */
  readonly handBackAt: number
  /** The answer has to be on its way. */
  readonly answerAt: number
}

/**
 * A function that is ended by its timeout answers nothing: its whole batch comes again, later, and counts as received once more. So it ends
 * by itself a tenth of its time before, between one second and five: enough for a few calls that hand the work back.
 */
export const timeLeft = (context: LambdaContext): Effect.Effect<TimeLeft> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const leftMs = context.getRemainingTimeInMillis()
    const marginMs = Math.min(leftMs / 2, Math.max(1_000, Math.min(5_000, leftMs / 10)))
    return { handBackAt: now + leftMs - marginMs, answerAt: now + leftMs - marginMs / 4 }
  })

/** Interrupts the work when the time has come. Answers whether it came to its end. */
export const until = <A, E, R>(at: number, work: Effect.Effect<A, E, R>): Effect.Effect<boolean, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.map(Effect.timeoutOption(work, Math.max(0, at - now)), Option.isSome)
  )
