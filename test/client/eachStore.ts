import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { describe } from "vitest"
import { Client, clientLayer } from "../../src/client/client.ts"
import type { StoreUnavailable } from "../../src/index.ts"
import { type Store, sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Engine, type EngineOptions, openEngine, type StoreLayer, tempFile } from "../streams/engine.ts"

/** Opens a host with a client on one store, as often as it is called. */
export interface Open {
  (options: EngineOptions): Effect.Effect<Engine, StoreUnavailable, Scope.Scope>
  /** A client and no host: nothing is turned. */
  readonly client: Effect.Effect<Client["Service"], StoreUnavailable, Scope.Scope>
  /** The same, with all that the client stands on. */
  readonly services: Effect.Effect<Context.Context<Store | Client>, StoreUnavailable, Scope.Scope>
}

const clientOn = (store: StoreLayer) => {
  const services = Layer.build(Layer.provideMerge(clientLayer, store))
  return { services, client: Effect.map(services, (context) => Context.get(context, Client)) }
}

/** A suite on SQLite, and on DynamoDB's and SQS's APIs. Each `newStore` is an empty one. */
export const onEachStore = (
  name: string,
  suite: (newStore: Effect.Effect<Open, never, Scope.Scope>, store: "sqlite" | "aws") => void
): void => {
  describe(`${name}, on SQLite`, () => {
    const newStore = Effect.map(
      tempFile,
      (filename): Open =>
        Object.assign(
          (options: EngineOptions) => openEngine({ filename, ...options }),
          clientOn(sqliteStore({ filename }))
        )
    )
    suite(newStore, "sqlite")
  })
  describeWithServers(`${name}, on ${dynoxide.name} and ${fauxqs.name}`, [dynoxide, fauxqs], (endpointOf) => {
    const newStore = Effect.sync((): Open => {
      const store = testAwsStore(async () => ({ dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }))
      const wrap = (options: EngineOptions) => options.wrap?.(store as StoreLayer) ?? (store as StoreLayer)
      return Object.assign(
        (options: EngineOptions) => openEngine({ ...options, wrap: () => wrap(options) }),
        clientOn(store as StoreLayer)
      )
    })
    suite(newStore, "aws")
  })
}
