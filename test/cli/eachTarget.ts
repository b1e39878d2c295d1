import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe } from "vitest"
import { awsStore } from "../../src/store/aws/awsStore.ts"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import { type Store, sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { prepareTestAws, testCredentials, testRegion } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Engine, type EngineOptions, openEngine, type StoreLayer, tempFile } from "../streams/engine.ts"

/** A store with a host on it, and what says so on a command line. */
export interface TestTarget {
  readonly engine: Engine
  readonly flags: ReadonlyArray<string>
  /** What the process of a command has to have in its environment. */
  readonly environment: { readonly [name: string]: string }
  /** The store without a host. */
  /** As somebody would who edits what is not theirs. */
  readonly alterPayload: (sha256: string, text: string) => Effect.Effect<void, unknown>
  readonly withStore: <A, E>(effect: Effect.Effect<A, E, Store>) => Effect.Effect<A, E | StoreUnavailable>
}

const patienceMs = 180_000

export type NewTarget = (options: EngineOptions) => Effect.Effect<TestTarget, StoreUnavailable, Scope.Scope>

/** A suite on an embedded file, and on a table over the wire. Each target that it asks for is a new one. */
export const onEachTarget = (name: string, suite: (newTarget: NewTarget, kind: "file" | "table") => void): void => {
  describe(`${name}, on a file`, () => {
    suite(
      Effect.fnUntraced(function* (options: EngineOptions) {
        const filename = yield* tempFile
        const engine = yield* openEngine({ ...options, filename })
        const withStore: TestTarget["withStore"] = (effect) =>
          Effect.provide(effect, sqliteStore({ filename, maxReceives: 3 }))
        return {
          engine,
          flags: ["--file", filename],
          environment: {},
          alterPayload: engine.payloads.put,
          withStore
        } satisfies TestTarget
      }),
      "file"
    )
  })
  describeWithServers(`${name}, on a table (${dynoxide.name}, ${fauxqs.name})`, [dynoxide, fauxqs], (endpointOf) => {
    const awsEnvironment = {
      AWS_REGION: testRegion,
      AWS_ACCESS_KEY_ID: testCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: testCredentials.secretAccessKey
    }
    const before = { ...process.env }
    // In this process as well: the SDK looks there.
    beforeAll(() => void Object.assign(process.env, awsEnvironment))
    afterAll(() => {
      for (const variable of Object.keys(awsEnvironment)) {
        if (before[variable] === undefined) delete process.env[variable]
        else process.env[variable] = before[variable]
      }
    })
    suite(
      Effect.fnUntraced(function* (options: EngineOptions) {
        const endpoints = yield* Effect.promise(async () => ({
          dynamodb: await endpointOf(dynoxide),
          sqs: await endpointOf(fauxqs)
        }))
        const { wrap = (store) => store } = options
        const prepared = yield* Effect.promise(() => prepareTestAws(endpoints))
        // A server that shares two cores with a host, a browser and other tests answers late: that is no lost connection.
        const dynamodb = yield* Effect.acquireRelease(
          Effect.sync(
            () =>
              new DynamoDBClient({
                region: testRegion,
                credentials: testCredentials,
                endpoint: endpoints.dynamodb,
                requestHandler: { connectionTimeout: patienceMs, requestTimeout: patienceMs }
              })
          ),
          (client) => Effect.sync(() => client.destroy())
        )
        const patient = { ...prepared, clients: { dynamodb } }
        const engine = yield* openEngine({ ...options, wrap: () => wrap(awsStore(patient) as StoreLayer) })
        const flags = [
          ...["--table", prepared.tableName, "--bucket", prepared.bucketName],
          ...["--queue-url", prepared.queueUrl, "--dead-letter-queue-url", prepared.deadLetterQueueUrl]
        ]
        const environment = {
          ...awsEnvironment,
          AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
          AWS_ENDPOINT_URL_SQS: endpoints.sqs,
          AWS_ENDPOINT_URL_S3: endpoints.sqs
        }
        const withStore: TestTarget["withStore"] = (effect) => Effect.provide(effect, awsStore(prepared) as StoreLayer)
        const alterPayload = (sha256: string, text: string) =>
          Effect.promise(async () => {
            const s3 = new S3Client({
              region: testRegion,
              credentials: testCredentials,
              endpoint: endpoints.sqs,
              forcePathStyle: true
            })
            const Key = `payloads/${sha256}`
            await s3.send(new PutObjectCommand({ Bucket: prepared.bucketName, Key, Body: text }))
            s3.destroy()
          })
        return { engine, flags, environment, alterPayload, withStore } satisfies TestTarget
      }),
      "table"
    )
  })
}
