import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"
import type { AwsEndpoints } from "../../store/aws/awsClients.ts"
import type { ClientStoreOptions, TurnStoreOptions } from "../../store/aws/functionStore.ts"

export type Environment = { readonly [name: string]: string | undefined }

/** A function was deployed without a variable that it needs. */
export class EnvironmentIncomplete extends LibraryError<EnvironmentIncomplete>()("EnvironmentIncomplete", {
  message: Schema.String,
  variable: Schema.String
}) {}

/** What the variables of a function are for: with the names, all of a deployment's contract with its functions. */
export const variables = {
  DYNACTOR_TABLE: "the name of the table",
  DYNACTOR_BUCKET: "the name of the bucket for large payloads",
  DYNACTOR_QUEUE_URL: "the URL of the step queue",
  DYNACTOR_DEAD_LETTER_QUEUE_URL: "the URL of the step queue's dead-letter queue",
  DYNACTOR_SCHEDULER_GROUP: "the schedule group of long timers (optional: the group default)",
  DYNACTOR_SCHEDULER_ROLE_ARN:
    "the role that long timers' rows are put as (optional: without it they wait on the queue)",
  DYNACTOR_SCHEDULER_KEY_ARN:
    "the customer's own key for the schedules of long timers (optional: a key of Scheduler's)",
  DYNACTOR_CALLBACK_SECRET_ARN:
    "the secret with the keys for tokens of callbacks (optional: without it a callback parks its run)",
  DYNACTOR_CODEC_KEY_ARN: "the KMS key of the entry's codec, if that is a kmsCodec and names no other (optional)",
  DYNACTOR_CALLBACK_URL: "where the HTTP API takes answers to callbacks (optional: callbacks have no url)",
  DYNACTOR_RETENTION_MS: "how long runs are kept whose workflow does not say, in milliseconds (optional: for ever)",
  DYNACTOR_TENANT: "whose runs these are (optional: those without a tenant)",
  DYNACTOR_METRICS:
    "`embedded`: metrics go to CloudWatch, in lines of the log; `embeddedByName`: by workflow and step as well (optional: they do not)",
  DYNACTOR_TRACING: "`xray`: spans of runs go to X-Ray (optional: they do not)",
  DYNACTOR_TRACED_SHARE: "of runs that nobody has started within a trace, how many are traced, 0 to 1 (optional: 0.05)",
  DYNACTOR_DASHBOARD: "`on`: the HTTP API serves the dashboard, whose files are beside its own (optional: it does not)",
  DYNACTOR_DASHBOARD_SIGN_IN:
    "how people get a token in the dashboard, as JSON (optional: they enter one that they have)"
} as const

export type Variable = keyof typeof variables

const required = (environment: Environment, variable: Variable): Effect.Effect<string, EnvironmentIncomplete> => {
  const value = environment[variable]
  if (value !== undefined && value !== "") return Effect.succeed(value)
  const message = `the environment variable ${variable} is not set: ${variables[variable]}`
  return Effect.fail(new EnvironmentIncomplete({ variable, message }))
}

const optional = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined || value === "" ? {} : { [name]: value }) as { readonly [K in Name]?: string }

/**
 * The SDK's own variables (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html). It would find them by itself,
 * and still send a queue's calls to the host in the queue's URL, and a bucket's to a host of the bucket's name.
 */
const endpointsOf = (environment: Environment): AwsEndpoints => ({
  ...optional("dynamodb", environment.AWS_ENDPOINT_URL_DYNAMODB),
  ...optional("sqs", environment.AWS_ENDPOINT_URL_SQS),
  ...optional("s3", environment.AWS_ENDPOINT_URL_S3),
  ...optional("scheduler", environment.AWS_ENDPOINT_URL_SCHEDULER),
  ...optional("secretsManager", environment.AWS_ENDPOINT_URL_SECRETS_MANAGER)
})

export const hasDashboard = (environment: Environment): boolean => environment.DYNACTOR_DASHBOARD === "on"

/** Throws a RangeError for what is no number: as one of nothing, each run would be deleted as it ends. */
export const retentionMsOf = ({ DYNACTOR_RETENTION_MS: text = "" }: Environment): number | undefined => {
  if (text === "") return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw new RangeError(`DYNACTOR_RETENTION_MS is ${JSON.stringify(text)}: a whole number of milliseconds`)
}

export const tenantOf = (environment: Environment): string => environment.DYNACTOR_TENANT ?? ""

/** Of the function `api`, and of users' own that only start, signal, cancel and read. */
export const clientStoreOptions = Effect.fnUntraced(function* (environment: Environment) {
  return {
    tableName: yield* required(environment, "DYNACTOR_TABLE"),
    bucketName: yield* required(environment, "DYNACTOR_BUCKET"),
    tenant: tenantOf(environment),
    ...optional("callbackSecretId", environment.DYNACTOR_CALLBACK_SECRET_ARN),
    ...optional("callbackUrl", environment.DYNACTOR_CALLBACK_URL),
    endpoints: endpointsOf(environment)
  } satisfies ClientStoreOptions
})

/** Of all functions that turn runs. */
export const turnStoreOptions = Effect.fnUntraced(function* (environment: Environment) {
  return {
    ...(yield* clientStoreOptions(environment)),
    queueUrl: yield* required(environment, "DYNACTOR_QUEUE_URL"),
    // Lambda receives dead letters: only their consumer needs to know from where.
    deadLetterQueueUrl: environment.DYNACTOR_DEAD_LETTER_QUEUE_URL ?? "",
    ...optional("schedulerGroupName", environment.DYNACTOR_SCHEDULER_GROUP),
    ...optional("schedulerRoleArn", environment.DYNACTOR_SCHEDULER_ROLE_ARN),
    ...optional("schedulerKeyArn", environment.DYNACTOR_SCHEDULER_KEY_ARN)
  } satisfies TurnStoreOptions
})

export const queueUrlOf = (environment: Environment) => required(environment, "DYNACTOR_QUEUE_URL")

export const deadLetterQueueUrlOf = (environment: Environment) =>
  required(environment, "DYNACTOR_DEAD_LETTER_QUEUE_URL")
