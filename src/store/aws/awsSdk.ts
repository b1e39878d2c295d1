import { SQSClient } from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import {
  type AwsClientOptions,
  type ClientSdk,
  makeClientSdk,
  openClients,
  quickRequestMs,
  slowRequestMs
} from "./awsClients.ts"
import { type Lazy, lazy } from "./calls/lazy.ts"
import type { StreamsSdk } from "./feed/feedShards.ts"
import type { SchedulerSdk } from "./timers/schedulerTimers.ts"

/** With the queue's client, and what else turns and hosts need. A module of its own: a function that only has clients' calls does not carry it. */
export interface AwsSdk extends ClientSdk {
  readonly sqs: SQSClient
  readonly streams: Lazy<StreamsSdk>
  readonly scheduler: Lazy<SchedulerSdk>
}

/** Clients for as long as the scope is open. */
export const makeAwsSdk = Effect.fnUntraced(function* (options: AwsClientOptions) {
  const { endpoints = {}, clients = {} } = options
  const open = yield* openClients(options)
  const { own, configOf } = open
  const sdk: AwsSdk = {
    ...makeClientSdk(options, open),
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
    scheduler: lazy(async () => {
      const commands = await import("./calls/sdk/scheduler.ts")
      const make = () => own(new commands.SchedulerClient(configOf(endpoints.scheduler, quickRequestMs)))
      return { commands, client: clients.scheduler ?? make() }
    })
  }
  return sdk
})
