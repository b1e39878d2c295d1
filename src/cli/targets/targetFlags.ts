import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

/** On every command that is about runs. */
export const targetFlags = {
  file: text("file", "PATH", "The runs are in this SQLite file"),
  table: text("table", "NAME", "The runs are in this DynamoDB table; region, profile and endpoints are the SDK's"),
  stack: text("stack", "NAME", "The runs are those of this CloudFormation stack; its outputs say where"),
  url: text("url", "URL", "The runs are behind this HTTP API"),
  key: text("key", "KEY", "A key of the HTTP API; better in DYNACTOR_KEY"),
  tenant: text("tenant", "NAME", "Of a table: whose runs"),
  bucket: text("bucket", "NAME", "Of a table: the bucket of large values"),
  queueUrl: text("queue-url", "URL", "Of a table: the step queue"),
  deadLetterQueueUrl: text("dead-letter-queue-url", "URL", "Of a table: the queue of dead letters"),
  callbackSecret: text("callback-secret", "NAME", "Of a table: the secret with the keys of callbacks' tokens"),
  entry: text(
    "entry",
    "MODULE",
    "A module with the definitions: workflows, signals and so on; inputs are checked by them"
  )
} as const

export type TargetFlags = { readonly [Name in keyof typeof targetFlags]: Option.Option<string> }
