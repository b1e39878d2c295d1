import * as Effect from "effect/Effect"
import type { SignalDefinition } from "../definitions/definition.ts"
import type { PortOptions } from "./portOptions.ts"

export const receive = (options: PortOptions, signal: SignalDefinition<string, any>): Effect.Effect<unknown> => {
  const arrived = options.signals.take(signal.name)
  if (arrived !== undefined) {
    try {
      return Effect.succeed(arrived(signal))
    } catch (error) {
      options.fail(error)
      return Effect.never
    }
  }
  return Effect.callback((resume) => {
    const stop = options.signals.wait(signal, (value) => resume(Effect.succeed(value)))
    return Effect.sync(stop)
  })
}
