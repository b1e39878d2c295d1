import { Duration, Stack } from "aws-cdk-lib"
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2"
import type { Alarm, Dashboard } from "aws-cdk-lib/aws-cloudwatch"
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb"
import { Connections, type IConnectable } from "aws-cdk-lib/aws-ec2"
import type { IGrantable, IRole } from "aws-cdk-lib/aws-iam"
import { ApplicationLogLevel, type Code, type Function, SystemLogLevel } from "aws-cdk-lib/aws-lambda"
import { RetentionDays } from "aws-cdk-lib/aws-logs"
import type { IBucket } from "aws-cdk-lib/aws-s3"
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager"
import type { Queue } from "aws-cdk-lib/aws-sqs"
import { Construct } from "constructs"
import { packagedFolder } from "#src/http/dashboard/packagedFolder"
import { payloadPrefixOf } from "#src/store/aws/table/keys"
import type { BundleFile } from "#src/streams/lambda/bundling"
import { assertProps } from "./assertProps.ts"
import { bundle } from "./bundling/bundling.ts"
import type { DynactorFunctions } from "./dynactorFunctions.ts"
import { makeAlarms } from "./observability/alarms.ts"
import { makeDashboard } from "./observability/dashboard.ts"
import { makeMetrics } from "./observability/metrics.ts"
import { makeRunMetrics } from "./observability/runMetrics.ts"
import { DynactorGrants } from "./permissions/grants.ts"
import type { Resources } from "./permissions/statements.ts"
import type { DynactorProps } from "./props.ts"
import { makeBucket } from "./resources/bucket.ts"
import { makeCallbackSecret } from "./resources/callbackSecret.ts"
import { sweepInput } from "./resources/deployedSchedules.ts"
import { makeEventSources, streamSourceStatements } from "./resources/eventSources.ts"
import { type FunctionsOptions, makeFunction } from "./resources/functions.ts"
import { makeHttpApi } from "./resources/httpApi.ts"
import { allowLogs } from "./resources/logKey.ts"
import { makeQueues } from "./resources/queues.ts"
import { makePurgeSchedule, makeScheduleGroup, makeSweepSchedule, makeTimerRole } from "./resources/scheduler.ts"
import { StepRunner } from "./resources/stepRunner.ts"
import { listingIndexName, makeTable } from "./resources/table.ts"

/**
 * Workflows, deployed: the table of runs, the functions that turn them and work on their steps, the queue of the steps, a bucket
 * for large payloads, schedules for long timers, and alarms for all of it.
 *
 * @example
 * const workflows = new Dynactor(this, "Workflows", { entry: "src/workflows.ts" })
 * workflows.grants.start(checkout)
 * for (const [name, value] of Object.entries(workflows.clientEnvironment)) checkout.addEnvironment(name, value)
 * payments.grantReadWriteData(workflows.stepRunner)
 */
export class Dynactor extends Construct implements IConnectable {
  readonly table: TableV2
  readonly queue: Queue
  readonly deadLetterQueue: Queue
  readonly bucket: IBucket
  /** Keys that tokens of callbacks are signed with. */
  readonly callbackSecret: ISecret
  /** Of the schedules of long timers. */
  readonly scheduleGroupName: string
  /** Puts the rows of long timers, and may do nothing else. */
  readonly schedulerRole: IRole
  readonly functions: DynactorFunctions
  /** Whoever runs your steps' code: grant it what they need. */
  readonly stepRunner: IGrantable
  /** What your own functions may do with runs. */
  readonly grants: DynactorGrants
  /** Variables by which a client in a function of yours finds the runs. */
  readonly clientEnvironment: Readonly<Record<string, string>>
  readonly alarms: ReadonlyArray<Alarm>
  readonly dashboard?: Dashboard
  readonly httpApi?: HttpApi
  /** Where the HTTP API is, without a slash at the end. (`httpApi.url` would be that of a default stage of CDK's own making.) */
  readonly httpApiUrl?: string
  /** Where a browser finds the runs, with `httpApiDashboard`. */
  readonly httpApiDashboardUrl?: string

