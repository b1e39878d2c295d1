import type { Duration } from "aws-cdk-lib"
import type { CorsPreflightOptions, IHttpRouteAuthorizer } from "aws-cdk-lib/aws-apigatewayv2"
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch"
import type { WarmThroughput } from "aws-cdk-lib/aws-dynamodb"
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2"
import type { IKey } from "aws-cdk-lib/aws-kms"
import type { ApplicationLogLevel, Code, SystemLogLevel } from "aws-cdk-lib/aws-lambda"
import type { RetentionDays } from "aws-cdk-lib/aws-logs"
import type { IBucket } from "aws-cdk-lib/aws-s3"
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager"
import type { DashboardSignIn } from "#src/http/dashboard/signIn"
import type { BundlingOptions } from "./bundling/bundling.ts"
import type { WorkflowScheduleProps } from "./scheduleProps.ts"

/** Properties of `Dynactor`: one of `entry` and `code`, and nothing else, is required. */
export interface DynactorProps {
  /**
   * The module that exports `workflows` and `steps`, and, if the steps need services, the `layer` that has them; `signals`, `states` and `updates`, if the
   * HTTP API is to check them; a `codec`, if values are to be sealed; `tuning`, a `TurnTuning` of `dynactor/lambda`, if something is to be set otherwise. It is bundled
   * by esbuild, on this machine and at synthesis.
   *
   * @default - `code` is given
   */
  readonly entry?: string
  /**
   * Code that was bundled before: a module `index` with the exports `stream`, `step`, `deadLetter`, `sweep` and `api`, as
   * `makeHandlers` of `dynactor/lambda` gives them.
   *
   * @default - `entry` is bundled
   */
  readonly code?: Code
  /**
   * How `entry` is bundled.
   *
   * @default - minified files without a source map: one for the functions that turn runs, one for the HTTP API's
   */
  readonly bundling?: BundlingOptions
  /**
   * Variables for the functions, beside their own: your steps run there.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>
  /**
   * A stack that may go, with everything in it: no deletion protection, no point-in-time recovery, and table, queues, bucket
   * and logs are deleted with the stack. For trials and tests.
   *
   * @default false
   */
  readonly throwaway?: boolean
  /**
   * Whose runs these are. It stands before the run id in the partition key, and clients have to say it as well. A deployment
   * turns the runs of one tenant. Without "/", "*", "?" and "$".
   *
   * @default - runs have no tenant
   */
  readonly tenant?: string

  /**
   * MB of memory of each function, and processor with it (a whole one at 1,769).
   *
   * @default 1024
   */
  readonly memorySize?: number
  /**
   * MB of memory of the function that works on steps.
   *
   * @default - `memorySize`
   */
  readonly stepMemorySize?: number
  /**
   * Longest time of the functions that turn runs and handle dead letters. Inline steps run in them.
   *
   * @default Duration.minutes(1)
   */
  readonly timeout?: Duration
  /**
   * Longest time of the function that works on steps, up to 15 minutes: a step that takes longer never ends. A function that dies within the first
   * seconds of a step has its messages come back after as long.
   *
   * @default Duration.minutes(5)
   */
  readonly stepTimeout?: Duration
  /**
   * Most functions at a time that work on steps: 2 to 1,000. Each works on up to `stepBatchSize` of them.
   *
   * @default 100
   */
  readonly stepMaxConcurrency?: number
  /**
   * Most steps that one function works on at a time: 1 to 10.
   *
   * @default 10
   */
  readonly stepBatchSize?: number
  /**
   * Receipts after which a step is given up and its run is told (a `StepFailed`). A step that fails is not given up: that is
   * its outcome. This is about functions that die, and steps that do not end in their time. At least 9: a step that is newer than
   * the function that receives it is received eight times while a deployment is under way.
   *
   * @default 12
   */
  readonly maxReceives?: number
  /**
   * Most stream records in one invocation.
   *
   * @default 100
   */
  readonly streamBatchSize?: number
  /**
   * Batches of one shard of the stream that are worked on at a time: 1 to 10. More is faster when thousands of runs start
   * within a second, and has more turns of one run race each other.
   *
   * @default 4
   */
  readonly streamParallelizationFactor?: number
  /**
   * How often a batch is tried again before its records go to the bucket, if not until they are `streamMaxRecordAge` old: fifty
   * attempts are over in some ten minutes. Only a store that is away fails a batch, or a function that dies; splitting the
   * batch does not count.
   *
   * @default - no bound but `streamMaxRecordAge`
   */
  readonly streamRetryAttempts?: number
  /**
   * Age at which stream records go to the bucket: for as long a batch that fails is tried again, and holds up the ones behind it.
   * From one minute up; the stream itself keeps them for 24 hours.
   *
   * @default Duration.hours(12)
   */
  readonly streamMaxRecordAge?: Duration
  /**
   * Between two passes of the sweeper, in whole minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly sweepInterval?: Duration
  /**
   * Schedules as data, beside those that the entry exports as `schedules`: the first pass of the sweeper after a deployment makes sure that they are there as
   * they stand here. One that is taken out is removed by that pass, and the runs that it has started go on; put back, it begins anew. What cannot be is a
   * RangeError or TypeError of the synthesis; that an input fits its workflow, the sweeper finds out, and logs an error where it does not.
   *
   * @default - those of the entry alone
   */
  readonly schedules?: ReadonlyArray<WorkflowScheduleProps>

