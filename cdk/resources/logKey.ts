import { Stack } from "aws-cdk-lib"
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import type { IKey } from "aws-cdk-lib/aws-kms"

/**
 * CloudWatch Logs uses a key in its own name, and the key's policy has to let it: for log groups of this account. A
 * key that was imported keeps the policy that it has.
 */
export const allowLogs = (key: IKey): void => {
  const { account, region, partition } = Stack.of(key)
  const prefix = `arn:${partition}:logs:${region}:${account}:log-group:*`
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: "CloudWatchLogs",
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo"
      ],
      resources: ["*"],
      conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": prefix } }
    })
  )
}
