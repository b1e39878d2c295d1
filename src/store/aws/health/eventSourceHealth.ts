import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda"
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import { type HealthCheck, ok, skipped, warning, wrong } from "../../health/healthCheck.ts"
import type { AwsClientOptions } from "../awsClients.ts"
import { type Probe, probe } from "./probe.ts"

export interface EventSourcesOptions extends Pick<AwsClientOptions, "region" | "credentials" | "endpoints"> {
  readonly tableName: string
  readonly queueUrl?: string | undefined
  readonly deadLetterQueueUrl?: string | undefined
}

interface Source {
  readonly id: string
  /** For people: `the table's stream`. */
  readonly what: string
  readonly arn: string
}

const nobodyKnows = (why: string) =>
  skipped("eventSources", `Whether functions of AWS Lambda are told of what comes was not looked at: ${why}.`)

/** What wakes functions: whether it is switched on, and how it went with it last. Needs `@aws-sdk/client-lambda`. */
export const checkEventSources = Effect.fnUntraced(function* (
  dynamodb: DynamoDBClient,
  sqs: SQSClient,
  options: EventSourcesOptions
) {
  const { credentials, endpoints, region } = options
  // Where other servers speak for AWS, AWS itself knows of none of it.
  if (endpoints !== undefined && Object.keys(endpoints).length > 0 && endpoints.lambda === undefined)
    return [nobodyKnows("nobody has said which server speaks for Lambda (AWS_ENDPOINT_URL_LAMBDA)")]
  const sdk = yield* Effect.promise(() => import("@aws-sdk/client-lambda").catch(() => undefined))
  if (sdk === undefined)
    return [
      nobodyKnows(
        "that needs the package @aws-sdk/client-lambda, which is not installed (npm install -D @aws-sdk/client-lambda)"
      )
    ]
  const sources = yield* sourcesOf(dynamodb, sqs, options)
  const client = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new sdk.LambdaClient({
          ...(region === undefined ? {} : { region }),
          ...(credentials === undefined ? {} : { credentials }),
          ...(endpoints?.lambda === undefined ? {} : { endpoint: endpoints.lambda })
        })
    ),
    (opened) => Effect.sync(() => opened.destroy())
  )
  const checks = yield* Effect.forEach(sources, (source) => {
    const of: Probe = {
      id: source.id,
      action: "lambda:ListEventSourceMappings",
      resource: `the event sources of ${source.what}`,
      arn: "*"
    }
    const asked = probe(of, async (abortSignal) => {
      const command = new sdk.ListEventSourceMappingsCommand({ EventSourceArn: source.arn })
      return (await client.send(command, { abortSignal })).EventSourceMappings ?? []
    })
    return Effect.map(asked, (probed) => ("check" in probed ? [probed.check] : checksOf(source, probed.value)))
  })
  return checks.flat()
})

/** Those that can be found: what cannot is told by the checks of table and queues. */
const sourcesOf = Effect.fnUntraced(function* (
  dynamodb: DynamoDBClient,
  sqs: SQSClient,
  { deadLetterQueueUrl, queueUrl, tableName }: EventSourcesOptions
) {
  const quietly = (ask: (signal: AbortSignal) => Promise<string | undefined>) =>
    Effect.orElseSucceed(Effect.tryPromise(ask), () => undefined)
  const ofQueue = (url: string | undefined) =>
    url === undefined
      ? Effect.succeed(undefined)
      : quietly(async (abortSignal) => {
          const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] })
          return (await sqs.send(command, { abortSignal })).Attributes?.QueueArn
        })
  const stream = quietly(async (abortSignal) => {
    const command = new DescribeTableCommand({ TableName: tableName })
    return (await dynamodb.send(command, { abortSignal })).Table?.LatestStreamArn
  })
  const [streamArn, queueArn, deadArn] = yield* Effect.all([stream, ofQueue(queueUrl), ofQueue(deadLetterQueueUrl)], {
    concurrency: "unbounded"
  })
  const found = [
    { id: "eventSources.stream", what: "the table's stream", arn: streamArn },
    { id: "eventSources.queue", what: "the step queue", arn: queueArn },
    { id: "eventSources.deadLetters", what: "the queue of dead letters", arn: deadArn }
  ]
  return found.filter((one): one is Source => one.arn !== undefined && one.arn !== "")
})

const checksOf = ({ id, what }: Source, mappings: ReadonlyArray<EventSourceMappingConfiguration>) =>
  mappings.length === 0
    ? [skipped(id, `No function is told by ${what}: a host in a plain process reads it, or nobody does.`)]
    : mappings.map((mapping) => checkOf(id, what, mapping))

const checkOf = (
  id: string,
  what: string,
  { FunctionArn = "", LastProcessingResult = "", State = "", UUID = "" }: EventSourceMappingConfiguration
): HealthCheck => {
  const name = FunctionArn.replace(/^.*:function:/, "")
  if (/^Disabl/.test(State))
    return wrong(
      id,
      `The event source of ${what} for the function ${name} is switched off: what comes there waits.`,
      `Switch it on: aws lambda update-event-source-mapping --uuid ${UUID} --enabled`
    )
  if (/^PROBLEM/i.test(LastProcessingResult))
    return warning(
      id,
      `The event source of ${what} for the function ${name} had trouble last: ${LastProcessingResult}.`,
      `See the log of ${name} (dynactor logs), and whether its role may read there.`
    )
  return ok(
    id,
    `The event source of ${what} for the function ${name} is ${State === "" ? "there" : State.toLowerCase()}.`
  )
}
