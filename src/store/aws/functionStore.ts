import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Heartbeats } from "../beside/heartbeats.ts"
import { OutputChunks } from "../beside/outputChunks.ts"
import { Replies } from "../beside/replies.ts"
import { StepMarks } from "../beside/stepMarks.ts"
import { baseUrl, CallbackKeys } from "../callbacks/callbackKeys.ts"
import { fixedCallbackKeys, noCallbackKeys } from "../callbacks/keyRing.ts"
import { commitsInOrder } from "../commitInOrder.ts"
import type { Commits } from "../commits.ts"
import { RunEraser } from "../deletion/runEraser.ts"
import { Payloads } from "../payloads.ts"
import { RunTable } from "../runTable.ts"
import { DeployedNames } from "../schedules/deployedNames.ts"
import { StepQueue } from "../stepQueue.ts"
import { SweepPlace } from "../sweepPlace.ts"
import { Timers } from "../timers.ts"
import { type AwsClientOptions, type ClientSdk, makeClientSdk, openClients } from "./awsClients.ts"
import { type AwsSdk, makeAwsSdk } from "./awsSdk.ts"
import type { AwsStoreOptions } from "./awsStoreOptions.ts"
import { makeDynamoHeartbeats } from "./beside/dynamoHeartbeats.ts"
import { makeDynamoOutput } from "./beside/dynamoOutput.ts"
import { makeDynamoReplies } from "./beside/dynamoReplies.ts"
import { makeDynamoStepMarks } from "./beside/dynamoStepMarks.ts"
import { withNotedAttempts } from "./beside/notedAttempts.ts"
import { workerName } from "./beside/workerName.ts"
import { makeSecretCallbackKeys } from "./callbacks/secretCallbackKeys.ts"
import { counted } from "./calls/capacity.ts"
import { eraseObjects } from "./payloads/s3Objects.ts"
import { makeS3Payloads } from "./payloads/s3Payloads.ts"
import { makeSqsStepQueue } from "./queue/sqsStepQueue.ts"
import { makeAttemptItems } from "./table/attemptItems.ts"
import { makeDynamoEraser } from "./table/deletion/dynamoEraser.ts"
import { makeDynamoRunTable } from "./table/dynamoRunTable.ts"
import { type DynamoTable, makeDynamoTable } from "./table/dynamoTable.ts"
import { assertTenant, payloadPrefixOf } from "./table/keys.ts"
import { makeDeployedNames, makeSweepPlace } from "./table/sweepPlaceItem.ts"
import { makeQueueTimers, makeSchedulerTimers } from "./timers/schedulerTimers.ts"

export type ClientStoreOptions = AwsClientOptions &
  Pick<
    AwsStoreOptions,
    | "tableName"
    | "bucketName"
    | "payloadPrefix"
    | "inlineLimitBytes"
    | "tenant"
    | "callbackSecretId"
    | "callbackKeys"
    | "callbackUrl"
    | "codec"
    | "onCapacity"
  >

export type TurnStoreOptions = ClientStoreOptions &
  Pick<
    AwsStoreOptions,
    "queueUrl" | "deadLetterQueueUrl" | "schedulerGroupName" | "schedulerRoleArn" | "schedulerKeyArn" | "workerName"
  >

export type ClientStoreServices = RunTable | Payloads | Replies | OutputChunks | CallbackKeys | Heartbeats | StepMarks

export type TurnStoreServices = ClientStoreServices | StepQueue | Timers | Commits

/** The store of a function that only starts, signals, cancels and reads runs: no queue, no Scheduler, no stream. */
export const awsClientStore = (options: ClientStoreOptions): Layer.Layer<ClientStoreServices> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const sdk = makeClientSdk(options, yield* openClients(options))
      const table = yield* openTable(sdk, options)
      return sealedBy(options, clientServices(sdk, table, options))
    })
  )

/** The store of a function that turns runs: all but the change feed, which Lambda reads. */
export const awsTurnStore = (options: TurnStoreOptions): Layer.Layer<TurnStoreServices> =>
  commitsInOrder.pipe(
    Layer.provideMerge(
      Layer.effectContext(
        Effect.gen(function* () {
          const sdk = yield* makeAwsSdk(options)
          const table = yield* openTable(sdk, options)
          return sealedBy(options, turnServices(sdk, table, options))
        })
      )
    )
  )

