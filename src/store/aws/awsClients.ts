import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams"
import type { S3Client } from "@aws-sdk/client-s3"
import type { SchedulerClient } from "@aws-sdk/client-scheduler"
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { SQSClient } from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import type { SecretsSdk } from "./callbacks/secretCallbackKeys.ts"
import { type Lazy, lazy } from "./calls/lazy.ts"
import type { StreamsSdk } from "./feed/feedShards.ts"
import type { S3Sdk } from "./payloads/s3Payloads.ts"
import type { SchedulerSdk } from "./timers/schedulerTimers.ts"

export interface AwsClientOptions {
  /** Default: as the SDK finds it (`AWS_REGION`, the profile). */
  readonly region?: string
  readonly credentials?: AwsCredentials
  /** Where other servers speak for AWS. `dynamodb` is that of the streams as well. */
  readonly endpoints?: AwsEndpoints
  /** Clients made elsewhere: used as they are, and left open. */
  readonly clients?: Partial<AwsClients>
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface AwsEndpoints {
  readonly dynamodb?: string
  readonly sqs?: string
  readonly s3?: string
  readonly scheduler?: string
  readonly secretsManager?: string
  /** For what looks at a deployment alone. */
  readonly lambda?: string
}

export interface AwsClients {
  readonly dynamodb: DynamoDBClient
  readonly streams: DynamoDBStreamsClient
  readonly sqs: SQSClient
  readonly s3: S3Client
  readonly scheduler: SchedulerClient
  readonly secretsManager: SecretsManagerClient
}

/** The table's and the queue's clients, which every process needs, and those that load when they are first used. */
export interface AwsSdk {
  readonly dynamodb: DynamoDBClient
  readonly sqs: SQSClient
  readonly streams: Lazy<StreamsSdk>
  readonly s3: Lazy<S3Sdk>
  readonly scheduler: Lazy<SchedulerSdk>
  readonly secrets: Lazy<SecretsSdk>
}

const maxAttempts = 5

// A table answers in milliseconds: what takes seconds is a lost connection. A long poll takes 20 s, an object of 64 MiB its time.
const quickRequestMs = 5_000
const slowRequestMs = 60_000

const maxSockets = 200

/** Clients for as long as the scope is open. Connections are kept alive; failed requests are sent again by the SDK. */
export const makeAwsSdk = Effect.fnUntraced(function* (options: AwsClientOptions) {
  const { endpoints = {}, clients = {} } = options
  const opened: Array<{ readonly destroy: () => void }> = []
  yield* Effect.addFinalizer(() => Effect.sync(() => opened.forEach((client) => void client.destroy())))

  const own = <A extends { readonly destroy: () => void }>(client: A): A => {
    opened.push(client)
    return client
  }
  const configOf = (endpoint: string | undefined, requestTimeout: number) => ({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts,
    retryMode: "standard",
    requestHandler: {
      connectionTimeout: 2_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets }
    }
  })

  const sdk: AwsSdk = {
    dynamodb: clients.dynamodb ?? own(new DynamoDBClient(configOf(endpoints.dynamodb, quickRequestMs))),
    sqs:
      clients.sqs ??
      own(
        new SQSClient({
          ...configOf(endpoints.sqs, slowRequestMs),
          // A queue's URL names a host of AWS; another server is to be found where it was said to be.
          ...(endpoints.sqs === undefined ? {} : { useQueueUrlAsEndpoint: false })
        })
      ),
    streams: lazy(async () => {
      const commands = await import("@aws-sdk/client-dynamodb-streams")
      const make = () => own(new commands.DynamoDBStreamsClient(configOf(endpoints.dynamodb, quickRequestMs)))
      return { commands, client: clients.streams ?? make() }
    }),
    s3: lazy(async () => {
      const commands = await import("./calls/sdk/s3.ts")
      const pathStyle = endpoints.s3 === undefined ? {} : { forcePathStyle: true }
      const make = () => own(new commands.S3Client({ ...configOf(endpoints.s3, slowRequestMs), ...pathStyle }))
      return { commands, client: clients.s3 ?? make() }
    }),
    scheduler: lazy(async () => {
      const commands = await import("./calls/sdk/scheduler.ts")
      const make = () => own(new commands.SchedulerClient(configOf(endpoints.scheduler, quickRequestMs)))
      return { commands, client: clients.scheduler ?? make() }
    }),
    secrets: lazy(async () => {
      const commands = await import("./calls/sdk/secretsManager.ts")
      const make = () => own(new commands.SecretsManagerClient(configOf(endpoints.secretsManager, quickRequestMs)))
      return { commands, client: clients.secretsManager ?? make() }
    })
  }
  return sdk
})
