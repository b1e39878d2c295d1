import * as Effect from "effect/Effect"
import type { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"

/**
 * Waits until no handler of an update is under way. A body that ends interrupts those that are: ask for this before, if they are to end
 * by themselves. In a handler it would wait for itself.
 */
export const updatesSettled: Effect.Effect<void, never, Run> = Effect.flatMap(RunPortKey, (port) => port.updatesSettled)
