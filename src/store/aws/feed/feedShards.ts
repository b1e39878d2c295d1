import type { _Record, DynamoDBStreamsClient, Shard } from "@aws-sdk/client-dynamodb-streams"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../errors.ts"
import { awsCall } from "../calls/awsCall.ts"
import type { Lazy } from "../calls/lazy.ts"

export interface StreamsSdk {
  readonly client: DynamoDBStreamsClient
  readonly commands: Pick<
    typeof import("@aws-sdk/client-dynamodb-streams"),
    "DescribeStreamCommand" | "GetShardIteratorCommand" | "GetRecordsCommand"
  >
}

const operation = "ChangeFeed.poll"

/** Every shard that the stream still knows, in pages of a hundred. */
export const listStreamShards = (streams: Lazy<StreamsSdk>, StreamArn: string) =>
  awsCall({ operation, place: `the stream ${StreamArn}` }, async (abortSignal) => {
    const { client, commands } = await streams()
    const shards: Array<Shard> = []
    let ExclusiveStartShardId: string | undefined
    do {
      const start = ExclusiveStartShardId === undefined ? {} : { ExclusiveStartShardId }
      const command = new commands.DescribeStreamCommand({ StreamArn, ...start })
      const { StreamDescription } = await client.send(command, { abortSignal })
      shards.push(...(StreamDescription?.Shards ?? []))
      ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId
    } while (ExclusiveStartShardId !== undefined)
    return shards as ReadonlyArray<Shard>
  })

export type ShardPage =
  | { readonly _tag: "Records"; readonly records: ReadonlyArray<_Record>; readonly next: string | undefined }
  /** The iterator is too old: take another, after the last record read. */
  | { readonly _tag: "Expired" }
  /** What was to come next is older than the day that a stream keeps: it is gone. */
  | { readonly _tag: "Trimmed" }
  /** The shard is gone. */
  | { readonly _tag: "Gone" }
  /** Asked too often. */
  | { readonly _tag: "Throttled" }

const byErrorName: Record<string, ShardPage> = {
  ExpiredIteratorException: { _tag: "Expired" },
  TrimmedDataAccessException: { _tag: "Trimmed" },
  ResourceNotFoundException: { _tag: "Gone" },
  LimitExceededException: { _tag: "Throttled" },
  ProvisionedThroughputExceededException: { _tag: "Throttled" },
  ThrottlingException: { _tag: "Throttled" }
}

const knownError = ({ name }: { readonly name: string }) => {
  const answer = byErrorName[name]
  return answer === undefined ? undefined : { answer }
}

export const readShard = (streams: Lazy<StreamsSdk>, iterator: string, limit: number) =>
  awsCall<ShardPage>(
    operation,
    async (abortSignal) => {
      const { client, commands } = await streams()
      const command = new commands.GetRecordsCommand({ ShardIterator: iterator, Limit: limit })
      const answer = await client.send(command, { abortSignal })
      return { _tag: "Records", records: answer.Records ?? [], next: answer.NextShardIterator }
    },
    knownError
  )

/** An iterator after a sequence number, or from the oldest record that there is. */
export const shardIterator = (
  streams: Lazy<StreamsSdk>,
  options: { readonly streamArn: string; readonly shardId: string; readonly after: string | undefined }
): Effect.Effect<string | Exclude<ShardPage, { readonly _tag: "Records" }>, StoreUnavailable> =>
  awsCall<string | ShardPage>(
    { operation, place: `the stream ${options.streamArn}` },
    async (abortSignal) => {
      const { client, commands } = await streams()
      const { streamArn: StreamArn, shardId: ShardId, after } = options
      const command = new commands.GetShardIteratorCommand({
        StreamArn,
        ShardId,
        ...(after === undefined
          ? { ShardIteratorType: "TRIM_HORIZON" }
          : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after })
      })
      const { ShardIterator } = await client.send(command, { abortSignal })
      return ShardIterator ?? { _tag: "Gone" }
    },
    knownError
  ).pipe(Effect.map((answer) => (typeof answer === "object" && answer._tag === "Records" ? { _tag: "Gone" } : answer)))
