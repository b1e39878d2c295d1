import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../../actor/errorPages.ts"
import { awsCall } from "../calls/awsCall.ts"
import { loadClient } from "./sdkMissing.ts"

/** There is no such stack in this account and region. */
export class StackNotFound extends LibraryError<StackNotFound>()("StackNotFound", {
  message: Schema.String,
  stack: Schema.String
}) {}

export interface StackDescription {
  readonly stack: string
  readonly status: string
  readonly outputs: { readonly [name: string]: string }
}

export interface DeploymentClientOptions {
  /** Where another server speaks for AWS. */
  readonly endpoint?: string
}

/** A stack's outputs, as it stands. Loads `@aws-sdk/client-cloudformation`. */
export const describeStack = Effect.fnUntraced(function* (stack: string, options: DeploymentClientOptions = {}) {
  const { CloudFormationClient, DescribeStacksCommand } = yield* loadClient(
    "@aws-sdk/client-cloudformation",
    "reading the outputs of a stack",
    () => import("@aws-sdk/client-cloudformation")
  )
  const client = yield* Effect.acquireRelease(
    Effect.sync(() => new CloudFormationClient({ ...options })),
    (opened) => Effect.sync(() => opened.destroy())
  )
  const asked = { operation: "describeStack", place: `the stack ${stack}` }
  const answer = yield* awsCall(
    asked,
    (abortSignal) => client.send(new DescribeStacksCommand({ StackName: stack }), { abortSignal }),
    (error) =>
      error.name === "ValidationError" && /does not exist/.test(error.message) ? { answer: undefined } : undefined
  )
  const [found] = answer?.Stacks ?? []
  if (found === undefined)
    return yield* new StackNotFound({ stack, message: `there is no stack ${stack} in this account and region` })
  const outputs = Object.fromEntries(
    (found.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue])
  )
  return { stack, status: found.StackStatus ?? "", outputs } satisfies StackDescription
})
