import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import { ownFrames } from "../words/ownFrames.ts"

/** As Node prints it, with its cause and what it carries; of its stack what is the user's own. */
export const errorText = (error: unknown): string =>
  ownFrames(
    error instanceof Error ? inspect(error, { depth: 4 }) : `an error that is none: ${inspect(error, { depth: 4 })}`
  )

/** Of a log entry: the same for each part of its cause. */
export const causeText = (cause: Cause.Cause<unknown>): string => ownFrames(Cause.pretty(cause))
