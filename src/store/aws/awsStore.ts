import { DescribeTableCommand } from "@aws-sdk/client-dynamodb"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assertSettings } from "../../actor/definitions/assertOptions.ts"
import { ChangeFeed } from "../changeFeed.ts"
import { commitsInOrder } from "../commitInOrder.ts"
import { RunEraser } from "../deletion/runEraser.ts"
import { type AwsSdk, makeAwsSdk } from "./awsSdk.ts"
import type { AwsStoreOptions } from "./awsStoreOptions.ts"
import { awsCall } from "./calls/awsCall.ts"
import { counted } from "./calls/capacity.ts"
import { latestStreamArn, makeDynamoFeed } from "./feed/dynamoFeed.ts"
import { eraserOf, sealedBy, type TurnStoreServices, turnServices } from "./functionStore.ts"
import { makeDynamoTable } from "./table/dynamoTable.ts"
import { assertTenant } from "./table/keys.ts"

export type StoreServices = TurnStoreServices | ChangeFeed | RunEraser

/** The store on DynamoDB, SQS, S3 and EventBridge Scheduler. */
export const awsStore = (options: AwsStoreOptions): Layer.Layer<StoreServices> => {
  assertSettings("awsStore", options, { inlineLimitBytes: 0, feedPollIntervalMs: 0 })
  return commitsInOrder.pipe(Layer.provideMerge(Layer.effectContext(makeServices(options))))
}

const makeServices = Effect.fnUntraced(function* (options: AwsStoreOptions) {
  return yield* servicesOn(yield* makeAwsSdk(options), options)
})

/** On clients that are there already. */
export const servicesOn = Effect.fnUntraced(function* (sdk: AwsSdk, options: AwsStoreOptions) {
  const { tableName, tenant = "" } = options
  assertTenant(tenant)
  const onCapacity = counted(yield* Effect.context<never>(), options.onCapacity)
  const table = makeDynamoTable({ client: sdk.dynamodb, tableName, onCapacity })
  const described = { operation: "ChangeFeed.poll", place: `the table ${tableName}` }
  const describeStream = awsCall(described, async (abortSignal) => {
    const { Table } = await sdk.dynamodb.send(new DescribeTableCommand({ TableName: tableName }), { abortSignal })
    return Table?.LatestStreamArn
  })
  const feed = yield* makeDynamoFeed({
    table,
    streams: sdk.streams,
    streamArn: options.streamArn === undefined ? latestStreamArn(describeStream) : Effect.succeed(options.streamArn),
    tenant,
    // Each tenant keeps its own place: what its hosts have handled, another tenant's hosts have not.
    readerName: options.feedReaderName ?? (tenant === "" ? "default" : `default.${tenant}`),
    pollIntervalMs: options.feedPollIntervalMs ?? 200
  })
  return sealedBy(options, turnServices(sdk, table, options)).pipe(
    Context.add(ChangeFeed, feed),
    Context.add(RunEraser, eraserOf(sdk, table, options))
  )
})
