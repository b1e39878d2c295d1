import type { DeployedFunction } from "../deployment.ts"
import { evaluate } from "../permissions.ts"
import type { Properties, Stack, StackResource } from "../template.ts"
import { parsePattern } from "./filters.ts"
import type { QueueMapping } from "./queue.ts"
import type { StreamMapping } from "./stream.ts"

export type Mapping =
  | (Common & { readonly kind: "stream"; readonly mapping: StreamMapping; readonly destination: string | undefined })
  | (Common & { readonly kind: "queue"; readonly mapping: QueueMapping; readonly queueUrl: string })

interface Common {
  readonly id: string
  readonly sourceArn: string
  readonly target: DeployedFunction
}

/** Whatever else a mapping says, the rig does not do, and says so. */
const known = new Set([
  "BatchSize",
  "BisectBatchOnFunctionError",
  "DestinationConfig",
  "Enabled",
  "EventSourceArn",
  "FilterCriteria",
  "FunctionName",
  "FunctionResponseTypes",
  "KmsKeyArn",
  "MaximumBatchingWindowInSeconds",
  "MaximumRecordAgeInSeconds",
  "MaximumRetryAttempts",
  "MetricsConfig",
  "ParallelizationFactor",
  "ScalingConfig",
  "StartingPosition",
  "Tags"
])

/**
 * The mappings of a stack, and what Lambda would refuse about them when they are made:
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html.
 */
export const mappingsOf = (stack: Stack, functions: ReadonlyArray<DeployedFunction>): ReadonlyArray<Mapping> =>
  stack.resources("AWS::Lambda::EventSourceMapping").flatMap((resource) => {
    const { logicalId, properties } = resource
    const strange = Object.keys(properties).filter((name) => !known.has(name))
    if (strange.length > 0) throw new Error(`mapping ${logicalId}: the rig does not know ${strange.join(", ")}`)
    if (properties.Enabled === false) return []
    const target = functions.find(({ name, arn }) => [name, arn].includes(properties.FunctionName))
    if (target === undefined) throw new Error(`mapping ${logicalId}: no function ${properties.FunctionName}`)
    const isQueue = String(properties.EventSourceArn).split(":")[2] === "sqs"
    return [isQueue ? queueMapping(stack, resource, target) : streamMapping(stack, resource, target)]
  })

const refuse = (logicalId: string, why: string): never => {
  throw new Error(`mapping ${logicalId}: Lambda would refuse it: ${why}`)
}

const checkRange = (logicalId: string, name: string, value: number, from: number, to: number) => {
  if (value < from || value > to) refuse(logicalId, `${name} is ${value}, and goes from ${from} to ${to}`)
}

const filtersOf = ({ FilterCriteria }: Properties) =>
  ((FilterCriteria?.Filters ?? []) as Array<{ readonly Pattern: string }>).map(({ Pattern }) => parsePattern(Pattern))

const reportsFailures = ({ FunctionResponseTypes = [] }: Properties): boolean =>
  FunctionResponseTypes.includes("ReportBatchItemFailures")

/** Lambda tries the function's role when the mapping is made. */
const checkRole = (logicalId: string, { role }: DeployedFunction, resource: string, actions: ReadonlyArray<string>) => {
  const missing = actions.filter((action) => !evaluate({ action, resource }, { identity: role.statements }).allowed)
  if (missing.length > 0) refuse(logicalId, `the function's role may not ${missing.join(", ")} on ${resource}`)
}

/** -1 is for ever. */
const orForever = (value: number | undefined): number =>
  value === undefined || value === -1 ? Number.POSITIVE_INFINITY : value

