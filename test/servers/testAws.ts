import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { awsStore, type StoreServices } from "../../src/store/aws/awsStore.ts"
import type { AwsStoreOptions } from "../../src/store/aws/awsStoreOptions.ts"
import { createAwsTables } from "../../src/store/aws/createAwsTables.ts"

export interface TestEndpoints {
  readonly dynamodb: string
  /** Of both SQS and S3. */
  readonly sqs: string
  readonly scheduler?: string
}

export const testCredentials = { accessKeyId: "test", secretAccessKey: "test" }

export const testRegion = "us-east-1"

export const testCallbackKeys = { id: "test", secret: "of tests, which is no secret" }

/** What no server here checks and Scheduler requires. */
export const testRoleArn = "arn:aws:iam::000000000000:role/timers"

/**
 * Makes a table, queues and a bucket on these servers, and answers the options of a store on them. Every call makes its own,
 * under a random name, unless `tableName` says which.
 */
export const prepareTestAws = (
  { dynamodb, sqs, scheduler }: TestEndpoints,
  options: { readonly tableName?: string; readonly maxReceives?: number } = {}
): Promise<AwsStoreOptions> => {
  const client = {
    region: testRegion,
    credentials: testCredentials,
    endpoints: { dynamodb, sqs, s3: sqs, ...(scheduler === undefined ? {} : { scheduler }) }
  }
  const { tableName = `test-${randomUUID()}`, maxReceives = 3 } = options
  return Effect.runPromise(
    createAwsTables({ ...client, tableName, maxReceives }).pipe(
      Effect.map((tables) => ({
        ...client,
        ...tables,
        feedPollIntervalMs: 20,
        callbackKeys: testCallbackKeys,
        ...(scheduler === undefined ? {} : { schedulerRoleArn: testRoleArn })
      }))
    )
  )
}

/** A store whose tables are made when it is first built; built again, it is on the same ones. */
export const testAwsStore = (
  endpoints: () => Promise<TestEndpoints>,
  extra: Partial<AwsStoreOptions> = {}
): Layer.Layer<StoreServices> => {
  let prepared: Promise<AwsStoreOptions> | undefined
  const prepare = () => {
    prepared ??= endpoints().then((found) => prepareTestAws(found))
    return prepared
  }
  return Layer.unwrap(Effect.map(Effect.promise(prepare), (options) => awsStore({ ...options, ...extra })))
}
