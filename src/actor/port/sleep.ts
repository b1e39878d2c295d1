import * as Effect from "effect/Effect"
import type { PortOptions } from "./portOptions.ts"

/** A timer is named by its duration, so that an unrelated sleep of another length moves no key. */
export const sleepMs = (options: PortOptions, durationMs: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { ledger } = options
    const due = options.now() + durationMs
    if (!(due <= lastTime)) return endlessSleep(options)
    const key = ledger.nextKey("timer", `${durationMs}ms`)
    return Effect.callback<void>((resume) => {
      ledger.issue({ kind: "timer", key, fingerprint: String(due), index: ledger.index, due }, () =>
        resume(Effect.void)
      )
      return Effect.sync(() => ledger.abandon("timer", key))
    })
  })

/** The last moment that a `Date` holds, in September of the year 275760: who sleeps for longer sleeps for ever. */
const lastTime = 8_640_000_000_000_000

const endlessSleep = (options: PortOptions): Effect.Effect<never> =>
  Effect.callback(() => {
    options.endless(1)
    return Effect.sync(() => options.endless(-1))
  })
