/** What Lambda hands to functions, as far as it is read here. */

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html. */
export interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-example.html. */
export interface StreamEvent {
  readonly Records: ReadonlyArray<StreamRecord>
}

export interface StreamRecord {
  readonly eventName?: string
  readonly dynamodb?: {
    /** `KEYS_ONLY`: the two keys are all there is. */
    readonly Keys?: { readonly [name: string]: { readonly S?: string } }
    readonly SequenceNumber?: string
  }
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-example.html. */
export interface QueueEvent {
  readonly Records: ReadonlyArray<QueueRecord>
}

export interface QueueRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: { readonly ApproximateReceiveCount?: string }
}

/**
 * What comes again: of a stream all records from the lowest sequence number named, of a queue the messages named; everything else
 * is done with. The event source mapping has to ask for it (`ReportBatchItemFailures`), or it is taken for a success.
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
 */
export interface BatchResponse {
  readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>
}
