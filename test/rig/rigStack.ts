import { fileURLToPath } from "node:url"
import { type App, CfnOutput, Duration, Stack } from "aws-cdk-lib"
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { AccountRootPrincipal, PolicyStatement, Role } from "aws-cdk-lib/aws-iam"
import { Dynactor } from "dynactor/cdk"

export interface OrdersStackOptions {
  /** Where the steps write what they do. */
  readonly ledger: string
}

/** The demo's orders as a user would deploy them, with times short enough to be waited for, and people who may do this and that. */
export class OrdersStack extends Stack {
  constructor(app: App, id: string, { ledger }: OrdersStackOptions) {
    super(app, id)
    const orders = new Dynactor(this, "Orders", {
      entry: fileURLToPath(new URL("../../examples/orders/workflows.ts", import.meta.url)),
      environment: { ORDERS_LEDGER: ledger },
      // What a function that was killed had in hand comes back after as long.
      stepTimeout: Duration.seconds(6),
      timeout: Duration.seconds(20),
      httpApiAuthorizer: new HttpIamAuthorizer(),
      bundling: { conditions: ["source"] }
    })
    const role = (name: string) => {
      const made = new Role(this, name, { assumedBy: new AccountRootPrincipal() })
      new CfnOutput(this, `${name}Arn`, { value: made.roleArn })
      return made
    }
    const shop = role("Shop")
    orders.grants.start(shop)
    orders.grants.signal(shop)
    orders.grants.cancel(shop)
    orders.grants.read(shop)
    orders.httpApi?.arnForExecuteApi()
    const invoke = new PolicyStatement({
      actions: ["execute-api:Invoke"],
      resources: [orders.httpApi?.arnForExecuteApi() ?? ""]
    })
    shop.addToPolicy(invoke)
    orders.grants.read(role("Reader"))
    orders.grants.start(role("Starter"))
    orders.grants.tenant(role("Tenant"), "ada")
    role("Stranger")
    const outputs = { TableName: orders.table.tableName, BucketName: orders.bucket.bucketName }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
