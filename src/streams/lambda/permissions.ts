/** The functions of a deployment, by the names under which `makeHandlers` answers their handlers. */
export type LambdaFunctionName = "stream" | "step" | "deadLetter" | "sweep" | "purge" | "api"

/** Who may do something with runs from a function of the user's own. */
export type GrantName =
  | "start"
  | "restart"
  | "signal"
  | "cancel"
  | "callback"
  | "read"
  | "repair"
  | "delete"
  | "schedule"
  | "move"

/**
 * IAM actions by the resource that each is for. Nothing else is called: no wildcard, and nobody but `purge` deletes an item of the table or an object of the bucket.
 * Where a key of the customer's own encrypts table, queues or bucket, the rights to use it come on top (the construct's `statements.ts`).
 */
export interface Permissions {
  /** `arn:aws:dynamodb:<region>:<account>:table/<table>`. */
  readonly table?: ReadonlyArray<string>
  /** The table's ARN with `/index/runs`. */
  readonly listingIndex?: ReadonlyArray<string>
  /** The table's stream. Calls of the event source mapping, which acts as the function's role. */
  readonly stream?: ReadonlyArray<string>
  readonly queue?: ReadonlyArray<string>
  readonly deadLetterQueue?: ReadonlyArray<string>
  /** The bucket itself. */
  readonly bucket?: ReadonlyArray<string>
  /** The bucket's ARN with `/payloads/*`, or with `/payloads/<tenant>/*`. */
  readonly payloadObjects?: ReadonlyArray<string>
  /** With the keys for tokens of callbacks. */
  readonly callbackSecret?: ReadonlyArray<string>
  /** `arn:aws:scheduler:<region>:<account>:schedule/<group>/timer-*`. */
  readonly schedules?: ReadonlyArray<string>
  /** The role that Scheduler puts timers' rows as; under the condition `iam:PassedToService` = `scheduler.amazonaws.com`. */
  readonly schedulerRole?: ReadonlyArray<string>
}

/**
 * Without the right to list, S3 answers a missing object with 403 instead of 404, and a missing payload would look like a store
 * that is away (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions").
 */
const readPayloads = { bucket: ["s3:ListBucket"], payloadObjects: ["s3:GetObject"] }

const writePayloads = { payloadObjects: ["s3:PutObject"] }

const readAndWritePayloads = { ...readPayloads, payloadObjects: ["s3:GetObject", "s3:PutObject"] }

/** A turn signs tokens, and whoever takes an answer looks at one. */
const readCallbackKeys = { callbackSecret: ["secretsmanager:GetSecretValue"] }

/**
 * What a turn does: read the run (head, rows, all of them), put rows and the head, send steps and short timers, make and clear
 * schedules for long ones. A schedule is made for a role that Scheduler assumes, which is a right of its own to give away
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_id-based-policies.html).
 */
const turn = {
  ...readAndWritePayloads,
  ...readCallbackKeys,
  table: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
  queue: ["sqs:SendMessage"],
  schedules: ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"],
  schedulerRole: ["iam:PassRole"]
}

/**
 * Source: the managed policy `AWSLambdaDynamoDBExecutionRole`, without `ListStreams`, which is for another resource: the construct gives
 * it beside these, for the streams of this table, and the right to put away what the mapping gives up on.
 */
const readStream = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]

/** For the event source mapping. Source: the managed policy `AWSLambdaSQSQueueExecutionRole`. */
const poll = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]

/** Deleting and hiding go by the queue that a message is of; a batch call needs the right of the single one. */
const settle = ["sqs:ChangeMessageVisibility"]

/** Each function's calls: those of its code, and those that its event source mapping makes in its name. */
export const functionPermissions: { readonly [Name in LambdaFunctionName]: Permissions } = {
  stream: { ...turn, stream: readStream },
  step: { ...turn, queue: ["sqs:SendMessage", ...poll, ...settle] },
  deadLetter: { ...turn, deadLetterQueue: [...poll, ...settle] },
  // `Scan`: runs that were started and never begun are in no index.
  sweep: { ...turn, table: [...turn.table, "dynamodb:Scan"], listingIndex: ["dynamodb:Query"] },
  /**
   * A transaction of deletions needs the right to delete, as a batch does its own. Large outcomes that nobody was told of are copied to whoever is to know
   * them.
   */
  purge: {
    bucket: ["s3:ListBucket"],
    payloadObjects: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
    table: ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    listingIndex: ["dynamodb:Query"]
  },
  api: {
    ...readAndWritePayloads,
    ...readCallbackKeys,
    table: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
    listingIndex: ["dynamodb:Query"]
  }
}

