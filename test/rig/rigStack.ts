import { type App, CfnOutput, Stack } from "aws-cdk-lib"
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { AccountRootPrincipal, PolicyStatement, Role } from "aws-cdk-lib/aws-iam"
import { Dynactor, type DynactorProps } from "dynactor/cdk"

/** Workflows as a user would deploy them, and people who may do this and that with their runs. */
export class RigStack extends Stack {
  constructor(app: App, id: string, props: DynactorProps) {
    super(app, id)
    const deployed = new Dynactor(this, "Runs", {
      httpApiAuthorizer: new HttpIamAuthorizer(),
      bundling: { conditions: ["source"] },
      ...props
    })
    const { grants, httpApi, table, bucket } = deployed
    const role = (name: string) => {
      const made = new Role(this, name, { assumedBy: new AccountRootPrincipal() })
      new CfnOutput(this, `${name}Arn`, { value: made.roleArn })
      return made
    }
    const shop = role("Shop")
    grants.start(shop)
    grants.signal(shop)
    grants.cancel(shop)
    grants.read(shop)
    const api = httpApi?.arnForExecuteApi() ?? ""
    shop.addToPolicy(new PolicyStatement({ actions: ["execute-api:Invoke"], resources: [api] }))
    grants.read(role("Reader"))
    grants.start(role("Starter"))
    grants.tenant(role("Tenant"), "ada")
    role("Stranger")
    const outputs = { TableName: table.tableName, BucketName: bucket.bucketName }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
