import { type App, CfnOutput, Stack } from "aws-cdk-lib"
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { AccountRootPrincipal, PolicyStatement, Role } from "aws-cdk-lib/aws-iam"
import { Key } from "aws-cdk-lib/aws-kms"
import { CfnQueue } from "aws-cdk-lib/aws-sqs"
import { Dynactor, type DynactorProps } from "dynactor/cdk"

export interface RigStackProps extends DynactorProps {
  /** Receipts of a step before it is a dead letter, fewer than the construct allows: a test has no time for as many. */
  readonly receives?: number
  /** With a key for the codec that the entry exports. */
  readonly sealed?: boolean
}

/** Workflows as a user would deploy them, and people who may do this and that with their runs. */
export class RigStack extends Stack {
  constructor(app: App, id: string, { receives, sealed, ...props }: RigStackProps) {
    super(app, id)
    const codecKey = sealed === true ? { codecKey: new Key(this, "CodecKey") } : {}
    const deployed = new Dynactor(this, "Runs", {
      httpApiAuthorizer: new HttpIamAuthorizer(),
      bundling: { conditions: ["source"] },
      ...codecKey,
      ...props
    })
    const { grants, httpApi, table, bucket, queue } = deployed
    if (receives !== undefined) {
      const { defaultChild } = queue.node
      if (defaultChild instanceof CfnQueue) defaultChild.addPropertyOverride("RedrivePolicy.maxReceiveCount", receives)
    }
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
    // There if the deployment is a tenant's.
    if (props.tenant !== undefined) grants.tenant(role("Tenant"), props.tenant)
    role("Stranger")
    const outputs = { TableName: table.tableName, BucketName: bucket.bucketName }
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value })
  }
}
