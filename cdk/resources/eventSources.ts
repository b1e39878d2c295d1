import { Duration } from "aws-cdk-lib"
import { PolicyStatement } from "aws-cdk-lib/aws-iam"
import { EventSourceMapping, type Function, MetricType, StartingPosition } from "aws-cdk-lib/aws-lambda"
import type { IBucket } from "aws-cdk-lib/aws-s3"
import type { IQueue } from "aws-cdk-lib/aws-sqs"
import type { Construct } from "constructs"
import { inboxFilter } from "#src/streams/lambda/inboxFilter"
import { defined } from "../defined.ts"
import type { DynactorFunctions } from "../dynactorFunctions.ts"
import type { DynactorProps } from "../props.ts"
import { failurePrefix } from "./bucket.ts"

/** Dropped, failed and handed-over events are counted for the mapping, not for the function. */
const metricsConfig = { metrics: [MetricType.EVENT_COUNT] }

export interface EventSourcesOptions {
  readonly props: DynactorProps
  readonly functions: DynactorFunctions
  readonly streamArn: string
  readonly queue: IQueue
  readonly deadLetterQueue: IQueue
  readonly bucket: IBucket
}

export interface EventSources {
  readonly stream: EventSourceMapping
  readonly steps: EventSourceMapping
  readonly deadLetters: EventSourceMapping
}

/** Whatever invokes the functions, but for the sweeper's schedule and the HTTP API. */
export const makeEventSources = (scope: Construct, options: EventSourcesOptions): EventSources => {
  const { props, functions, queue, deadLetterQueue } = options
  const queueSource = (id: string, target: Function, of: IQueue, batchSize: number, maxConcurrency: number) =>
    new EventSourceMapping(scope, id, {
      target,
      eventSourceArn: of.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
      metricsConfig
    })
  const { stepBatchSize = 10, stepMaxConcurrency = 100 } = props
  return {
    stream: makeStreamSource(scope, options),
    steps: queueSource("StepSource", functions.step, queue, stepBatchSize, stepMaxConcurrency),
    // Dead letters are few, and no mapping has fewer than two.
    deadLetters: queueSource("DeadLetterSource", functions.deadLetter, deadLetterQueue, 10, 2)
  }
}

/** The table's stream rings. Of one item its records come in order, of one run in several batches at a time. */
const makeStreamSource = (scope: Construct, options: EventSourcesOptions): EventSourceMapping => {
  const { props, functions, streamArn, bucket } = options
  return new EventSourceMapping(scope, "StreamSource", {
    target: functions.stream,
    eventSourceArn: streamArn,
    // A mapping that is made anew misses nothing; what was seen to before finds its rows adopted.
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: props.streamBatchSize ?? 100,
    parallelizationFactor: props.streamParallelizationFactor ?? 4,
    filters: [{ pattern: JSON.stringify(inboxFilter(props.tenant ?? "")) }],
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    // Without a number of attempts it is the age that ends them: attempts are soon over if the function fails at once.
    maxRecordAge: props.streamMaxRecordAge ?? Duration.hours(12),
    // `S3OnFailureDestination` would give the function the right to delete from the bucket.
    onFailure: { bind: () => ({ destination: bucket.bucketArn }) },
    metricsConfig,
    ...defined({ retryAttempts: props.streamRetryAttempts, filterEncryption: props.encryptionKey })
  })
}

/**
 * What the mapping does in the function's name, beside reading the stream: looking for the stream that it was told, and putting
 * away what it gives up on (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html).
 */
export const streamSourceStatements = (tableArn: string, bucket: IBucket): Array<PolicyStatement> => [
  new PolicyStatement({ actions: ["dynamodb:ListStreams"], resources: [`${tableArn}/stream/*`] }),
  new PolicyStatement({ actions: ["s3:PutObject"], resources: [bucket.arnForObjects(`${failurePrefix}*`)] })
]
