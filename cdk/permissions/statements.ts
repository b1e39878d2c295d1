import { PolicyStatement } from "aws-cdk-lib/aws-iam"
import type { Permissions } from "#src/streams/lambda/permissions"

/** The ARNs that permissions are for. */
export type Resources = { readonly [Name in keyof Permissions]-?: string } & {
  /** Of the customer's own keys, if there are any. */
  readonly encryptionKeys: ReadonlyArray<string>
  /** Of the key from which the entry's codec has its data keys, and whose they are. */
  readonly codec?: CodecKey | undefined
}

export interface CodecKey {
  readonly keyArn: string
  readonly tenant: string
}

const passedToScheduler = { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } }

/** What the services ask of whoever uses what a customer's key encrypts: the table, the queues, the bucket. */
const keyActions = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo"
]

/** Of these, what a read asks for. */
const readKeyActions = ["kms:Decrypt", "kms:DescribeKey"]

/**
 * A client's calls are to the table, the bucket and the secret of callbacks, which ask for the key in its name. What they hold is not to be had from the
 * key alone (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service).
 */
const through = (services: ReadonlyArray<string>) => ({
  StringLike: { "kms:ViaService": services.map((service) => `${service}.*.amazonaws.com`) }
})

/** One statement for each resource: its actions, by name. */
export const statementsFor = <Name extends keyof Permissions>(
  permissions: Pick<Permissions, Name>,
  resources: Pick<Resources, Name | "encryptionKeys" | "codec">
): Array<PolicyStatement> => {
  const names = Object.keys(permissions) as Array<Name>
  const statements = names.flatMap((name) => {
    const actions = permissions[name] ?? []
    if (actions.length === 0) return []
    const conditions = name === "schedulerRole" ? { conditions: passedToScheduler } : {}
    return [new PolicyStatement({ actions: [...actions], resources: [resources[name]], ...conditions })]
  })
  return [...statements, ...keyStatements(resources.encryptionKeys), ...codecStatements(resources.codec)]
}

/**
 * Data keys of this tenant and no other's: `kmsCodec` names it in the encryption context. Who only reads unwraps them; who writes has some made, and
 * opens what it finds in its place.
 */
export const codecStatements = (
  codec: CodecKey | undefined,
  reach: "read" | "readAndWrite" = "readAndWrite"
): Array<PolicyStatement> => {
  if (codec === undefined) return []
  const { keyArn, tenant } = codec
  const actions = reach === "read" ? ["kms:Decrypt"] : ["kms:Decrypt", "kms:GenerateDataKey"]
  const ofTenant = { "kms:EncryptionContext:dynactor:tenant": tenant === "" ? "/" : tenant }
  return [new PolicyStatement({ actions, resources: [keyArn], conditions: { StringEquals: ofTenant } })]
}

/** The customer's own keys, by their ARNs, for whoever uses what they encrypt. */
export const keyStatements = (keyArns: ReadonlyArray<string>): Array<PolicyStatement> =>
  keyArns.length === 0 ? [] : [new PolicyStatement({ actions: keyActions, resources: [...keyArns] })]

/** The same for clients, who reach less. */
export const clientKeyStatements = (
  keyArns: ReadonlyArray<string>,
  reach: "read" | "readAndWrite",
  services: ReadonlyArray<string> = ["dynamodb", "s3"]
): Array<PolicyStatement> => {
  const actions = reach === "read" ? readKeyActions : keyActions
  return keyArns.length === 0
    ? []
    : [new PolicyStatement({ actions: [...actions], resources: [...keyArns], conditions: through(services) })]
}
