import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe } from "vitest"
import type { StoreUnavailable } from "../../src/index.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Engine, type EngineOptions, openEngine, type StoreLayer, tempFile } from "../streams/engine.ts"

/** Opens a host with a client on one store, as often as it is called. */
export type Open = (options: EngineOptions) => Effect.Effect<Engine, StoreUnavailable, Scope.Scope>

/** A suite on SQLite, and on DynamoDB's and SQS's APIs. Each `newStore` is an empty one. */
export const onEachStore = (
  name: string,
  suite: (newStore: Effect.Effect<Open, never, Scope.Scope>, store: "sqlite" | "aws") => void
): void => {
  describe(`${name}, on SQLite`, () => {
    const newStore = Effect.map(
      tempFile,
      (filename): Open =>
        (options) =>
          openEngine({ filename, ...options })
    )
    suite(newStore, "sqlite")
  })
  describeWithServers(`${name}, on ${dynoxide.name} and ${fauxqs.name}`, [dynoxide, fauxqs], (endpointOf) => {
    const newStore = Effect.sync((): Open => {
      const store = testAwsStore(async () => ({ dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }))
      return (options) => openEngine({ ...options, wrap: () => store as StoreLayer })
    })
    suite(newStore, "aws")
  })
}
