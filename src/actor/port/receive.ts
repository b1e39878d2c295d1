import * as Effect from "effect/Effect"
import type { SignalSource } from "../definitions/definition.ts"
import type { PortOptions } from "./portOptions.ts"
import type { Wait } from "./signalBox.ts"

type AnySignal = SignalSource<string, any>

export const receive = (options: PortOptions, signal: AnySignal): Effect.Effect<unknown> =>
  Effect.callback((resume) => {
    const wait = waitFor(options, signal, 1, ([value]) => resume(Effect.succeed(value)))
    return Effect.sync(() => wait?.giveBack())
  })

/** As many as came before `deadline` ended, `count` at most. */
export const collect = (
  options: PortOptions,
  signal: AnySignal,
  count: number,
  deadline: Effect.Effect<void>
): Effect.Effect<{ readonly values: ReadonlyArray<unknown>; readonly isComplete: boolean }> => {
  let wait: Wait | undefined
  const all = Effect.callback<ReadonlyArray<unknown>>((resume) => {
    wait = waitFor(options, signal, count, (values) => resume(Effect.succeed(values)))
    return Effect.sync(() => wait?.giveBack())
  })
  return Effect.raceFirst(
    Effect.map(all, (values) => ({ values, isComplete: true })),
    // Kept before the loser is interrupted, which would give them back.
    Effect.map(deadline, () => ({ values: wait?.keep() ?? [], isComplete: false }))
  )
}

/** A stored value that today's schema does not decode parks the run. */
const waitFor = (
  { signals, fail }: PortOptions,
  signal: AnySignal,
  count: number,
  resume: (values: ReadonlyArray<unknown>) => void
): Wait | undefined => {
  try {
    return signals.wait(signal, count, resume)
  } catch (error) {
    fail(error)
    return undefined
  }
}
