import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand
} from "@aws-sdk/client-dynamodb"
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3"
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs"
import { testCredentials, testRegion } from "../servers/testAws.ts"
import type { Stack, StackResource } from "./template.ts"

export interface ServerEndpoints {
  readonly dynamodb: string
  /** Of both SQS and S3. */
  readonly sqs: string
}

/** What was made, and what its names are on the servers. */
export interface MadeResources {
  /** By what the template calls it: queue URLs and stream ARNs. */
  readonly aliases: ReadonlyMap<string, string>
  readonly partitionKeys: ReadonlyMap<string, string>
}

/** The tables, queues and buckets that a stack describes, as it describes them. */
export const makeResources = async (stack: Stack, endpoints: ServerEndpoints): Promise<MadeResources> => {
  const common = { region: testRegion, credentials: testCredentials }
  const dynamodb = new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb })
  const sqs = new SQSClient({ ...common, endpoint: endpoints.sqs })
  const s3 = new S3Client({ ...common, endpoint: endpoints.sqs, forcePathStyle: true })
  const aliases = new Map<string, string>()
  const partitionKeys = new Map<string, string>()
  try {
    for (const table of stack.resources("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")) {
      const input = tableInput(stack, table)
      for (const [name, attribute] of partitionKeysOf(input)) partitionKeys.set(name, attribute)
      const streamArn = await makeTable(dynamodb, input, table)
      const { StreamArn } = stack.physicalId(table.logicalId).attributes
      if (streamArn !== undefined && StreamArn !== undefined) aliases.set(StreamArn, streamArn)
    }
    for (const queue of inRedriveOrder(stack.resources("AWS::SQS::Queue"))) {
      const { ref, attributes } = stack.physicalId(queue.logicalId)
      const command = new CreateQueueCommand({ QueueName: attributes.QueueName, Attributes: queueAttributes(queue) })
      aliases.set(ref, (await sqs.send(command)).QueueUrl ?? "")
    }
    for (const { logicalId } of stack.resources("AWS::S3::Bucket")) {
      await s3.send(new CreateBucketCommand({ Bucket: stack.physicalId(logicalId).ref }))
    }
    return { aliases, partitionKeys }
  } finally {
    for (const client of [dynamodb, sqs, s3]) client.destroy()
  }
}

/** A global table of one region is a table. */
const tableInput = (stack: Stack, { logicalId, properties }: StackResource): CreateTableCommandInput => ({
  TableName: stack.physicalId(logicalId).ref,
  AttributeDefinitions: properties.AttributeDefinitions,
  KeySchema: properties.KeySchema,
  BillingMode: properties.BillingMode,
  ...(properties.GlobalSecondaryIndexes === undefined
    ? {}
    : {
        GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes.map(
          ({ IndexName, KeySchema, Projection }: Record<string, unknown>) => ({ IndexName, KeySchema, Projection })
        )
      }),
  ...(properties.StreamSpecification === undefined
    ? {}
    : { StreamSpecification: { StreamEnabled: true, StreamViewType: properties.StreamSpecification.StreamViewType } })
})

const partitionKeysOf = ({ TableName, KeySchema, GlobalSecondaryIndexes = [] }: CreateTableCommandInput) =>
  [
    { name: TableName ?? "", schema: KeySchema },
    ...GlobalSecondaryIndexes.map((index) => ({ name: `${TableName}/${index.IndexName}`, schema: index.KeySchema }))
  ].map(({ name, schema }) => {
    const partition = schema?.find(({ KeyType }) => KeyType === "HASH")
    return [name, partition?.AttributeName ?? ""] as const
  })

/** Answers the stream's ARN, if there is one. */
const makeTable = async (client: DynamoDBClient, input: CreateTableCommandInput, { properties }: StackResource) => {
  const { TableName } = input
  await client.send(new CreateTableCommand(input))
  const deadline = Date.now() + 10_000
  const described = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table
  let table = await described()
  while (table?.TableStatus !== "ACTIVE") {
    if (Date.now() > deadline) throw new Error(`the table ${TableName} is not there`)
    table = await described()
  }
  const { TimeToLiveSpecification } = properties
  if (TimeToLiveSpecification?.Enabled === true) {
    await client.send(
      new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { ...TimeToLiveSpecification } as any })
    )
  }
  return table.LatestStreamArn
}

/** A dead-letter queue has to be there before the queue whose it is. */
const inRedriveOrder = (queues: ReadonlyArray<StackResource>) =>
  [...queues].sort((a, b) => Number("RedrivePolicy" in a.properties) - Number("RedrivePolicy" in b.properties))

const queueAttributes = ({ properties }: StackResource): Record<string, string> => {
  const attributes: Record<string, string> = {}
  for (const name of ["VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds"]) {
    if (properties[name] !== undefined) attributes[name] = String(properties[name])
  }
  if (properties.RedrivePolicy !== undefined) attributes.RedrivePolicy = JSON.stringify(properties.RedrivePolicy)
  return attributes
}
