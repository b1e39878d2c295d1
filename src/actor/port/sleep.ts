import * as Effect from "effect/Effect"
import { lastMoment } from "../calls/sleep.ts"
import type { PortOptions } from "./portOptions.ts"

/** A timer is named by its duration, so that an unrelated sleep of another length moves no key. */
export const sleepMs = (options: PortOptions, durationMs: number, name = `${durationMs}ms`): Effect.Effect<void> => {
  // As the clock of a run has it.
  if (!(durationMs > 0)) return Effect.yieldNow
  return Effect.suspend(() => {
    const due = options.now() + durationMs
    return due <= lastMoment ? timer(options, due, name, false) : endlessSleep(options)
  })
}

/** One that is due at a certain time is named by it. */
export const sleepUntil = (options: PortOptions, due: number, name?: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (due <= options.now()) return Effect.yieldNow
    return due > lastMoment ? endlessSleep(options) : timer(options, due, name ?? new Date(due).toISOString(), true)
  })

const timer = (options: PortOptions, due: number, name: string, isFixed: boolean): Effect.Effect<void> => {
  const { ledger } = options
  const key = ledger.nextKey("timer", name)
  return Effect.callback<void>((resume) => {
    const command = { kind: "timer", key, fingerprint: String(due), index: ledger.index, due } as const
    ledger.issue(isFixed ? { ...command, isFixed } : command, () => resume(Effect.void))
    return Effect.sync(() => ledger.abandon("timer", key))
  })
}

/** Past the last moment: who sleeps for longer sleeps for ever. */
const endlessSleep = (options: PortOptions): Effect.Effect<never> =>
  Effect.callback(() => {
    options.endless(1)
    return Effect.sync(() => options.endless(-1))
  })
