import { Duration, RemovalPolicy } from "aws-cdk-lib"
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2"
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import type { IKey } from "aws-cdk-lib/aws-kms"
import {
  type ApplicationLogLevel,
  Architecture,
  type CfnFunction,
  type Code,
  Function,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  type SystemLogLevel
} from "aws-cdk-lib/aws-lambda"
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs"
import type { Construct } from "constructs"
import { functionPermissions, type LambdaFunctionName } from "#src/streams/lambda/permissions"
import { defined } from "../defined.ts"
import { acknowledgeWildcards } from "../permissions/acknowledge.ts"
import { type Resources, statementsFor } from "../permissions/statements.ts"

export interface FunctionsOptions {
  readonly code: Code
  readonly environment: Readonly<Record<string, string>>
  readonly resources: Resources
  readonly throwaway: boolean
  readonly memorySize: number
  readonly stepMemorySize: number
  readonly timeout: Duration
  readonly stepTimeout: Duration
  readonly sweepTimeout: Duration
  readonly logRetention: RetentionDays
  readonly applicationLogLevel: ApplicationLogLevel
  readonly systemLogLevel: SystemLogLevel
  /** Does X-Ray follow invocations? */
  readonly isTraced: boolean
  readonly encryptionKey: IKey | undefined
  readonly vpc: IVpc | undefined
  readonly vpcSubnets: SubnetSelection | undefined
  readonly securityGroups: ReadonlyArray<ISecurityGroup> | undefined
}

/** How one function differs from another. */
interface FunctionDescription {
  readonly id: string
  readonly description: string
  readonly memorySize: number
  readonly timeout: Duration
  readonly recursiveLoop?: RecursiveLoop
  /** Statements beside those of its permissions. */
  readonly statements?: ReadonlyArray<PolicyStatement>
}

/** The longest that an HTTP API waits for its function is 30 s. */
const apiTimeout = Duration.seconds(29)

const describe = (name: LambdaFunctionName, options: FunctionsOptions): FunctionDescription => {
  const { memorySize, timeout } = options
  switch (name) {
    case "stream":
      return { id: "Stream", description: "Turns runs whose inbox has a new row", memorySize, timeout }
    case "step":
      return {
        id: "Step",
        description: "Works on steps, and turns their runs",
        memorySize: options.stepMemorySize,
        timeout: options.stepTimeout,
        // A step's outcome turns the run, and the turn sends the next step: a run of seventeen steps looks like a loop to
        // Lambda, which would end it with the sixteenth.
        recursiveLoop: RecursiveLoop.ALLOW
      }
    case "deadLetter":
      return {
        id: "DeadLetter",
        description: "Fails steps that nobody could work on",
        memorySize,
        timeout,
        // The same, for steps that end as dead letters one after the other.
        recursiveLoop: RecursiveLoop.ALLOW
      }
    case "sweep":
      return {
        id: "Sweep",
        description: "Finds runs that have lost a wake-up",
        memorySize,
        timeout: options.sweepTimeout
      }
    case "purge":
      return {
        id: "Purge",
        description: "Deletes runs that are older than they are to be kept",
        memorySize: 512,
        timeout: Duration.minutes(15)
      }
    case "api":
      return {
        id: "Api",
        description: "Starts, shows, signals and cancels runs over HTTP",
        memorySize,
        timeout: apiTimeout
      }
  }
}

/** A function with a role and a log group of its own. */
export const makeFunction = (
  scope: Construct,
  name: LambdaFunctionName,
  options: FunctionsOptions,
  extraStatements: ReadonlyArray<PolicyStatement> = []
): Function => {
  const { id, description, memorySize, timeout, recursiveLoop } = describe(name, options)
  const { code, environment, resources, encryptionKey, vpc, vpcSubnets, securityGroups } = options
  const logGroup = new LogGroup(scope, `${id}Log`, {
    retention: options.logRetention,
    removalPolicy: options.throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    ...defined({ encryptionKey })
  })
  const statements = [
    new PolicyStatement({
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn]
    }),
    ...statementsFor(functionPermissions[name], resources),
    ...extraStatements,
    ...(vpc === undefined ? [] : [networkStatement()]),
    ...(options.isTraced ? [tracingStatement()] : [])
  ]
  const role = new Role(scope, `${id}Role`, {
    description: `${id}: ${description}`,
    assumedBy: new ServicePrincipal("lambda.amazonaws.com")
  })
  // Beside the role and not in it: what grants step code a secret names the role in the policy of the secret's key, and that key may be
  // ours. Below it in the tree, so that it is there before the function and its event source, both of which are tried out as they are made.
  acknowledgeWildcards(new Policy(role, "Runs", { statements, roles: [role] }), statements)
  const made = new Function(scope, id, {
    description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code,
    handler: `index.${name}`,
    environment: { ...environment },
    memorySize,
    timeout,
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: options.applicationLogLevel,
    systemLogLevelV2: options.systemLogLevel,
    ...defined({
      recursiveLoop,
      environmentEncryption: encryptionKey,
      vpc,
      vpcSubnets,
      securityGroups: securityGroups === undefined ? undefined : [...securityGroups]
    })
  })
  // CDK's own property would put the right for it into a policy of its own.
  if (options.isTraced) (made.node.defaultChild as CfnFunction).tracingConfig = { mode: "Active" }
  return made
}

/** X-Ray has no resources (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html). */
const tracingStatement = () =>
  new PolicyStatement({ actions: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources: ["*"] })

/**
 * Lambda makes the network interfaces of a function in a VPC in its role's name, before there is anything to name
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
 */
const networkStatement = () =>
  new PolicyStatement({
    actions: [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses"
    ],
    resources: ["*"]
  })
