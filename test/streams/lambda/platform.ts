import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand
} from "@aws-sdk/client-dynamodb-streams"
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import type { BatchResponse, LambdaContext, QueueEvent, StreamEvent } from "dynactor/lambda"
import { type TestEndpoints, testCredentials, testRegion } from "../../servers/testAws.ts"

/** A context of a function that has so much time left. */
export const contextWith = (leftMs: number): LambdaContext => {
  const endsAt = Date.now() + leftMs
  return { getRemainingTimeInMillis: () => endsAt - Date.now() }
}

export interface Deployment {
  readonly tableName: string
  readonly streamArn: string
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  readonly bucketName: string
}

/** The variables of a function of this deployment, on these servers. */
export const environmentOf = (endpoints: TestEndpoints, deployment: Deployment): Record<string, string> => ({
  AWS_REGION: testRegion,
  AWS_ACCESS_KEY_ID: testCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  AWS_ENDPOINT_URL_S3: endpoints.sqs,
  DYNACTOR_TABLE: deployment.tableName,
  DYNACTOR_BUCKET: deployment.bucketName,
  DYNACTOR_QUEUE_URL: deployment.queueUrl,
  DYNACTOR_DEAD_LETTER_QUEUE_URL: deployment.deadLetterQueueUrl
})

/** As much of Lambda's event source mappings as hands one event after the other to a function. */
export interface Platform {
  /** The records that came since the last one. */
  readonly streamEvent: () => Promise<StreamEvent>
  readonly queueEvent: (queueUrl: string, waitSeconds?: number) => Promise<QueueEvent>
  /** Deletes what the function did not name. */
  readonly settle: (queueUrl: string, event: QueueEvent, response: BatchResponse) => Promise<void>
  readonly send: (queueUrl: string, body: string) => Promise<void>
  readonly close: () => void
}

export const openPlatform = async (endpoints: TestEndpoints, { streamArn }: Deployment): Promise<Platform> => {
  const common = { region: testRegion, credentials: testCredentials }
  const streams = new DynamoDBStreamsClient({ ...common, endpoint: endpoints.dynamodb })
  const sqs = new SQSClient({ ...common, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false })
  const described = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }))
  // The servers for tests have one shard.
  const ShardId = described.StreamDescription?.Shards?.[0]?.ShardId
  const first = { StreamArn: streamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const
  let iterator = (await streams.send(new GetShardIteratorCommand(first))).ShardIterator
  return {
    streamEvent: async () => {
      const answer = await streams.send(new GetRecordsCommand({ ShardIterator: iterator }))
      iterator = answer.NextShardIterator
      const records = (answer.Records ?? []).map((record) => ({
        eventID: record.eventID,
        eventName: record.eventName,
        eventVersion: "1.1",
        eventSource: "aws:dynamodb",
        awsRegion: testRegion,
        dynamodb: record.dynamodb,
        eventSourceARN: streamArn
      }))
      return { Records: records as StreamEvent["Records"] }
    },
    queueEvent: async (QueueUrl, waitSeconds = 0) => {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: 60,
        MessageSystemAttributeNames: ["All"]
      })
      const { Messages = [] } = await sqs.send(command)
      const records = Messages.map((message) => ({
        messageId: message.MessageId,
        receiptHandle: message.ReceiptHandle,
        body: message.Body,
        attributes: message.Attributes,
        messageAttributes: {},
        md5OfBody: message.MD5OfBody,
        eventSource: "aws:sqs",
        eventSourceARN: `arn:aws:sqs:${testRegion}:000000000000:queue`,
        awsRegion: testRegion
      }))
      return { Records: records as unknown as QueueEvent["Records"] }
    },
    settle: async (QueueUrl, event, { batchItemFailures }) => {
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      for (const { messageId, receiptHandle: ReceiptHandle } of event.Records) {
        if (failed.has(messageId)) continue
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })).catch(() => undefined)
      }
    },
    send: async (QueueUrl, MessageBody) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
    },
    close: () => {
      streams.destroy()
      sqs.destroy()
    }
  }
}

/** Doorbells as Lambda would hand them over. */
export const doorbellEvent = (
  rows: ReadonlyArray<readonly [runId: string, key: string, sequenceNumber: string, eventName?: string]>
): StreamEvent => ({
  Records: rows.map(([runId, key, SequenceNumber, eventName = "INSERT"]) => ({
    eventName,
    dynamodb: {
      Keys: { pk: { S: `/${runId}/0` }, sk: { S: key } },
      SequenceNumber,
      SizeBytes: 40,
      StreamViewType: "KEYS_ONLY"
    }
  }))
})
