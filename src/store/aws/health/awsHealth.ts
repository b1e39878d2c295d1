import * as Effect from "effect/Effect"
import type { HealthCheck } from "../../health/healthCheck.ts"
import type { AwsClientOptions } from "../awsClients.ts"
import { makeAwsSdk } from "../awsSdk.ts"
import { payloadPrefixOf } from "../table/keys.ts"
import { checkBucket } from "./bucketHealth.ts"
import { checkEventSources } from "./eventSourceHealth.ts"
import { checkQueues } from "./queueHealth.ts"
import { checkScheduler } from "./schedulerHealth.ts"
import { checkTable } from "./tableHealth.ts"

/** What there is to look at: what is left out is said to have been skipped. */
export interface AwsHealthOptions extends AwsClientOptions {
  readonly tableName: string
  readonly queueUrl?: string | undefined
  readonly deadLetterQueueUrl?: string | undefined
  readonly bucketName?: string | undefined
  readonly tenant?: string | undefined
  readonly schedulerGroupName?: string | undefined
  readonly schedulerRoleArn?: string | undefined
  /** The longest time that one execution of a step may take. */
  readonly longestStepMs?: number | undefined
}

/** Looks at a deployment with calls that change nothing. */
export const checkAws = (options: AwsHealthOptions): Effect.Effect<ReadonlyArray<HealthCheck>> =>
  Effect.scoped(
    Effect.gen(function* () {
      const sdk = yield* makeAwsSdk(options)
      const { bucketName, deadLetterQueueUrl, longestStepMs, queueUrl, tableName } = options
      const { schedulerGroupName: groupName, schedulerRoleArn: roleArn, tenant = "" } = options
      const parts = yield* Effect.all(
        [
          checkTable(sdk.dynamodb, tableName),
          checkQueues(sdk.sqs, { queueUrl, deadLetterQueueUrl, longestStepMs }),
          checkBucket(sdk.s3, { bucketName, prefix: payloadPrefixOf(tenant) }),
          checkEventSources(sdk.dynamodb, sdk.sqs, options),
          checkScheduler(sdk.scheduler, { groupName, roleArn })
        ],
        { concurrency: "unbounded" }
      )
      return parts.flat()
    })
  )
