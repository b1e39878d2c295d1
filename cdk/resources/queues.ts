import { Duration, RemovalPolicy } from "aws-cdk-lib"
import type { IKey } from "aws-cdk-lib/aws-kms"
import { Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs"
import type { Construct } from "constructs"

export interface QueuesOptions {
  readonly throwaway: boolean
  readonly encryptionKey: IKey | undefined
  /** Of the function that works on the steps: a message has to stay hidden for as long as it may run. */
  readonly stepTimeout: Duration
  readonly deadLetterTimeout: Duration
  readonly maxReceives: number
}

export interface Queues {
  readonly queue: Queue
  readonly deadLetterQueue: Queue
}

/** The longest that SQS keeps a message. */
const retentionPeriod = Duration.days(14)

/** The queue of steps and of short timers, and where its messages go that nobody could work on. */
export const makeQueues = (scope: Construct, options: QueuesOptions): Queues => {
  const { throwaway, encryptionKey, stepTimeout, deadLetterTimeout, maxReceives } = options
  const common: QueueProps = {
    retentionPeriod,
    enforceSSL: true,
    removalPolicy: throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    ...(encryptionKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey })
  }
  const deadLetterQueue = new Queue(scope, "DeadLetterQueue", { ...common, visibilityTimeout: deadLetterTimeout })
  const queue = new Queue(scope, "StepQueue", {
    ...common,
    visibilityTimeout: stepTimeout,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: maxReceives }
  })
  return { queue, deadLetterQueue }
}
