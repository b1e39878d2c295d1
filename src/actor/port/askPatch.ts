import * as Effect from "effect/Effect"
import type { PortOptions } from "./portOptions.ts"

export const askPatch = ({ outgrown, patches }: PortOptions, id: string, hasOld: boolean): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const isNew = patches.ask(id)
    if (isNew || hasOld) return Effect.succeed(isNew)
    outgrown(id)
    return Effect.never
  })