  /**
   * How long runs are kept after their end whose workflow does not say (`defineWorkflow`, `retention`). Older ones are deleted, with everything that is
   * stored of them.
   *
   * @default - for ever
   */
  readonly retention?: Duration
  /**
   * Between two passes of the function that deletes, in whole minutes.
   *
   * @default Duration.hours(1)
   */
  readonly purgeInterval?: Duration

  /**
   * A key of your own for table, queues, bucket, logs, schedules, and variables and event filters of functions. A key that was
   * imported must let CloudWatch Logs (`logs.<region>.amazonaws.com`) use it, and Lambda (`lambda.amazonaws.com`) `kms:Decrypt`
   * with it, for the filter of the stream. The stack has to say its region (`env`). Not under it: the functions' code, which
   * Lambda encrypts with a key of its own; `code: Code.fromAsset(directory, { sourceKMSKey })` has another.
   *
   * @default - keys that the services own
   */
  readonly encryptionKey?: IKey
  /**
   * A key of your own with which the `codec` that the entry exports makes its data keys: `export const codec = kmsCodec()`. The functions, and whoever is granted
   * something with runs, may use it for data keys of this tenant. It may be that of `encryptionKey`. Without a codec in the entry it does nothing.
   *
   * @default - values stand in the table as they are, or are sealed with keys that the entry has from elsewhere
   */
  readonly codecKey?: IKey
  /**
   * A bucket of your own for large payloads, below `payloads/`, and for what Lambda gives up on, below `aws/lambda/`. If it has a
   * key of its own, the functions may use that too; of a bucket that was imported, say `encryptionKey`.
   *
   * @default - a new one
   */
  readonly bucket?: IBucket
  /**
   * A secret of your own with the keys that tokens of callbacks are signed with: JSON, `{ "id", "secret" }` to begin with. If it has a key of
   * its own, the functions may use that too; of a secret that was imported, say `encryptionKey`.
   *
   * @default - a new one
   */
  readonly callbackSecret?: ISecret
  /**
   * What the table and its index take at once when they are new. DynamoDB grows from 4,000 writes a second by itself.
   *
   * @default - DynamoDB's own
   */
  readonly warmThroughput?: WarmThroughput
  /**
   * A network for the functions. From it they have to reach DynamoDB, SQS, S3 and EventBridge Scheduler, by endpoints or a
   * NAT gateway. Whatever steps connect to lets them in by `connections` of the construct.
   *
   * @default - none
   */
  readonly vpc?: IVpc
  /**
   * Where in the VPC.
   *
   * @default - its private subnets
   */
  readonly vpcSubnets?: SubnetSelection
  /**
   * @default - a new one for each function, if there is a VPC
   */
  readonly securityGroups?: ReadonlyArray<ISecurityGroup>

