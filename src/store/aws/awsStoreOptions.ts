import type { KeyRing } from "../callbacks/keyRing.ts"
import type { PayloadCodec } from "../sealing/payloadCodec.ts"
import type { AwsClientOptions } from "./awsClients.ts"
import type { OnCapacity } from "./calls/capacity.ts"

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
  /** The name under which the change feed keeps its place. Default `default`, or `default.<tenant>`. */
  readonly feedReaderName?: string
  /** Least time between two reads of a shard of the stream that has nothing new. Default 200 ms. */
  readonly feedPollIntervalMs?: number
  /**
   * A secret of Secrets Manager, by its name or ARN, that holds the keys for tokens of callbacks: the same for all hosts and clients on the
   * table. Without it, and without `callbackKeys`, a callback parks its run until there are some.
   */
  readonly callbackSecretId?: string
  /** The keys themselves, in place of a secret. */
  readonly callbackKeys?: KeyRing
  /** Where the HTTP API is reached from outside: the `url` of a callback begins so. Default: callbacks have no `url`. */
  readonly callbackUrl?: string
  /**
   * What `client.get` calls this process where it has a step in hand, such as the id of its task or pod. Default: in a Lambda function its log stream, elsewhere
   * `<host name>/<process id>`.
   */
  readonly workerName?: string
  /** Seals what users hand over before it goes to any service, and opens it as it is read. Default: it stands there in clear. */
  readonly codec?: PayloadCodec
  /** Is told what every call to the table cost. */
  readonly onCapacity?: OnCapacity
}
