import * as Effect from "effect/Effect"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"

/** A version 4 UUID that is the same in every replay. Guessable from the run id: an identifier, not a secret. */
export const randomUuid: Effect.Effect<string, never, Run> = Effect.flatMap(RunPortKey, (port) => port.uuid)