const streamMapping = (stack: Stack, { logicalId, properties }: StackResource, target: DeployedFunction): Mapping => {
  const {
    BatchSize = 100,
    MaximumBatchingWindowInSeconds = 0,
    ParallelizationFactor = 1,
    StartingPosition
  } = properties
  const maxRetries = orForever(properties.MaximumRetryAttempts)
  const maxRecordAgeSeconds = orForever(properties.MaximumRecordAgeInSeconds)
  const sourceArn: string = properties.EventSourceArn
  checkRange(logicalId, "BatchSize", BatchSize, 1, 10_000)
  checkRange(logicalId, "MaximumBatchingWindowInSeconds", MaximumBatchingWindowInSeconds, 0, 300)
  checkRange(logicalId, "ParallelizationFactor", ParallelizationFactor, 1, 10)
  if (maxRetries !== Number.POSITIVE_INFINITY) checkRange(logicalId, "MaximumRetryAttempts", maxRetries, 0, 10_000)
  if (maxRecordAgeSeconds !== Number.POSITIVE_INFINITY) {
    checkRange(logicalId, "MaximumRecordAgeInSeconds", maxRecordAgeSeconds, 60, 604_800)
  }
  if (StartingPosition !== "TRIM_HORIZON" && StartingPosition !== "LATEST") refuse(logicalId, "StartingPosition")
  const actions = ["DescribeStream", "GetRecords", "GetShardIterator"].map((action) => `dynamodb:${action}`)
  checkRole(logicalId, target, sourceArn, actions)
  // Streams are listed of a table, and the right is one to any of its streams.
  checkRole(logicalId, target, `${sourceArn.split("/stream/")[0]}/stream/*`, ["dynamodb:ListStreams"])
  return {
    kind: "stream",
    id: stack.physicalId(logicalId).ref,
    sourceArn,
    target,
    destination: properties.DestinationConfig?.OnFailure?.Destination,
    mapping: {
      startingPosition: StartingPosition,
      batchSize: BatchSize,
      windowMs: MaximumBatchingWindowInSeconds * 1000,
      parallelizationFactor: ParallelizationFactor,
      maxRetries,
      maxRecordAgeMs: maxRecordAgeSeconds * 1000,
      bisects: properties.BisectBatchOnFunctionError === true,
      reportsFailures: reportsFailures(properties),
      filters: filtersOf(properties)
    }
  }
}

/** Without a maximum of its own a queue's mapping goes up to this. */
const defaultMaxConcurrency = 1_250

const queueMapping = (stack: Stack, { logicalId, properties }: StackResource, target: DeployedFunction): Mapping => {
  const { BatchSize = 10, MaximumBatchingWindowInSeconds: windowSeconds = 0, ScalingConfig = {} } = properties
  const { MaximumConcurrency } = ScalingConfig
  const sourceArn: string = properties.EventSourceArn
  checkRange(logicalId, "BatchSize", BatchSize, 1, 10_000)
  checkRange(logicalId, "MaximumBatchingWindowInSeconds", windowSeconds, 0, 300)
  if (BatchSize > 10 && windowSeconds < 1) refuse(logicalId, "a batch of more than ten needs a window")
  if (MaximumConcurrency !== undefined) checkRange(logicalId, "MaximumConcurrency", MaximumConcurrency, 2, 1_000)
  if (sourceArn.endsWith(".fifo")) throw new Error(`mapping ${logicalId}: the rig does not know FIFO queues`)
  const queue = stack
    .resources("AWS::SQS::Queue")
    .find((one) => stack.physicalId(one.logicalId).attributes.Arn === sourceArn)
  if (queue === undefined) throw new Error(`mapping ${logicalId}: the stack has no queue ${sourceArn}`)
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: refused, or a message would come again while it is worked on.
  const visibilitySeconds = queue.properties.VisibilityTimeout ?? 30
  if (visibilitySeconds * 1000 < target.timeoutMs) {
    refuse(
      logicalId,
      `messages are hidden for ${visibilitySeconds} s, and the function may take ${target.timeoutMs / 1000}`
    )
  }
  const actions = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((action) => `sqs:${action}`)
  checkRole(logicalId, target, sourceArn, actions)
  checkLoop(logicalId, target, sourceArn)
  return {
    kind: "queue",
    id: stack.physicalId(logicalId).ref,
    sourceArn,
    target,
    queueUrl: stack.physicalId(queue.logicalId).ref,
    mapping: {
      batchSize: BatchSize,
      windowMs: windowSeconds * 1000,
      maxConcurrency: MaximumConcurrency ?? defaultMaxConcurrency,
      reportsFailures: reportsFailures(properties),
      filters: filtersOf(properties)
    }
  }
}

/**
 * Lambda ends a function that sends to its own queue with the sixteenth round, unless it was told that this is meant
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
 */
const checkLoop = (logicalId: string, { role, allowsRecursion, name }: DeployedFunction, sourceArn: string) => {
  const sends = evaluate({ action: "sqs:SendMessage", resource: sourceArn }, { identity: role.statements }).allowed
  if (sends && !allowsRecursion) {
    throw new Error(`mapping ${logicalId}: ${name} feeds its own queue, and Lambda would end that for a loop`)
  }
}
