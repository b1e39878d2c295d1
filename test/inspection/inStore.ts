import * as Effect from "effect/Effect"
import type { Client } from "../../src/client/client.ts"
import type { Store } from "../../src/store/sqlite/sqliteStore.ts"
import type { Engine } from "../streams/engine.ts"

/** What inspection needs of a store, from an engine's. */
export const inStore =
  (engine: Engine) =>
  <A, E>(effect: Effect.Effect<A, E, Store | Client>): Effect.Effect<A, E> =>
    Effect.provideContext(effect, engine.services)