/**
 * `Query`: who has sent something to an earlier generation of a run looks up whether it was adopted there, before what it sends next. That stands in the head, or, of more
 * than 64 messages, in the run's history.
 */
const send = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"] as const

/** What users' own functions need for the client's calls. */
export const grantPermissions: { readonly [Name in GrantName]: Permissions } = {
  /** `PutItem` alone: a put that is refused because the row is there hands that row back. */
  start: { ...writePayloads, table: ["dynamodb:PutItem"] },
  /** A condition is what `signalItem` gives beside its row: that the run has not ended. */
  signal: { ...writePayloads, table: ["dynamodb:ConditionCheckItem", ...send] },
  /** By a policy it is asked what there is, whose input may be a large value. */
  restart: { ...readAndWritePayloads, table: send },
  cancel: { table: send },
  /** What is to be kept is replayed before anything is written. */
  repair: { ...readAndWritePayloads, table: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"] },
  /** It says so in the head, and no more: what the run has stored the function `purge` deletes, which alone may. */
  delete: { table: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"] },
  schedule: { ...readAndWritePayloads, table: send },
  /** Into a store in which the run's id is free. */
  move: { ...writePayloads, table: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"] },
  /** `completeCallback`, `failCallback` and `heartbeatCallback`. */
  callback: {
    ...readAndWritePayloads,
    ...readCallbackKeys,
    table: ["dynamodb:GetItem", "dynamodb:PutItem"]
  },
  /** `get`, `wait`, `history`, `list`, `state`, `watch`, `updateAnswer`; with `signal` also `update`. */
  read: {
    ...readPayloads,
    table: ["dynamodb:GetItem", "dynamodb:Query"],
    listingIndex: ["dynamodb:Query"]
  }
}

/**
 * What a caller is granted for each call of a client, and for what speaks to a store beside it (`dynactor/inspection`, `dynactor/review`). docs/deploy.md shows
 * this table, and `test/rig/everyGrant` has a role of each row make the call.
 */
export const grantsOfCalls = {
  start: ["start"],
  startItem: ["start"],
  "start by a policy": ["restart"],
  execute: ["start", "read"],
  signalWithStart: ["signal"],
  signal: ["signal"],
  signalItem: ["signal"],
  sendUpdate: ["signal"],
  update: ["signal", "read"],
  explainCancelled: ["read"],
  cancel: ["cancel"],
  terminate: ["cancel"],
  pause: ["cancel"],
  resume: ["cancel"],
  completeCallback: ["callback"],
  failCallback: ["callback"],
  heartbeatCallback: ["callback"],
  get: ["read"],
  wait: ["read"],
  history: ["read"],
  list: ["read"],
  counts: ["read"],
  state: ["read"],
  watch: ["read"],
  stream: ["read"],
  updateAnswer: ["read"],
  "schedules.get": ["read"],
  "schedules.list": ["read"],
  "limits.get": ["read"],
  "limits.at": ["read"],
  "limits.list": ["read"],
  replayLive: ["read"],
  exportRun: ["read"],
  retry: ["repair"],
  reset: ["repair"],
  fork: ["repair"],
  delete: ["delete"],
  "schedules.ensure": ["schedule"],
  "schedules.pause": ["schedule"],
  "schedules.resume": ["schedule"],
  "schedules.trigger": ["schedule"],
  "schedules.backfill": ["schedule"],
  "schedules.remove": ["schedule"],
  importRun: ["move"]
} as const satisfies Readonly<Record<string, ReadonlyArray<GrantName>>>

/** The one thing that the role may do which EventBridge Scheduler assumes. */
export const schedulerRolePermissions: Permissions = { table: ["dynamodb:PutItem"] }
