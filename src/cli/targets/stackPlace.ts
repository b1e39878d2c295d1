import * as Effect from "effect/Effect"
import { CommandFailed, notFound, wrongUse } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import type { StackPlace } from "./choosePlace.ts"

const names = {
  tableName: "TableName",
  bucketName: "BucketName",
  queueUrl: "QueueUrl",
  deadLetterQueueUrl: "DeadLetterQueueUrl",
  callbackSecretId: "CallbackSecretArn",
  tenant: "Tenant"
} as const

/** A stack's outputs by name, and its state. */
export const readStack = Effect.fnUntraced(function* (
  stack: string,
  environment: { readonly [name: string]: string | undefined }
) {
  const { describeStack } = yield* Effect.promise(() => import("../../store/aws/deployment/describeStack.ts"))
  const endpoint = environment.AWS_ENDPOINT_URL_CLOUDFORMATION ?? environment.AWS_ENDPOINT_URL
  return yield* Effect.scoped(describeStack(stack, endpoint === undefined ? {} : { endpoint })).pipe(
    Effect.catchTag("StackNotFound", ({ message }) =>
      Effect.fail(notFound(`${message}.`, "look at AWS_REGION and AWS_PROFILE, and at the name"))
    ),
    Effect.catchTag("SdkMissing", ({ message }) =>
      Effect.fail(new CommandFailed({ kind: "SdkMissing", exitCode: exitCodes.wrongUse, message }))
    )
  )
})

/** Where the runs of a stack are, by outputs as `dynactor deploy` makes them, or of a name that ends so. */
export const stackPlace = Effect.fnUntraced(function* (
  stack: string,
  environment: { readonly [name: string]: string | undefined }
) {
  const { outputs } = yield* readStack(stack, environment)
  const place: { -readonly [Name in keyof typeof names]?: string } = {}
  for (const [field, name] of Object.entries(names) as Array<[keyof typeof names, string]>) {
    const value = outputs[name] ?? onlyOne(endingWith(outputs, name))
    if (value !== undefined) place[field] = value
  }
  const { tableName } = place
  if (tableName !== undefined) return { ...place, tableName } satisfies StackPlace
  return yield* wrongUse(
    `the outputs of the stack ${stack} do not say which table it has: ${Object.keys(outputs).join(", ") || "there are none"}.`,
    `give the stack an output TableName (and BucketName, QueueUrl, DeadLetterQueueUrl), as \`dynactor deploy\` does, or say --table`
  )
})

/** `DeadLetterQueueUrl` ends as `QueueUrl` does, and is another. */
const endingWith = (outputs: { readonly [name: string]: string }, name: string): ReadonlyArray<string> =>
  Object.entries(outputs).flatMap(([output, value]) =>
    output.endsWith(name) && (name !== "QueueUrl" || !output.endsWith("DeadLetterQueueUrl")) ? [value] : []
  )

const onlyOne = (values: ReadonlyArray<string>): string | undefined => (values.length === 1 ? values[0] : undefined)
