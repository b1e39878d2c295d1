import * as Result from "effect/Result"
import type { Definitions } from "../world/definitions.ts"

const otherInput = /^step (\S+) was recorded with an input of fingerprint \S+, the code now gives (\S+)$/

/** Of which step a divergence says that its input is another. */
export const stepWithOtherInput = (difference: string): string | undefined => otherInput.exec(difference)?.[1]

/** Today's input, where a divergence tells no more of it than its fingerprint: as JSON, from a replay that comes to it again. */
export const inputOfToday = (definitions: Definitions, difference: string, replay: () => void): string | undefined => {
  const print = otherInput.exec(difference)?.[2]
  if (print === undefined) return undefined
  let now: string | undefined
  const compare: Definitions["onStep"] = (step, input) => {
    const encoded = step.input().encode(input)
    if (Result.isSuccess(encoded) && encoded.success.fingerprint === print) now ??= encoded.success.payload.json
  }
  definitions.onStep = compare
  try {
    replay()
  } finally {
    definitions.onStep = undefined
  }
  return now
}
