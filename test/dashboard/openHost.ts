import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import type { AnyStep, AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { Client, clientLayer } from "../../src/client/client.ts"
import { type Store, sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { hostLayer } from "../../src/streams/host.ts"

export interface OpenHost {
  readonly client: Client["Service"]
  /** The store and the client, for whoever serves them. */
  readonly context: Context.Context<Client | Store>
  readonly close: Effect.Effect<void>
}

/** A host on a file, outside of a test runner as well: `test/dashboard/play.ts` has none. */
export const openHost = Effect.fn(function* (
  filename: string,
  workflows: ReadonlyArray<AnyWorkflow>,
  steps: ReadonlyArray<AnyStep>
) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = Layer.mergeAll(clientLayer, hostLayer({ workflows, steps })).pipe(
    Layer.provideMerge(sqliteStore({ filename })),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )
  const context = (yield* Layer.buildWithScope(
    layer as Layer.Layer<Client | Store, unknown>,
    scope
  )) as Context.Context<Client | Store>
  return {
    client: Context.get(context, Client),
    context,
    close: Scope.close(scope, Exit.void)
  } satisfies OpenHost
})

/** Asks until it is so; dies when the time is up. */
export const until = Effect.fn(function* <E, R>(what: string, ask: Effect.Effect<boolean, E, R>, withinMs = 20_000) {
  const end = (yield* Clock.currentTimeMillis) + withinMs
  while (!(yield* ask)) {
    if ((yield* Clock.currentTimeMillis) > end)
      return yield* Effect.die(new Error(`not within ${withinMs} ms: ${what}`))
    yield* Effect.sleep(10)
  }
})
