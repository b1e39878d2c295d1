import { createServer } from "node:http"
import {
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand
} from "@aws-sdk/client-dynamodb"
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler"
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Fault, seededRandom } from "./faults.ts"
import { type Gateway, startGateway } from "./gateway.ts"
import type { Statement } from "./permissions.ts"
import { signerOf } from "./signature.ts"

const region = "us-east-1"
const table = `arn:aws:dynamodb:${region}:000000000000:table/runs`

describe("every call comes through the gateway", () => {
  const received: Array<{ url: string; headers: Record<string, any>; body: string; method: string }> = []
  let status = 200
  let gateway: Gateway
  let fault: Fault = "none"
  const killed: Array<string> = []
  const clients: Array<{ readonly destroy: () => void }> = []

  /** Stands for every server, and answers nothing of interest. */
  const upstream = createServer((incoming, response) => {
    const chunks: Array<Buffer> = []
    incoming.on("data", (chunk) => void chunks.push(chunk))
    incoming.on("end", () => {
      const { url = "", headers, method = "" } = incoming
      received.push({ url, headers, method, body: Buffer.concat(chunks).toString("utf8") })
      response.writeHead(status)
      response.end(status === 200 ? "{}" : "<Error><Code>NoSuchKey</Code></Error>")
    })
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve))
    const address = upstream.address()
    const endpoint = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    gateway = await startGateway({
      place: {
        region,
        accountId: "000000000000",
        partition: "aws",
        partitionKeys: new Map([
          ["runs", "pk"],
          ["runs/listing", "gp"]
        ])
      },
      upstream: {
        dynamodb: endpoint,
        sqs: endpoint,
        s3: endpoint,
        scheduler: endpoint,
        secretsmanager: endpoint,
        kms: endpoint
      },
      resourcePolicies: new Map([
        [
          `arn:aws:sqs:${region}:000000000000:closed`,
          [{ Effect: "Deny", Action: "sqs:*", Resource: "*", Principal: "*" }]
        ]
      ]),
      aliases: new Map([["https://sqs.us-east-1.amazonaws.com/000000000000/steps", "http://here/steps"]]),
      onCall: () => fault,
      kill: (accessKeyId) => void killed.push(accessKeyId)
    })
  })

  beforeEach(() => {
    received.length = 0
    status = 200
    fault = "none"
  })

  afterAll(async () => {
    for (const client of clients) client.destroy()
    await gateway.stop()
    upstream.closeAllConnections()
    await new Promise((resolve) => upstream.close(resolve))
  })

  /** Clients of somebody who may do this, and nothing else. */
  const may = (Action: string | ReadonlyArray<string>, Resource: string, Condition?: Statement["Condition"]) => {
    const condition = Condition === undefined ? {} : { Condition }
    const statements: ReadonlyArray<Statement> = [{ Effect: "Allow", Action, Resource, ...condition }]
    const accessKeyId = gateway.addPrincipal({ arn: "arn:me", roleArn: "arn:role", statements })
    const credentials = { accessKeyId, secretAccessKey: "rig" }
    const config = { region, endpoint: gateway.endpoint, credentials, maxAttempts: 1 }
    const made = {
      accessKeyId,
      dynamodb: new DynamoDBClient(config),
      sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
      s3: new S3Client({ ...config, forcePathStyle: true }),
      scheduler: new SchedulerClient(config)
    }
    clients.push(made.dynamodb, made.sqs, made.s3, made.scheduler)
    return made
  }

  const get = new GetItemCommand({ TableName: "runs", Key: { pk: { S: "a" }, sk: { S: "head" } } })
  const send = (queue: string) =>
    new SendMessageBatchCommand({
      QueueUrl: `https://sqs.us-east-1.amazonaws.com/000000000000/${queue}`,
      Entries: [{ Id: "1", MessageBody: "{}" }]
    })

  it("a call that the role allows is handed on, by the server's own credentials", async () => {
    await may("dynamodb:GetItem", table).dynamodb.send(get)
    expect(received).toHaveLength(1)
    expect(received[0]?.headers.authorization).toContain("Credential=test/")
  })

  it("one that it does not allow is refused as the service would", async () => {
    const nothing = may("dynamodb:PutItem", table)
    await expect(nothing.dynamodb.send(get)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message:
        `User: arn:me is not authorized to perform: dynamodb:GetItem on resource: ${table} ` +
        "because no identity-based policy allows the dynamodb:GetItem action"
    })
    await expect(nothing.sqs.send(send("steps"))).rejects.toMatchObject({ name: "AccessDenied" })
    await expect(nothing.s3.send(new GetObjectCommand({ Bucket: "b", Key: "k" }))).rejects.toMatchObject({
      name: "AccessDenied"
    })
    await expect(nothing.scheduler.send(new DeleteScheduleCommand({ Name: "n" }))).rejects.toMatchObject({
      name: "AccessDeniedException"
    })
    expect(received).toEqual([])
    expect(gateway.denied().at(-1)).toEqual({
      roleArn: "arn:role",
      action: "scheduler:DeleteSchedule",
      resource: `arn:aws:scheduler:${region}:000000000000:schedule/default/n`
    })
  })

  it("nobody without credentials of the rig", async () => {
    const stranger = new DynamoDBClient({
      region,
      endpoint: gateway.endpoint,
      credentials: { accessKeyId: "x", secretAccessKey: "y" }
    })
    clients.push(stranger)
    await expect(stranger.send(get)).rejects.toMatchObject({ name: "UnrecognizedClientException" })
  })

  it("an index is a resource of its own", async () => {
    const query = new QueryCommand({
      TableName: "runs",
      IndexName: "listing",
      KeyConditionExpression: "gp = :w",
      ExpressionAttributeValues: { ":w": { S: "w" } }
    })
    await expect(may("dynamodb:Query", table).dynamodb.send(query)).rejects.toThrow("index/listing")
    await may("dynamodb:Query", `${table}/index/listing`).dynamodb.send(query)
  })

  it("leading keys are those that the request names: of an item, of a query, of a transaction, of none", async () => {
    const own = {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ada/*"] },
      Null: { "dynamodb:LeadingKeys": "false" }
    }
    const { dynamodb } = may("dynamodb:*", table, own)
    const key = (pk: string) => ({ pk: { S: pk }, sk: { S: "head" } })
    const getOf = (pk: string) => new GetItemCommand({ TableName: "runs", Key: key(pk) })
    const queryOf = (pk: string) =>
      new QueryCommand({
        TableName: "runs",
        KeyConditionExpression: "begins_with(sk, :s) AND #p = :p",
        ExpressionAttributeNames: { "#p": "pk" },
        ExpressionAttributeValues: { ":p": { S: pk }, ":s": { S: "x = :p" } }
      })
    const write = (...pks: ReadonlyArray<string>) =>
      new TransactWriteItemsCommand({ TransactItems: pks.map((pk) => ({ Put: { TableName: "runs", Item: key(pk) } })) })
    await dynamodb.send(getOf("ada/1"))
    await dynamodb.send(queryOf("ada/1"))
    await dynamodb.send(write("ada/1", "ada/2"))
    for (const command of [getOf("bob/1"), queryOf("bob/1"), write("ada/1", "bob/1")]) {
      await expect(dynamodb.send(command as typeof get)).rejects.toMatchObject({ name: "AccessDeniedException" })
    }
    await expect(dynamodb.send(new ScanCommand({ TableName: "runs" }))).rejects.toThrow("dynamodb:Scan")
  })

  it("a batch of messages needs the right of one, and goes to the queue as the server knows it", async () => {
    await may("sqs:SendMessage", `arn:aws:sqs:${region}:000000000000:steps`).sqs.send(send("steps"))
    expect(JSON.parse(received[0]?.body ?? "").QueueUrl).toBe("http://here/steps")
  })

  it("what a queue's own policy denies, is denied", async () => {
    await expect(may("sqs:*", "*").sqs.send(send("closed"))).rejects.toThrow("with an explicit deny")
  })

  it("a missing object is not found by those who may list, and forbidden to all others", async () => {
    status = 404
    const missing = new GetObjectCommand({ Bucket: "b", Key: "payloads/x" })
    const reader = may("s3:GetObject", "arn:aws:s3:::b/payloads/*")
    await expect(reader.s3.send(missing)).rejects.toMatchObject({ name: "AccessDenied" })
    const lister = may(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::b*")
    await expect(lister.s3.send(missing)).rejects.toMatchObject({ name: "NoSuchKey" })
  })

  it("an object has its bucket and key", async () => {
    const writer = may("s3:PutObject", "arn:aws:s3:::b/payloads/*")
    await writer.s3.send(new PutObjectCommand({ Bucket: "b", Key: "payloads/x", Body: "{}" }))
    await expect(writer.s3.send(new PutObjectCommand({ Bucket: "b", Key: "other", Body: "{}" }))).rejects.toThrow()
  })

  it("a schedule needs the right to pass its role", async () => {
    const schedule = new CreateScheduleCommand({
      Name: "timer-1",
      GroupName: "g",
      ScheduleExpression: "at(2030-01-01T00:00:00)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: "arn:target", RoleArn: "arn:aws:iam::000000000000:role/timers" }
    })
    await expect(may("scheduler:*", "*").scheduler.send(schedule)).rejects.toThrow("iam:PassRole")
    const passes = { StringEqualsIfExists: { "iam:PassedToService": "scheduler.amazonaws.com" } }
    await may(["scheduler:*", "iam:PassRole"], "*", passes).scheduler.send(schedule)
    expect(received).toHaveLength(1)
  })

  it("throttles in the service's own words", async () => {
    fault = "throttle"
    const all = may("*", "*")
    await expect(all.dynamodb.send(get)).rejects.toMatchObject({ name: "ThrottlingException" })
    await expect(all.sqs.send(send("steps"))).rejects.toMatchObject({ name: "RequestThrottled" })
    expect(received).toEqual([])
  })

  it("kills before a call is made, or after it and before the answer", async () => {
    const all = may("*", "*")
    fault = "killBefore"
    await expect(all.dynamodb.send(get)).rejects.toThrow()
    expect(received).toHaveLength(0)
    fault = "killAfter"
    await expect(all.dynamodb.send(get)).rejects.toThrow()
    expect(received).toHaveLength(1)
    expect(killed).toEqual([all.accessKeyId, all.accessKeyId])
  })

  it("the SDK's signatures are those that the rig checks", async () => {
    const { dynamodb, accessKeyId } = may("dynamodb:GetItem", table)
    let seen: any
    dynamodb.middlewareStack.add(
      (next) => async (args) => {
        seen = args.request
        return next(args)
      },
      { step: "finalizeRequest", priority: "low" }
    )
    await dynamodb.send(get)
    const { method, path, headers, body } = seen
    const parts = { method, path, headers, body: Buffer.from(body) }
    const secretOf = (key: string) => (key === accessKeyId ? "rig" : undefined)
    expect(signerOf(parts, "dynamodb", secretOf, Date.now())).toBe(accessKeyId)
    expect(signerOf(parts, "execute-api", secretOf, Date.now())).toBeUndefined()
    expect(signerOf(parts, "dynamodb", () => "other", Date.now())).toBeUndefined()
    expect(signerOf({ ...parts, body: Buffer.from("{}") }, "dynamodb", secretOf, Date.now())).toBeUndefined()
    expect(signerOf(parts, "dynamodb", secretOf, Date.now() + 600_000)).toBeUndefined()
  })
})

it("a seed gives the same faults every time", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: 5 }, random)
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  expect(draw(1).every((one) => one >= 0 && one < 1)).toBe(true)
})