  constructor(scope: Construct, id: string, props: DynactorProps) {
    super(scope, id)
    const { throwaway = false, tenant = "", encryptionKey } = props
    assertProps(props)
    if (encryptionKey !== undefined) allowLogs(encryptionKey)
    const timeout = props.timeout ?? Duration.minutes(1)
    const stepTimeout = props.stepTimeout ?? Duration.minutes(5)

    this.table = makeTable(this, { throwaway, encryptionKey, warmThroughput: props.warmThroughput })
    const queues = makeQueues(this, {
      throwaway,
      encryptionKey,
      stepTimeout,
      deadLetterTimeout: timeout,
      maxReceives: props.maxReceives ?? 12
    })
    this.queue = queues.queue
    this.deadLetterQueue = queues.deadLetterQueue
    this.bucket = props.bucket ?? makeBucket(this, { throwaway, encryptionKey })
    this.callbackSecret = props.callbackSecret ?? makeCallbackSecret(this, { throwaway, encryptionKey })
    const group = makeScheduleGroup(this, throwaway)
    this.scheduleGroupName = group.ref
    this.schedulerRole = makeTimerRole(this, group, {
      table: this.table.tableArn,
      encryptionKeys: encryptionKey === undefined ? [] : [encryptionKey.keyArn]
    })
    const codec = props.codecKey && { keyArn: props.codecKey.keyArn, tenant }
    const resources = { ...this.resources(tenant, keysOf(props)), codec }
    this.grants = new DynactorGrants(resources, { tenant, account: Stack.of(this).account })
    this.clientEnvironment = {
      DYNACTOR_TABLE: this.table.tableName,
      DYNACTOR_BUCKET: this.bucket.bucketName,
      DYNACTOR_CALLBACK_SECRET_ARN: this.callbackSecret.secretArn,
      ...(tenant === "" ? {} : { DYNACTOR_TENANT: tenant }),
      ...(codec === undefined ? {} : { DYNACTOR_CODEC_KEY_ARN: codec.keyArn })
    }

    this.functions = this.makeFunctions(props, { resources, timeout, stepTimeout, throwaway })
    const { api, purge, ...turning } = this.functions
    this.stepRunner = new StepRunner(this, Object.values(turning))
    const sources = makeEventSources(this, {
      props,
      functions: this.functions,
      streamArn: resources.stream,
      queue: this.queue,
      deadLetterQueue: this.deadLetterQueue,
      bucket: this.bucket
    })
    const input = sweepInput(this, props.schedules)
    makeSweepSchedule(this, { sweep: turning.sweep, input, group, interval: sweepInterval(props), encryptionKey })
    makePurgeSchedule(this, { purge, group, interval: props.purgeInterval ?? Duration.hours(1), encryptionKey })
    if (api !== undefined && props.httpApiAuthorizer !== undefined) {
      this.httpApi = makeHttpApi(this, {
        handler: api,
        authorizer: props.httpApiAuthorizer,
        authorizationScopes: props.httpApiAuthorizationScopes ?? [],
        openCallbacks: props.httpApiOpenCallbacks ?? false,
        openWebhooks: props.httpApiOpenWebhooks ?? false,
        hasDashboard: props.httpApiDashboard ?? false,
        cors: props.httpApiCors,
        throwaway,
        logRetention: logRetention(props),
        encryptionKey
      })
      this.httpApiUrl = this.httpApi.apiEndpoint
      if (props.httpApiDashboard === true) this.httpApiDashboardUrl = `${this.httpApiUrl}/dashboard/index.html`
      for (const each of Object.values(turning)) each.addEnvironment("DYNACTOR_CALLBACK_URL", this.httpApiUrl)
    }

    const metrics = makeMetrics(this, {
      table: this.table,
      queue: this.queue,
      deadLetterQueue: this.deadLetterQueue,
      functions: this.functions,
      sources,
      sweepInterval: sweepInterval(props),
      purgeInterval: props.purgeInterval ?? Duration.hours(1)
    })
    const runs = (props.metrics ?? "off") === "off" ? undefined : makeRunMetrics(this.table.tableName)
    this.alarms = makeAlarms(this, { metrics, runs, stepTimeout, actions: props.alarmActions ?? [] })
    if (props.dashboard ?? true) this.dashboard = makeDashboard(this, { metrics, runs, alarms: this.alarms })
  }

  /** Of the functions in which steps run, if they are in a VPC: `database.connections.allowDefaultPortFrom(workflows)`. */
  get connections(): Connections {
    const { api: _, purge: __, ...turning } = this.functions
    const groups = Object.values(turning).flatMap((each: Function) => each.connections.securityGroups)
    return new Connections({ securityGroups: [...new Set(groups)] })
  }

  private resources(tenant: string, encryptionKeys: ReadonlyArray<string>): Resources {
    const { table, queue, deadLetterQueue, bucket, scheduleGroupName, schedulerRole } = this
    const { tableStreamArn } = table
    if (tableStreamArn === undefined) throw new Error("the table has no stream")
    const schedules = {
      service: "scheduler",
      resource: "schedule",
      resourceName: `${scheduleGroupName}/timer-*`
    }
    return {
      table: table.tableArn,
      listingIndex: `${table.tableArn}/index/${listingIndexName}`,
      stream: tableStreamArn,
      queue: queue.queueArn,
      deadLetterQueue: deadLetterQueue.queueArn,
      bucket: bucket.bucketArn,
      callbackSecret: this.callbackSecret.secretArn,
      payloadObjects: bucket.arnForObjects(`${payloadPrefixOf(tenant)}*`),
      schedules: Stack.of(this).formatArn(schedules),
      schedulerRole: schedulerRole.roleArn,
      encryptionKeys
    }
  }

