import { randomBytes } from "node:crypto"
import { type SecretsServer, startSecretsManager } from "../servers/secretsManager.ts"
import type { Stack } from "./template.ts"

/**
 * Secrets Manager with the secrets of a stack, each with the value that the service would have made for it:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-secretsmanager-secret-generatesecretstring.html.
 */
export const startRigSecrets = async (stack: Stack): Promise<SecretsServer> => {
  const server = await startSecretsManager()
  for (const { logicalId, properties } of stack.resources("AWS::SecretsManager::Secret")) {
    const { GenerateSecretString: made } = properties
    if (made === undefined) throw new Error(`the rig does not know how to make the secret ${logicalId}`)
    const generated = randomBytes(made.PasswordLength).toString("hex").slice(0, made.PasswordLength)
    const value = { ...JSON.parse(made.SecretStringTemplate), [made.GenerateStringKey]: generated }
    server.secrets.set(stack.physicalId(logicalId).ref, JSON.stringify(value))
  }
  return server
}