/** The store of a function that deletes runs, and of nobody else. */
export const awsPurgeStore = (options: ClientStoreOptions): Layer.Layer<ClientStoreServices | RunEraser> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const sdk = makeClientSdk(options, yield* openClients(options))
      const table = yield* openTable(sdk, options)
      const services = sealedBy(options, clientServices(sdk, table, options))
      return Context.add(services, RunEraser, eraserOf(sdk, table, options))
    })
  )

/** The ports as they are, or sealed. Commits are made of these: what they send and put is sealed as well. */
export const sealedBy = <S>({ codec, tenant = "" }: ClientStoreOptions, services: Context.Context<S>) =>
  codec === undefined ? services : codec.sealServices(services, tenant)

const openTable = Effect.fnUntraced(function* ({ dynamodb }: ClientSdk, options: ClientStoreOptions) {
  assertTenant(options.tenant ?? "")
  const { tableName } = options
  const onCapacity = counted(yield* Effect.context<never>(), options.onCapacity)
  return makeDynamoTable({ client: dynamodb, tableName, onCapacity })
})

const clientServices = (sdk: ClientSdk, table: DynamoTable, options: ClientStoreOptions) =>
  Context.make(
    RunTable,
    makeDynamoRunTable({
      table,
      tableName: options.tableName,
      tenant: options.tenant ?? ""
    })
  ).pipe(
    Context.add(Replies, makeDynamoReplies({ table, tenant: options.tenant ?? "" })),
    Context.add(
      Payloads,
      makeS3Payloads({
        s3: sdk.s3,
        bucketName: options.bucketName,
        prefix: options.payloadPrefix ?? payloadPrefixOf(options.tenant ?? ""),
        inlineLimitBytes: options.inlineLimitBytes
      })
    ),
    Context.add(OutputChunks, makeDynamoOutput({ table, tenant: options.tenant ?? "" })),
    Context.add(CallbackKeys, callbackKeysOf(sdk, options)),
    Context.add(Heartbeats, makeDynamoHeartbeats({ table, tenant: options.tenant ?? "" })),
    Context.add(StepMarks, makeDynamoStepMarks({ table, tenant: options.tenant ?? "" }))
  )

const callbackKeysOf = (sdk: ClientSdk, options: ClientStoreOptions): CallbackKeys["Service"] => {
  const { callbackKeys, callbackSecretId: secretId = "", tenant = "" } = options
  const of = { tenant, url: baseUrl(options.callbackUrl) }
  if (callbackKeys !== undefined) return fixedCallbackKeys(callbackKeys, of)
  if (secretId !== "") return makeSecretCallbackKeys({ ...of, secrets: sdk.secrets, secretId })
  return noCallbackKeys(
    of,
    "name the secret that holds them: `callbackSecretId`, or DYNACTOR_CALLBACK_SECRET_ARN of a function"
  )
}

/** What deletes runs. */
export const eraserOf = (sdk: ClientSdk, table: DynamoTable, options: ClientStoreOptions): RunEraser["Service"] => {
  const { bucketName, tenant = "" } = options
  const prefix = options.payloadPrefix ?? payloadPrefixOf(tenant)
  return makeDynamoEraser({ table, tenant, eraseObjects: eraseObjects({ s3: sdk.s3, bucketName, prefix }) })
}

/** What turns need of AWS, but for their commits, which are made of these. */
export const turnServices = (sdk: AwsSdk, dynamoTable: DynamoTable, options: TurnStoreOptions) => {
  const { queueUrl, deadLetterQueueUrl, tableName, tenant = "" } = options
  const { schedulerRoleArn: roleArn, schedulerGroupName: groupName, schedulerKeyArn: keyArn } = options
  const services = clientServices(sdk, dynamoTable, options)
  const { queue: stepQueue, table } = withNotedAttempts({
    queue: makeSqsStepQueue({ client: sdk.sqs, queueUrl, deadLetterQueueUrl }),
    table: Context.get(services, RunTable),
    attempts: makeAttemptItems({ table: dynamoTable, tenant }),
    worker: options.workerName ?? workerName()
  })
  const timers =
    roleArn === undefined
      ? makeQueueTimers(stepQueue)
      : makeSchedulerTimers({
          scheduler: sdk.scheduler,
          table,
          queue: stepQueue,
          tableName,
          tenant,
          groupName,
          roleArn,
          keyArn
        })
  return services.pipe(
    Context.add(RunTable, table),
    Context.add(StepQueue, stepQueue),
    Context.add(Timers, timers),
    Context.add(SweepPlace, makeSweepPlace({ table: dynamoTable, tenant })),
    Context.add(DeployedNames, makeDeployedNames({ table: dynamoTable, tenant }))
  )
}
