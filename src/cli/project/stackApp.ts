export interface StackAppOptions {
  readonly stack: string
  /** The expression that gives the entry's path. */
  readonly entry: string
  /** Further properties of the construct, each a line of code. */
  readonly properties?: ReadonlyArray<string>
  /** `people`: to be read and changed. `command`: written by `deploy`, with what that needs. */
  readonly outputsFor: "people" | "command"
}

/** A CDK app with one stack: what is deployed, and outputs by which commands and clients find it. */
export const stackApp = ({ entry, outputsFor, properties = [], stack }: StackAppOptions): string => {
  const isOurs = outputsFor === "command"
  const lines = [
    `entry: ${entry},`,
    ...(isOurs
      ? properties
      : [
          "// Who may use the HTTP API: whoever has the right to invoke it. Leave it out, and there is none.",
          "httpApiAuthorizer: new HttpIamAuthorizer(),",
          "// For trials: `npx cdk deploy -c throwaway=true` deletes all data with the stack.",
          'throwaway: app.node.tryGetContext("throwaway") === "true"'
        ])
  ]
  const needsAuthorizer = lines.some((line) => line.includes("HttpIamAuthorizer"))
  return `${isOurs ? "// Written by `dynactor deploy`, and written anew with each. For an app of your own: `dynactor init`.\n" : ""}import { App, CfnOutput, Stack } from "aws-cdk-lib"
${needsAuthorizer ? 'import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"\n' : ""}import { Dynactor } from "dynactor/cdk"

const app = new App()
const stack = new Stack(app, ${JSON.stringify(stack)})
const { table, bucket, queue, deadLetterQueue, httpApiUrl } = new Dynactor(stack, "Workflows", {
${lines.map((line) => `  ${line}`).join("\n")}
})

// By these \`npx dynactor list --stack ${stack}\` finds the runs.
const outputs = {
  TableName: table.tableName,
  BucketName: bucket.bucketName,
  QueueUrl: queue.queueUrl,
  DeadLetterQueueUrl: deadLetterQueue.queueUrl,
  ...(httpApiUrl === undefined ? {} : { HttpApiUrl: httpApiUrl })
}
for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value })
`
}
