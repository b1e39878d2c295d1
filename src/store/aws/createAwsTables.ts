import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand
} from "@aws-sdk/client-dynamodb"
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../errors.ts"
import type { AwsClientOptions } from "./awsClients.ts"
import { makeAwsSdk } from "./awsSdk.ts"
import { awsCall } from "./calls/awsCall.ts"
import { indexName } from "./table/keys.ts"

export interface AwsTablesOptions extends AwsClientOptions {
  readonly tableName: string
  /** Default: the table's name. */
  readonly queueName?: string
  /** Default: the queue's name with `-dead`. */
  readonly deadLetterQueueName?: string
  /** Default: the table's name. */
  readonly bucketName?: string
  /** Receipts after which a message is a dead letter. Default 10. */
  readonly maxReceives?: number
}

/** What `awsStore` wants to know. */
export interface AwsTables {
  readonly tableName: string
  readonly streamArn: string
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  readonly bucketName: string
}

/** The table as the store needs it: also what a stack of one's own has to say. */
export const tableDefinition = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: ["pk", "sk", "gp", "gs"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" }
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: indexName,
      KeySchema: [
        { AttributeName: "gp", KeyType: "HASH" },
        { AttributeName: "gs", KeyType: "RANGE" }
      ],
      // Nothing that changes with a commit: it would write the index each time.
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["d", "u"] }
    }
  ],
  // A doorbell, not data.
  StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" }
})

/** DynamoDB deletes an item some days after the second in this attribute. */
export const expiryAttribute = "ttl"

const operation = "createAwsTables"

/**
 * Makes the table, the queues and the bucket that a store needs, and leaves those that are there. For tests, examples and
 * trials: what is to stay belongs in a stack.
 */
export const createAwsTables = (options: AwsTablesOptions): Effect.Effect<AwsTables, StoreUnavailable> =>
  Effect.scoped(
    Effect.gen(function* () {
      const sdk = yield* makeAwsSdk(options)
      const { tableName, queueName = tableName, bucketName = tableName, maxReceives = 10 } = options
      const [streamArn, queues] = yield* Effect.all(
        [
          createTable(sdk.dynamodb, tableName),
          createQueues(sdk.sqs, {
            queueName,
            deadLetterQueueName: options.deadLetterQueueName ?? `${queueName}-dead`,
            maxReceives
          }),
          createBucket(sdk, bucketName)
        ],
        { concurrency: "unbounded" }
      )
      return { tableName, streamArn, ...queues, bucketName }
    })
  )

const ofTable = (tableName: string) => ({ operation, place: `the table ${tableName}` })

const describe = (client: DynamoDBClient, TableName: string) =>
  awsCall(ofTable(TableName), async (abortSignal) => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }), { abortSignal })
    return Table
  })

const createTable = Effect.fnUntraced(function* (client: DynamoDBClient, tableName: string) {
  yield* awsCall(
    ofTable(tableName),
    async (abortSignal) => {
      await client.send(new CreateTableCommand(tableDefinition(tableName)), { abortSignal })
    },
    ({ name }) => (name === "ResourceInUseException" ? { answer: undefined } : undefined)
  )
  let streamArn: string | undefined
  for (let waitMs = 20; streamArn === undefined; waitMs = Math.min(2_000, waitMs * 1.5)) {
    const table = yield* describe(client, tableName)
    if (table?.TableStatus !== "ACTIVE") yield* Effect.sleep(waitMs)
    else if (table.LatestStreamArn !== undefined) streamArn = table.LatestStreamArn
    else return yield* new StoreUnavailable({ operation, message: `the table ${tableName} is there and has no stream` })
  }
  yield* awsCall(ofTable(tableName), async (abortSignal) => {
    const TableName = tableName
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }), { abortSignal })
    if (/^ENABL/.test(TimeToLiveDescription?.TimeToLiveStatus ?? "")) return
    const TimeToLiveSpecification = { AttributeName: expiryAttribute, Enabled: true }
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }), { abortSignal })
  })
  return streamArn
})

const createQueue = (client: SQSClient, QueueName: string, Attributes: Record<string, string>) =>
  awsCall(operation, async (abortSignal) => {
    try {
      return (await client.send(new CreateQueueCommand({ QueueName, Attributes }), { abortSignal })).QueueUrl as string
    } catch (error) {
      // There, with attributes of its own: left as it is.
      if (!(error instanceof Error) || !/QueueNameExists|QueueAlreadyExists/.test(error.name)) throw error
      return (await client.send(new GetQueueUrlCommand({ QueueName }), { abortSignal })).QueueUrl as string
    }
  })

const fourteenDaysSeconds = 14 * 24 * 3600

const createQueues = Effect.fnUntraced(function* (
  client: SQSClient,
  options: { readonly queueName: string; readonly deadLetterQueueName: string; readonly maxReceives: number }
) {
  const keep = { MessageRetentionPeriod: String(fourteenDaysSeconds) }
  const deadLetterQueueUrl = yield* createQueue(client, options.deadLetterQueueName, keep)
  const queueUrl = yield* createQueue(client, options.queueName, keep)
  yield* awsCall(operation, async (abortSignal) => {
    const question = new GetQueueAttributesCommand({ QueueUrl: deadLetterQueueUrl, AttributeNames: ["QueueArn"] })
    const { Attributes } = await client.send(question, { abortSignal })
    const redrive = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: options.maxReceives }
    const command = new SetQueueAttributesCommand({
      QueueUrl: queueUrl,
      Attributes: { RedrivePolicy: JSON.stringify(redrive) }
    })
    await client.send(command, { abortSignal })
  })
  return { queueUrl, deadLetterQueueUrl }
})

const createBucket = (sdk: Effect.Success<ReturnType<typeof makeAwsSdk>>, Bucket: string) =>
  awsCall(operation, async (abortSignal) => {
    const { client } = await sdk.s3()
    const { CreateBucketCommand } = await import("@aws-sdk/client-s3")
    const region = await client.config.region()
    // S3 refuses this one region as a location: it is the default.
    const place =
      region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } }
    try {
      await client.send(new CreateBucketCommand({ Bucket, ...place }), { abortSignal })
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "BucketAlreadyOwnedByYou") throw error
    }
  })