  private makeFunctions(
    props: DynactorProps,
    common: Pick<FunctionsOptions, "resources" | "timeout" | "stepTimeout" | "throwaway">
  ): DynactorFunctions {
    const { memorySize = 1024, encryptionKey, vpc, vpcSubnets, securityGroups } = props
    const options: FunctionsOptions = {
      ...common,
      code: codeOf(props, "turns"),
      environment: {
        ...ownEnvironment(props),
        ...this.clientEnvironment,
        DYNACTOR_QUEUE_URL: this.queue.queueUrl,
        DYNACTOR_DEAD_LETTER_QUEUE_URL: this.deadLetterQueue.queueUrl,
        DYNACTOR_SCHEDULER_GROUP: this.scheduleGroupName,
        DYNACTOR_SCHEDULER_ROLE_ARN: this.schedulerRole.roleArn,
        ...(encryptionKey === undefined ? {} : { DYNACTOR_SCHEDULER_KEY_ARN: encryptionKey.keyArn })
      },
      memorySize,
      stepMemorySize: props.stepMemorySize ?? memorySize,
      sweepTimeout: Duration.minutes(Math.min(15, sweepInterval(props).toMinutes())),
      logRetention: logRetention(props),
      applicationLogLevel: props.applicationLogLevel ?? ApplicationLogLevel.INFO,
      systemLogLevel: props.systemLogLevel ?? SystemLogLevel.WARN,
      isTraced: (props.tracing ?? "off") !== "off",
      encryptionKey,
      vpc,
      vpcSubnets,
      securityGroups
    }
    const mapping = streamSourceStatements(this.table.tableArn, this.bucket)
    return {
      stream: makeFunction(this, "stream", options, mapping),
      step: makeFunction(this, "step", options),
      deadLetter: makeFunction(this, "deadLetter", options),
      sweep: makeFunction(this, "sweep", options),
      purge: makeFunction(this, "purge", {
        ...options,
        environment: {
          ...ownEnvironment(props),
          ...this.clientEnvironment,
          ...(props.retention === undefined ? {} : { DYNACTOR_RETENTION_MS: String(props.retention.toMilliseconds()) })
        }
      }),
      ...(props.httpApiAuthorizer === undefined
        ? {}
        : {
            api: makeFunction(this, "api", {
              ...options,
              code: codeOf(props, "api"),
              environment: {
                ...ownEnvironment(props),
                ...this.clientEnvironment,
                ...dashboardEnvironment(props)
              }
            })
          })
    }
  }
}

const sweepInterval = ({ sweepInterval = Duration.minutes(5) }: DynactorProps): Duration => sweepInterval

const logRetention = ({ logRetention = RetentionDays.THREE_MONTHS }: DynactorProps): RetentionDays => logRetention

/** What encrypts what the functions use: a bucket of the user's own may have a key of its own. */
const keysOf = ({ encryptionKey, bucket, callbackSecret }: DynactorProps): ReadonlyArray<string> => [
  ...new Set(
    [encryptionKey, bucket?.encryptionKey, callbackSecret?.encryptionKey].flatMap((key) =>
      key === undefined ? [] : [key.keyArn]
    )
  )
]

/** Of all functions: the user's, and how they tell what they do. */
const ownEnvironment = ({
  environment: given = {},
  bundling,
  metrics = "off",
  tracing = "off",
  tracedShare
}: DynactorProps): Readonly<Record<string, string>> => {
  const environment = {
    ...given,
    ...(metrics === "off" ? {} : { DYNACTOR_METRICS: metrics }),
    ...(tracing === "runs" ? { DYNACTOR_TRACING: "xray" } : {}),
    ...(tracedShare === undefined ? {} : { DYNACTOR_TRACED_SHARE: String(tracedShare) })
  }
  if (bundling?.sourceMap !== true) return environment
  const { NODE_OPTIONS } = given
  return { ...environment, NODE_OPTIONS: `${NODE_OPTIONS === undefined ? "" : `${NODE_OPTIONS} `}--enable-source-maps` }
}

const dashboardEnvironment = ({ httpApiDashboard, httpApiDashboardSignIn: signIn }: DynactorProps) => ({
  ...(httpApiDashboard === true ? { DYNACTOR_DASHBOARD: "on" } : {}),
  // Parts of it may be known only once they are deployed: CloudFormation puts them together.
  ...(signIn === undefined ? {} : { DYNACTOR_DASHBOARD_SIGN_IN: JSON.stringify(signIn) })
})

/** Code that was bundled before has all handlers in it. */
const codeOf = ({ entry, code, bundling, httpApiDashboard, schedules = [] }: DynactorProps, file: BundleFile): Code => {
  if (code !== undefined && entry === undefined) return code
  if (entry !== undefined && code === undefined) {
    return bundle(entry, file, bundling, {
      dashboard: file === "api" && httpApiDashboard === true ? packagedFolder() : undefined,
      // Looked for once.
      schedules: file === "turns" ? schedules.map(({ name, workflow }) => ({ schedule: name, workflow })) : []
    })
  }
  throw new RangeError(
    "Dynactor: give either `entry`, the module of your workflows, or `code`, which was bundled before"
  )
}
