import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams"
import { S3Client } from "@aws-sdk/client-s3"
import { SchedulerClient } from "@aws-sdk/client-scheduler"
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { SQSClient } from "@aws-sdk/client-sqs"
import { defineStep, defineWorkflow } from "dynactor"
import { functionPermissions, type LambdaFunctionName, type Permissions } from "dynactor/lambda"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeApiHandler } from "../../../src/http/lambdaApi.ts"
import type { AwsClients } from "../../../src/store/aws/awsClients.ts"
import { awsClientStore, awsTurnStore } from "../../../src/store/aws/functionStore.ts"
import { makeTurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { type SchedulerServer, startScheduler } from "../../servers/scheduler.ts"
import { prepareTestAws, testCredentials, testRegion } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import { approved } from "./definitions.ts"
import { contextWith, type Deployment, openPlatform, type Platform } from "./platform.ts"

const produce = defineStep("produce", {
  input: Schema.Number,
  output: Schema.String,
  retry: { attempts: 2, initial: 0 },
  run: (length, { attempt }) => (attempt === 1 ? Effect.die(new Error("not yet")) : Effect.succeed("x".repeat(length)))
})

/** Large values, steps that are tried again, and a long timer that is cleared. */
const broad = defineWorkflow("broad", {
  input: Schema.String,
  output: Schema.Number,
  run: Effect.fn(function* (name: string) {
    const text = yield* produce(300_000)
    yield* Effect.race(Effect.sleep("1 hour"), approved.receive)
    return text.length + name.length
  })
})

type Resource = keyof Permissions

/** The action and the resource of a call; Scheduler is handed a role with each schedule. */
const needs = (
  client: string,
  command: string,
  input: any,
  deployment: Deployment
): ReadonlyArray<[Resource, string]> => {
  const name = command.replace(/Command$/, "")
  switch (client) {
    case "DynamoDBClient":
      return [[input.IndexName === undefined ? "table" : "listingIndex", `dynamodb:${name}`]]
    case "SQSClient":
      return [
        [
          input.QueueUrl === deployment.deadLetterQueueUrl ? "deadLetterQueue" : "queue",
          `sqs:${name.replace(/Batch$/, "")}`
        ]
      ]
    case "S3Client":
      return [["payloadObjects", `s3:${name}`]]
    case "SecretsManagerClient":
      return [["callbackSecret", `secretsmanager:${name}`]]
    case "SchedulerClient":
      return [
        ["schedules", `scheduler:${name}`],
        ...(input.Target === undefined ? [] : [["schedulerRole", "iam:PassRole"] as [Resource, string]])
      ]
    default:
      throw new Error(`${client}.${command} is in no function's permissions`)
  }
}

describeWithServers("each function calls what its permissions allow", [dynoxide, fauxqs], (endpointOf) => {
  let deployment: Deployment
  let platform: Platform
  let scheduler: SchedulerServer
  let clients: AwsClients
  let current: LambdaFunctionName = "api"
  const used = new Map<LambdaFunctionName, Set<string>>()
  const denied: Array<string> = []

  const recorded = <Client extends { readonly middlewareStack: any }>(client: Client): Client => {
    client.middlewareStack.add(
      (next: any, { clientName, commandName }: any) =>
        (args: any) => {
          for (const [resource, action] of needs(clientName, commandName, args.input, deployment)) {
            used.set(current, (used.get(current) ?? new Set()).add(`${resource} ${action}`))
            if (functionPermissions[current][resource]?.includes(action) !== true) {
              denied.push(`${current}: ${resource} ${action}`)
            }
          }
          return next(args)
        },
      { step: "initialize" }
    )
    return client
  }

  beforeAll(async () => {
    const dynamodb = await endpointOf(dynoxide)
    const sqs = await endpointOf(fauxqs)
    scheduler = await startScheduler({ dynamodbEndpoint: dynamodb })
    deployment = (await prepareTestAws({ dynamodb, sqs, scheduler: scheduler.endpoint })) as unknown as Deployment
    platform = await openPlatform({ dynamodb, sqs }, deployment)
    const common = { region: testRegion, credentials: testCredentials }
    clients = {
      dynamodb: recorded(new DynamoDBClient({ ...common, endpoint: dynamodb })),
      streams: recorded(new DynamoDBStreamsClient({ ...common, endpoint: dynamodb })),
      sqs: recorded(new SQSClient({ ...common, endpoint: sqs, useQueueUrlAsEndpoint: false })),
      s3: recorded(new S3Client({ ...common, endpoint: sqs, forcePathStyle: true })),
      scheduler: recorded(new SchedulerClient({ ...common, endpoint: scheduler.endpoint })),
      secretsManager: recorded(new SecretsManagerClient(common))
    }
  })

  afterAll(async () => {
    platform?.close()
    for (const client of Object.values(clients ?? {})) client.destroy()
    await scheduler?.stop()
  })

  it("in a run with large values, retries, a long timer, a signal, a dead letter and a sweep", async () => {
    const options = {
      ...deployment,
      clients,
      schedulerRoleArn: "arn:aws:iam::000000000000:role/timers"
    }
    const api = makeApiHandler({ workflows: [broad], signals: [approved], store: awsClientStore(options) })
    const makeAnew = () =>
      makeTurnHandlers({
        workflows: [broad],
        steps: [produce],
        layer: Layer.empty,
        tuning: { quietMs: 0 },
        store: awsTurnStore(options),
        environment: () => ({
          DYNACTOR_QUEUE_URL: deployment.queueUrl,
          DYNACTOR_DEAD_LETTER_QUEUE_URL: deployment.deadLetterQueueUrl
        })
      })
    const as = async <A>(name: LambdaFunctionName, call: () => Promise<A>): Promise<A> => {
      current = name
      return await call()
    }
    const request = async (method: string, path: string, body: unknown = {}) => {
      const [rawPath = "", search = ""] = path.split("?")
      const queryStringParameters = Object.fromEntries(new URLSearchParams(search))
      const requestContext = { http: { method } }
      const event = { rawPath, queryStringParameters, requestContext, body: JSON.stringify(body) }
      return JSON.parse((await as("api", () => api(event))).body)
    }
    const context = () => contextWith(30_000)
    const ring = () => as("stream", async () => makeAnew().stream(await platform.streamEvent(), context()))
    const work = async () => {
      const event = await platform.queueEvent(deployment.queueUrl, 2)
      await as("step", () => makeAnew().step(event, context()))
    }

    const input = "y".repeat(300_000)
    for (const runId of ["a", "b"]) await request("POST", "/workflows/broad/runs", { runId, input })
    await ring()
    const { Records } = await platform.queueEvent(deployment.queueUrl, 2)
    expect(Records).toHaveLength(2)
    // One goes to the step worker, the other comes as a dead letter.
    const [first, second] = Records.map((record) => ({ Records: [record] }))
    await as("step", () => makeAnew().step(first as never, context()))
    await platform.send(deployment.deadLetterQueueUrl, second?.Records[0]?.body ?? "")
    const dead = await platform.queueEvent(deployment.deadLetterQueueUrl, 2)
    expect(await as("deadLetter", () => makeAnew().deadLetter(dead, context()))).toEqual({ batchItemFailures: [] })
    await work()
    expect(scheduler.names()).toHaveLength(1)
    await request("GET", "/runs")
    const survivor = (await request("GET", "/runs?status=running")).runs[0].runId
    await request("POST", `/runs/${survivor}/signals/approved`, { payload: { by: "Ada" } })
    await as("sweep", () => makeAnew().sweep({}, context()))
    await as("sweep", () => makeAnew().sweep({ lookThrough: true }, context()))
    expect((await request("GET", `/runs/${survivor}`)).result).toBe(600_000)
    expect(scheduler.names()).toEqual([])

    expect(denied).toEqual([])
    expect([...(used.get("api") ?? [])].sort()).toEqual([
      "listingIndex dynamodb:Query",
      "payloadObjects s3:PutObject",
      "table dynamodb:GetItem",
      "table dynamodb:PutItem",
      "table dynamodb:Query"
    ])
    expect(used.get("sweep")).toContain("schedules scheduler:DeleteSchedule")
    expect(used.get("sweep")).toContain("table dynamodb:Scan")
    expect(used.get("step")).toContain("schedulerRole iam:PassRole")
    expect(used.get("deadLetter")).toContain("deadLetterQueue sqs:DeleteMessage")
  })
})

it("whoever is handed messages of a queue may hide them for longer, and let go of them", () => {
  const { deadLetter, step } = functionPermissions
  for (const actions of [step.queue, deadLetter.deadLetterQueue])
    expect(actions).toEqual(expect.arrayContaining(["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"]))
})
