import * as Effect from "effect/Effect"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import type { Engine } from "../streams/engine.ts"

/** What inspection needs of a store, from an engine's. */
export const inStore =
  (engine: Engine) =>
  <A, E>(effect: Effect.Effect<A, E, RunTable | Payloads>): Effect.Effect<A, E> =>
    Effect.provideService(Effect.provideService(effect, RunTable, engine.table), Payloads, engine.payloads)
