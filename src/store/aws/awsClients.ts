import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams"
import type { S3Client } from "@aws-sdk/client-s3"
import type { SchedulerClient } from "@aws-sdk/client-scheduler"
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import type { SQSClient } from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import type { SecretsSdk } from "./callbacks/secretCallbackKeys.ts"
import { type Lazy, lazy } from "./calls/lazy.ts"
import type { S3Sdk } from "./payloads/s3Payloads.ts"

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

/** The table's client, which every process needs, and those that load when they are first used. */
export interface ClientSdk {
  readonly dynamodb: DynamoDBClient
  readonly s3: Lazy<S3Sdk>
  readonly secrets: Lazy<SecretsSdk>
}

const maxAttempts = 5

// A table answers in milliseconds: what takes seconds is a lost connection. A long poll takes 20 s, an object of 64 MiB its time.
export const quickRequestMs = 5_000
export const slowRequestMs = 60_000

const maxSockets = 200

/** How clients are made and closed. Connections are kept alive; failed requests are sent again by the SDK. */
export const openClients = Effect.fnUntraced(function* (options: AwsClientOptions) {
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

  return { own, configOf }
})

export type OpenClients = Effect.Success<ReturnType<typeof openClients>>

/** For as long as the scope is open: what a process needs that only starts, signals, cancels and reads runs. */
export const makeClientSdk = (options: AwsClientOptions, { own, configOf }: OpenClients): ClientSdk => {
  const { endpoints = {}, clients = {} } = options
  return {
    dynamodb: clients.dynamodb ?? own(new DynamoDBClient(configOf(endpoints.dynamodb, quickRequestMs))),
    s3: lazy(async () => {
      const commands = await import("./calls/sdk/s3.ts")
      const pathStyle = endpoints.s3 === undefined ? {} : { forcePathStyle: true }
      const make = () => own(new commands.S3Client({ ...configOf(endpoints.s3, slowRequestMs), ...pathStyle }))
      return { commands, client: clients.s3 ?? make() }
    }),
    secrets: lazy(async () => {
      const commands = await import("./calls/sdk/secretsManager.ts")
      const make = () => own(new commands.SecretsManagerClient(configOf(endpoints.secretsManager, quickRequestMs)))
      return { commands, client: clients.secretsManager ?? make() }
    })
  }
}
