import { RemovalPolicy } from "aws-cdk-lib"
import type { IKey } from "aws-cdk-lib/aws-kms"
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager"
import type { Construct } from "constructs"
import { defined } from "../defined.ts"
import { acknowledge } from "../permissions/acknowledge.ts"

/** The keys that tokens of callbacks are signed with, of the form that `parseKeyRing` of the store reads: the first is made by the service. */
export const makeCallbackSecret = (
  scope: Construct,
  { encryptionKey, throwaway }: { readonly throwaway: boolean; readonly encryptionKey: IKey | undefined }
): ISecret => {
  const secret = new Secret(scope, "CallbackKeys", {
    description: "Keys that tokens of callbacks are signed with",
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ id: "1" }),
      generateStringKey: "secret",
      passwordLength: 48,
      excludePunctuation: true
    },
    removalPolicy: throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    ...defined({ encryptionKey })
  })
  acknowledge(secret, {
    "AwsSolutions-SMG4":
      "Tokens are good for as long as their key is kept. Whoever changes keys does so by `CallbackKeys.rotate`, which keeps those before."
  })
  // To the compiler's strictest setting CDK's classes are not quite their own interfaces.
  return secret as ISecret
}
