import { DescribeTableCommand } from "@aws-sdk/client-dynamodb"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ChangeFeed } from "../changeFeed.ts"
import { commitsInOrder } from "../commitInOrder.ts"
import type { Commits } from "../commits.ts"
import type { Payloads } from "../payloads.ts"
import type { RunTable } from "../runTable.ts"
import type { StepQueue } from "../stepQueue.ts"
import type { Timers } from "../timers.ts"
import { type AwsClientOptions, makeAwsSdk } from "./awsClients.ts"
import { awsCall } from "./calls/awsCall.ts"
import type { OnCapacity } from "./calls/capacity.ts"
import { latestStreamArn, makeDynamoFeed } from "./feed/dynamoFeed.ts"
import { turnServices } from "./functionStore.ts"
import { makeDynamoTable } from "./table/dynamoTable.ts"
import { assertTenant } from "./table/keys.ts"

export interface AwsStoreOptions extends AwsClientOptions {
  readonly tableName: string
  /** Default: the table's latest, looked up when the change feed is first read. */
  readonly streamArn?: string
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  readonly bucketName: string
  /** Before the hash in the name of a payload's object. Default `payloads/`, and a tenant's name and `/` after it. */
  readonly payloadPrefix?: string
  /** Encoded bytes up to which a payload stands in the row itself. Default 256 KiB. */
  readonly inlineLimitBytes?: number
  readonly schedulerGroupName?: string
  /** The role that Scheduler puts timers' rows as. Without one, long timers stay on the queue, a quarter of an hour at a time. */
  readonly schedulerRoleArn?: string
  /** Encrypts what schedules hold: run ids, and names of timers. The role above must be allowed to decrypt with it. */
  readonly schedulerKeyArn?: string
  /** Whose runs these are; no other tenant's are read, rung or listed. Default "". */
  readonly tenant?: string
  /**
   * How long the heads of finished runs are kept. Default: for ever. Inbox rows are not deleted with them: whoever sets this
   * deletes the partition on the stream's REMOVE record of the head, `start` row first, or late doorbells start the run again.
   */
  readonly retentionMs?: number
  /** The name under which the change feed keeps its place. Default `default`, or `default.<tenant>`. */
  readonly feedReaderName?: string
  /** Least time between two reads of a shard of the stream that has nothing new. Default 200 ms. */
  readonly feedPollIntervalMs?: number
  /** Is told what every call to the table cost. */
  readonly onCapacity?: OnCapacity
}

export type StoreServices = RunTable | ChangeFeed | StepQueue | Timers | Payloads | Commits

/** The store on DynamoDB, SQS, S3 and EventBridge Scheduler. */
export const awsStore = (options: AwsStoreOptions): Layer.Layer<StoreServices> =>
  commitsInOrder.pipe(Layer.provideMerge(Layer.effectContext(makeServices(options))))

const makeServices = Effect.fnUntraced(function* (options: AwsStoreOptions) {
  const { tableName, tenant = "" } = options
  assertTenant(tenant)
  const sdk = yield* makeAwsSdk(options)
  const table = makeDynamoTable({ client: sdk.dynamodb, tableName, onCapacity: options.onCapacity })
  const describeStream = awsCall("ChangeFeed.poll", async (abortSignal) => {
    const { Table } = await sdk.dynamodb.send(new DescribeTableCommand({ TableName: tableName }), { abortSignal })
    return Table?.LatestStreamArn
  })
  const feed = yield* makeDynamoFeed({
    table,
    streams: sdk.streams,
    streamArn: options.streamArn === undefined ? latestStreamArn(describeStream) : Effect.succeed(options.streamArn),
    tenant,
    // What one tenant's hosts have seen to, another's have not.
    readerName: options.feedReaderName ?? (tenant === "" ? "default" : `default.${tenant}`),
    pollIntervalMs: options.feedPollIntervalMs ?? 200
  })
  return Context.add(turnServices(sdk, table, options), ChangeFeed, feed)
})
