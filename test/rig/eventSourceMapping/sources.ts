import { randomUUID } from "node:crypto"
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand
} from "@aws-sdk/client-dynamodb-streams"
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import type { QueueRecord, QueueSource } from "./queue.ts"
import type { Discarded, Shard, StreamRecord, StreamSource } from "./stream.ts"

/** A mapping makes its calls in the name of its function's role, and through the gateway like everybody. */
export interface SourceOptions {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly onProblem: (problem: string) => void
}

const configOf = ({ endpoint, region, accessKeyId }: SourceOptions) => ({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey: "rig" }
})

/** A source that fails is asked again, as long as it takes. */
const persistently = <A>(options: SourceOptions, call: (signal: AbortSignal) => Promise<A>): Effect.Effect<A> =>
  Effect.tryPromise({ try: call, catch: (error) => error }).pipe(
    Effect.tapError((error) =>
      Effect.sync(() => options.onProblem(error instanceof Error ? `${error.name}: ${error.message}` : String(error)))
    ),
    Effect.catch(() =>
      Effect.andThen(
        Effect.sleep(500),
        Effect.suspend(() => persistently(options, call))
      )
    )
  )

export const streamSource = (streamArn: string, options: SourceOptions) => {
  const client = new DynamoDBStreamsClient(configOf(options))
  const source: StreamSource = {
    shards: persistently(options, async (abortSignal) => {
      const shards: Array<Shard> = []
      // Up to a hundred at a time: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html.
      let after: string | undefined
      do {
        const command = new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: after })
        const { StreamDescription } = await client.send(command, { abortSignal })
        for (const { ShardId = "", ParentShardId } of StreamDescription?.Shards ?? []) {
          shards.push({ id: ShardId, parentId: ParentShardId })
        }
        after = StreamDescription?.LastEvaluatedShardId
      } while (after !== undefined)
      return shards
    }),
    open: (ShardId, ShardIteratorType) =>
      persistently(options, async (abortSignal) => {
        const command = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ShardIteratorType })
        return (await client.send(command, { abortSignal })).ShardIterator ?? ""
      }),
    read: (ShardIterator) =>
      persistently(options, async (abortSignal) => {
        const answer = await client.send(new GetRecordsCommand({ ShardIterator }), { abortSignal })
        const records = (answer.Records ?? []).map((record) => streamRecord(record, streamArn, options.region))
        return { records, next: answer.NextShardIterator }
      })
  }
  return { source, close: () => client.destroy() }
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb. */
const streamRecord = (record: _Record, eventSourceARN: string, awsRegion: string): StreamRecord => {
  const { ApproximateCreationDateTime = new Date(), Keys = {}, SequenceNumber = "", ...rest } = record.dynamodb ?? {}
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(ApproximateCreationDateTime.getTime() / 1000),
      Keys: Keys as Record<string, unknown>,
      SequenceNumber,
      ...rest
    },
    eventSourceARN
  }
}

export const queueSource = (queueUrl: string, queueArn: string, options: SourceOptions) => {
  const client = new SQSClient({ ...configOf(options), useQueueUrlAsEndpoint: false })
  const source: QueueSource = {
    receive: (MaxNumberOfMessages, WaitTimeSeconds) =>
      persistently(options, async (abortSignal) => {
        const command = new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages,
          WaitTimeSeconds,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["All"]
        })
        const { Messages = [] } = await client.send(command, { abortSignal })
        return Messages.map((message) => queueRecord(message, queueArn, options.region))
      }),
    remove: (records) =>
      persistently(options, async (abortSignal) => {
        // A receipt that has run out deletes nothing: the message comes again, and that is that.
        for (let from = 0; from < records.length; from += 10) {
          const Entries = records.slice(from, from + 10).map(({ receiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle: receiptHandle
          }))
          await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal })
        }
      })
  }
  return { source, close: () => client.destroy() }
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event. */
const queueRecord = (message: Message, eventSourceARN: string, awsRegion: string): QueueRecord => ({
  messageId: message.MessageId ?? "",
  receiptHandle: message.ReceiptHandle ?? "",
  body: message.Body ?? "",
  attributes: message.Attributes ?? {},
  messageAttributes: message.MessageAttributes ?? {},
  md5OfBody: message.MD5OfBody,
  eventSource: "aws:sqs",
  eventSourceARN,
  awsRegion
})

export interface DestinationOptions extends SourceOptions {
  readonly mappingId: string
  readonly functionArn: string
  readonly streamArn: string
  readonly bucketArn: string
}

/**
 * Discarded records in a bucket, with the whole event in them. Sources: object names and content by
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html#services-dynamodb-errors and
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, "Configuring an S3 destination".
 */
export const bucketDestination = (options: DestinationOptions) => {
  const client = new S3Client({ ...configOf(options), forcePathStyle: true })
  const bucket = options.bucketArn.split(":").at(-1) ?? ""
  const discard = (discarded: Discarded): Effect.Effect<void> =>
    persistently(options, async (abortSignal) => {
      const at = new Date().toISOString()
      const Key = `aws/lambda/${options.mappingId}/${discarded.shardId}/${objectTime(at)}-${randomUUID()}`
      const Body = JSON.stringify(invocationRecord(discarded, options, at))
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: "application/json" }), {
        abortSignal
      })
    })
  return { discard, close: () => client.destroy() }
}

/** `YYYY-MM-DDTHH.MM.SS` */
const objectTime = (iso: string) => iso.slice(0, 19).replaceAll(":", ".")

const invocationRecord = (
  { shardId, records, condition, invocations }: Discarded,
  { functionArn, streamArn }: DestinationOptions,
  timestamp: string
) => {
  const [first, last] = [records[0]?.dynamodb, records.at(-1)?.dynamodb]
  const arrival = (seconds = 0) => new Date(seconds * 1000).toISOString()
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: invocations
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    version: "1.0",
    timestamp,
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first?.ApproximateCreationDateTime),
      approximateArrivalOfLastRecord: arrival(last?.ApproximateCreationDateTime),
      batchSize: records.length,
      streamArn
    },
    payload: JSON.stringify({ Records: records })
  }
}
