import { fileURLToPath } from "node:url"
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib"
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import type { Construct } from "constructs"
import { Dynactor } from "dynactor/cdk"

export interface ExamplesStackProps extends StackProps {
  readonly throwaway: boolean
}

/** The examples as a user of the package would deploy them. */
export class ExamplesStack extends Stack {
  readonly orders: Dynactor

  constructor(scope: Construct, id: string, { throwaway, ...props }: ExamplesStackProps) {
    super(scope, id, { description: "Examples of dynactor: orders, and bikes for rent", ...props })
    this.orders = new Dynactor(this, "Orders", {
      entry: fileURLToPath(new URL("../examples/workflows.ts", import.meta.url)),
      throwaway,
      httpApiAuthorizer: new HttpIamAuthorizer(),
      // Here the package is its own sources; users need none of this.
      bundling: { conditions: ["source"] }
    })
    const { table, queue, deadLetterQueue, bucket, functions, httpApiUrl, scheduleGroupName } = this.orders
    const outputs = {
      TableName: table.tableName,
      BucketName: bucket.bucketName,
      QueueUrl: queue.queueUrl,
      DeadLetterQueueUrl: deadLetterQueue.queueUrl,
      StreamFunction: functions.stream.functionName,
      StepFunction: functions.step.functionName,
      DeadLetterFunction: functions.deadLetter.functionName,
      SweepFunction: functions.sweep.functionName,
      ApiFunction: functions.api?.functionName ?? "",
      ScheduleGroup: scheduleGroupName,
      HttpApiUrl: httpApiUrl ?? ""
    }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
