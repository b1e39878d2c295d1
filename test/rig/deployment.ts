import { existsSync } from "node:fs"
import { join } from "node:path"
import type { FunctionDescription } from "./container.ts"
import { evaluate, type Statement } from "./permissions.ts"
import type { Stack, StackResource } from "./template.ts"

/** A role of the stack. */
export interface Role {
  readonly arn: string
  readonly name: string
  readonly statements: ReadonlyArray<Statement>
  readonly trust: ReadonlyArray<Statement>
}

/** Managed policies that a stack may name, as far as they matter here. */
const managedPolicies: Readonly<Record<string, ReadonlyArray<Statement>>> = {
  "service-role/AWSLambdaBasicExecutionRole": [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: "*"
    }
  ]
}

/** Every role by its ARN, with the policies in it, beside it and attached to it. */
export const rolesOf = (stack: Stack): ReadonlyMap<string, Role> => {
  const policies = stack.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
  const roles = stack.resources("AWS::IAM::Role").map(({ logicalId, properties }): Role => {
    const { ref: name, attributes } = stack.physicalId(logicalId)
    const managed = ((properties.ManagedPolicyArns ?? []) as Array<string>).flatMap((arn) => {
      const known = managedPolicies[arn.split(":policy/")[1] ?? ""]
      if (known === undefined) throw new Error(`the rig does not know the managed policy ${arn}`)
      return known
    })
    const inline = ((properties.Policies ?? []) as Array<any>).flatMap(statementsOf)
    const attached = policies.filter((policy) => policy.properties.Roles?.includes(name))
    return {
      arn: attributes.Arn ?? "",
      name,
      statements: [...inline, ...attached.flatMap((policy) => statementsOf(policy.properties)), ...managed],
      trust: properties.AssumeRolePolicyDocument.Statement
    }
  })
  return new Map(roles.map((role) => [role.arn, role]))
}

const statementsOf = ({ PolicyDocument }: { readonly PolicyDocument?: any }): ReadonlyArray<Statement> =>
  PolicyDocument.Statement

/** The policies of queues and buckets, by the ARN of what they are about. */
export const resourcePoliciesOf = (stack: Stack): ReadonlyMap<string, ReadonlyArray<Statement>> => {
  const policies = new Map<string, ReadonlyArray<Statement>>()
  const arnByRef = new Map(
    stack.resources("AWS::SQS::Queue", "AWS::S3::Bucket").map(({ logicalId }) => {
      const { ref, attributes } = stack.physicalId(logicalId)
      return [ref, attributes.Arn ?? ""]
    })
  )
  for (const { properties } of stack.resources("AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy")) {
    for (const ref of properties.Queues ?? [properties.Bucket]) {
      policies.set(arnByRef.get(ref) ?? "", statementsOf(properties))
    }
  }
  return policies
}

export interface DeployedFunction extends FunctionDescription {
  readonly role: Role
  /** May it write its log? Without the right, Lambda drops it. */
  readonly logs: boolean
  readonly reservedConcurrency: number | undefined
  readonly allowsRecursion: boolean
}

/** What a function has if the template does not say: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html. */
const defaultMemoryMb = 128
const defaultTimeoutSeconds = 3

/** The stack's Node functions, with their code. */
export const functionsOf = (
  stack: Stack,
  assets: ReadonlyMap<string, string>,
  roles: ReadonlyMap<string, Role>
): ReadonlyArray<DeployedFunction> =>
  stack
    .resources("AWS::Lambda::Function")
    .filter(({ properties }) => String(properties.Runtime).startsWith("nodejs"))
    .map((resource) => functionOf(stack, resource, assets, roles))

const functionOf = (
  stack: Stack,
  { logicalId, properties }: StackResource,
  assets: ReadonlyMap<string, string>,
  roles: ReadonlyMap<string, Role>
): DeployedFunction => {
  const { ref: name, attributes } = stack.physicalId(logicalId)
  const folder = assets.get(properties.Code.S3Key)
  if (folder === undefined) throw new Error(`function ${name}: no asset ${properties.Code.S3Key}`)
  const [module = "", exportName = ""] = String(properties.Handler).split(".")
  const file = ["mjs", "js", "cjs"].map((end) => join(folder, `${module}.${end}`)).find((path) => existsSync(path))
  if (file === undefined) throw new Error(`function ${name}: its code has no module ${module}`)
  const role = roles.get(properties.Role)
  if (role === undefined) throw new Error(`function ${name}: the stack has no role ${properties.Role}`)
  return {
    name,
    arn: attributes.Arn ?? "",
    file,
    exportName,
    environment: properties.Environment?.Variables ?? {},
    memoryMb: properties.MemorySize ?? defaultMemoryMb,
    timeoutMs: (properties.Timeout ?? defaultTimeoutSeconds) * 1000,
    role,
    logs: mayLog(stack, role, properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`),
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    allowsRecursion: properties.RecursiveLoop === "Allow"
  }
}

/** The rights of https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html#monitoring-cloudwatchlogs-prereqs. */
const mayLog = ({ region, accountId }: Stack, role: Role, group: string): boolean => {
  const resource = `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:one`
  return ["logs:CreateLogStream", "logs:PutLogEvents"].every(
    (action) => evaluate({ action, resource }, { identity: role.statements }).allowed
  )
}