  /**
   * Makes an HTTP API, and says who may use it: `new HttpIamAuthorizer()`, or `new HttpJwtAuthorizer(...)`.
   *
   * @default - no HTTP API
   */
  readonly httpApiAuthorizer?: IHttpRouteAuthorizer
  /**
   * What a token has to hold, one of these in its `scope` or `scp`: for a JWT authorizer. Without them, whoever has a token of the
   * issuer for the audience may start, see, signal and cancel every run.
   *
   * @default - none
   */
  readonly httpApiAuthorizationScopes?: ReadonlyArray<string>
  /**
   * Answers to callbacks (`POST /callbacks/...`) get past the authorizer: the signed token is what authorizes them. For webhooks, and whoever
   * else has nothing but the `url` of a callback.
   *
   * @default false
   */
  readonly httpApiOpenCallbacks?: boolean
  /**
   * Deliveries of other services (`POST /webhooks/...`) get past the authorizer: their signature, which the function checks, is what authorizes them. For the
   * `webhooks` that the entry exports.
   *
   * @default false
   */
  readonly httpApiOpenWebhooks?: boolean
  /**
   * The HTTP API serves the dashboard of runs at `/dashboard/`. Its files get past the authorizer, as they hold no data; what the pages show they ask the
   * API for, with the token that whoever looks at them has entered. So the authorizer has to take a token in `Authorization: Bearer`, as `HttpJwtAuthorizer`,
   * `HttpUserPoolAuthorizer` and most of `HttpLambdaAuthorizer` do: a browser signs no requests for IAM (there `npx dynactor dashboard --stack` shows the
   * runs, with your own credentials). With `code`, the package's folder `dist/dashboard` has to be in it as `dashboard`.
   *
   * @default false
   */
  readonly httpApiDashboard?: boolean
  /**
   * How people get their token in the dashboard: they sign in at the identity provider whose tokens the authorizer takes, by the authorization code flow with PKCE. The
   * provider has to let its client come back to `httpApiDashboardUrl`. A page may then ask the host of `tokenEndpoint`, beside its own.
   *
   * @default - they enter a token that they have
   */
  readonly httpApiDashboardSignIn?: DashboardSignIn
  /**
   * What browsers may do with the HTTP API.
   *
   * @default - nothing
   */
  readonly httpApiCors?: CorsPreflightOptions

  /**
   * How long logs are kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays
  /**
   * `active`: X-Ray follows invocations of the functions, as Lambda samples them. `runs`: the spans of runs, turns, steps and what their code makes go there as
   * well, by the daemon that Lambda runs beside such a function, unless the entry's layer brings a tracer of its own. X-Ray asks $5 for a million traces.
   *
   * @default "off"
   */
  readonly tracing?: "active" | "runs" | "off"
  /**
   * Of runs that nobody has started within a trace, how many are traced, from 0 to 1. Whoever starts a run within a trace has said by that whether it is
   * sampled; the HTTP API's function goes by what X-Ray says of its invocation. With `tracing: "runs"`.
   *
   * @default 0.05
   */
  readonly tracedShare?: number
  /**
   * `embedded`: what runs do is counted in CloudWatch, in the namespace `Dynactor`, and three alarms watch it (`DiedRuns`, `FailedRuns`,
   * `FailedAttempts`). Functions write it into their logs in CloudWatch's embedded format, with each event. That is up to two dozen metrics of a deployment, $0.30 each
   * for a month in which they are told, and half a kilobyte of log for each event. `embeddedByName`: the same of each workflow and step as well: up to ten metrics more
   * for each of them.
   *
   * @default "off"
   */
  readonly metrics?: "embedded" | "embeddedByName" | "off"
  /**
   * The least level of the lines that workflows, steps and dynactor log and that are kept. With `metrics` it must be `INFO` or less: a line without a level is
   * of that one, and metrics are such lines.
   *
   * @default ApplicationLogLevel.INFO
   */
  readonly applicationLogLevel?: ApplicationLogLevel
  /**
   * The least level of the lines that Lambda itself logs. `WARN` leaves out `START`, `END` and `REPORT` of each invocation that went well (700 bytes of a log; what they say
   * of times is in CloudWatch's own metrics, what they say of memory is not), and keeps those of one that ran out of time or memory.
   *
   * @default SystemLogLevel.WARN
   */
  readonly systemLogLevel?: SystemLogLevel
  /**
   * What alarms do, and do again when all is well.
   *
   * @default - they are seen in the console and on the dashboard
   */
  readonly alarmActions?: ReadonlyArray<IAlarmAction>
  /**
   * @default true
   */
  readonly dashboard?: boolean
}
