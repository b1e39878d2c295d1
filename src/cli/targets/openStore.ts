import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { ClientServices } from "../../client/client.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { PayloadCodec } from "../../store/sealing/payloadCodec.ts"
import { CommandFailed } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import type { Place, TablePlace } from "./place.ts"

type Environment = { readonly [name: string]: string | undefined }

/** The store of a place. Its code is loaded with it: who looks at a file needs no SDK. `codec`: that of the entry, if there is one. */
export const openStore = Effect.fnUntraced(function* (
  place: Place,
  environment: Environment,
  codec: PayloadCodec | undefined,
  mayDelete = false
) {
  const sealed = codec === undefined ? {} : { codec }
  if (place.kind === "file") {
    const { sqliteStore } = yield* Effect.promise(() => import("../../store/sqlite/sqliteStore.ts"))
    return sqliteStore({ filename: place.filename, ...sealed }) as Layer.Layer<ClientServices, StoreUnavailable>
  }
  if (place.kind === "http")
    return yield* new CommandFailed({
      kind: "StoreNeeded",
      exitCode: exitCodes.wrongUse,
      message: "this needs the store itself, and an HTTP API does not give it away.",
      todo: "say --file, --table or --stack"
    })
  return yield* openTable(place, environment, sealed, mayDelete)
})

const openTable = Effect.fnUntraced(function* (
  place: TablePlace,
  environment: Environment,
  sealed: { readonly codec?: PayloadCodec },
  mayDelete: boolean
) {
  const { kind: _, stack: __, queueUrl, deadLetterQueueUrl, ...named } = place
  const { awsClientStore, awsPurgeStore, awsTurnStore } = yield* Effect.tryPromise({
    try: () => import("../../store/aws/functionStore.ts"),
    catch: (error) =>
      new CommandFailed({
        kind: "SdkMissing",
        exitCode: exitCodes.wrongUse,
        message: `a table needs the AWS SDK, which cannot be loaded: ${(error as Error).message}.`,
        todo: "npm install @aws-sdk/client-dynamodb @aws-sdk/client-dynamodb-streams @aws-sdk/client-s3 @aws-sdk/client-scheduler @aws-sdk/client-secrets-manager @aws-sdk/client-sqs @aws-sdk/lib-dynamodb @aws-sdk/util-dynamodb"
      })
  })
  const options = { bucketName: "", ...named, ...sealed, endpoints: endpointsOf(environment) }
  const store = mayDelete
    ? awsPurgeStore(options)
    : queueUrl === undefined
      ? awsClientStore(options)
      : awsTurnStore({ ...options, queueUrl, deadLetterQueueUrl: deadLetterQueueUrl ?? "" })
  return store as Layer.Layer<ClientServices, StoreUnavailable>
})

/** The SDK's own variables, which it would not use for a queue's URL or a bucket's host. */
export const endpointsOf = (environment: Environment) => {
  const all = environment.AWS_ENDPOINT_URL
  const of = (service: string) => environment[`AWS_ENDPOINT_URL_${service}`] ?? all
  const endpoints = {
    dynamodb: of("DYNAMODB"),
    sqs: of("SQS"),
    s3: of("S3"),
    scheduler: of("SCHEDULER"),
    secretsManager: of("SECRETS_MANAGER"),
    lambda: of("LAMBDA")
  }
  return Object.fromEntries(Object.entries(endpoints).filter(([, url]) => url !== undefined && url !== ""))
}
