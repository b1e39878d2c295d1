import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { DatabaseSync } from "node:sqlite"
import { DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb"
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs"
import { Client, clientLayer, defineStep, defineWorkflow } from "dynactor"
import { DoctorReport, doctorAws, doctorSqlite } from "dynactor/inspection"
import { sqliteStore } from "dynactor/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { schemaVersion } from "../../src/store/sqlite/file/schema.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { prepareTestAws } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { live, openEngine, tempFile, withSql } from "../streams/engine.ts"

const text = { input: Schema.String, output: Schema.String }
const step = defineStep("step", { ...text, run: async (input) => input })
const workflow = defineWorkflow("workflow", { ...text, run: (input) => step(input) })

const resultsOf = ({ checks }: DoctorReport) => Object.fromEntries(checks.map(({ id, result }) => [id, result]))

const check = ({ checks }: DoctorReport, id: string) => checks.find((one) => one.id === id)

describe("the doctor of a file", () => {
  live("finds nothing in one that a host is on", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows: [workflow], steps: [step] })
      yield* client.execute(workflow, { runId: "r", input: "x" })
      const report = yield* doctorSqlite(filename)
      expect(report.healthy).toBe(true)
      expect(report.checks.filter(({ result }) => result === "error" || result === "warning")).toEqual([])
      expect(Schema.decodeUnknownSync(DoctorReport)(JSON.parse(JSON.stringify(report)))).toEqual(report)
    })
  )

  live("says that nobody turns runs, that steps lie dead, that runs are parked, and that a clock was ahead", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const start = Effect.flatMap(Client, (client) => client.start(workflow, { runId: "r", input: "x" }))
      yield* Effect.provide(start, clientLayer.pipe(Layer.provideMerge(sqliteStore({ filename }))))
      const ago = Date.now() - 600_000
      yield* withSql(filename, (sql) => {
        sql.prepare("update inbox set at = ?").run(ago)
        const put = sql.prepare(
          "insert into queue (nonce, visible_at, receives, dead, lane, body) values (1, ?, 0, ?, 0, '{}')"
        )
        put.run(ago, 0)
        put.run(ago, 1)
        sql.prepare("insert into runs values ('p', 1, 'parked', 'w', '1', 0, ?, '{}')").run(Date.now() + 3_600_000)
      })
      const report = yield* doctorSqlite(filename)
      expect(report.healthy).toBe(true)
      expect(resultsOf(report)).toMatchObject({
        "host.turns": "warning",
        "queue.taken": "warning",
        "queue.dead": "warning",
        "runs.parked": "warning",
        clock: "warning",
        "file.damage": "ok"
      })
      expect(check(report, "host.turns")).toMatchObject({
        sentence: "1 message waits for a turn for more than a minute: no host turns runs.",
        todo: "Start a host on this file."
      })
    })
  )

  live("tells a file that is not there, one of another program, and one of a later version", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      expect(check(yield* doctorSqlite(filename), "file.there")?.result).toBe("error")
      const other = yield* tempFile
      new DatabaseSync(other).exec("create table songs (name text)")
      const report = yield* doctorSqlite(other)
      expect(report.healthy).toBe(false)
      expect(check(report, "file.version")?.sentence).toContain("another program")
      const later = yield* tempFile
      yield* Effect.scoped(Layer.build(sqliteStore({ filename: later })))
      yield* withSql(later, (sql) => sql.exec(`pragma user_version = ${schemaVersion + 1}`))
      expect(check(yield* doctorSqlite(later), "file.version")).toMatchObject({ result: "error" })
      yield* withSql(later, (sql) => sql.exec(`pragma user_version = ${schemaVersion - 1}`))
      expect(check(yield* doctorSqlite(later), "file.version")).toMatchObject({ result: "warning" })
    })
  )
})

describeWithServers("the doctor of a deployment", [dynoxide, fauxqs], (endpointOf) => {
  const prepared = Effect.promise(async () =>
    prepareTestAws({ dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) })
  )

  live("finds nothing wrong in one that is as it should be", () =>
    Effect.gen(function* () {
      const options = yield* prepared
      const report = yield* doctorAws({ ...options, longestStepMs: 10_000 })
      expect(report.checks.filter(({ result }) => result === "error")).toEqual([])
      expect(resultsOf(report)).toMatchObject({
        "table.there": "ok",
        "table.keys": "ok",
        "table.stream": "ok",
        "table.index": "ok",
        "table.put": "ok",
        "index.query": "ok",
        "queue.redrive": "warning",
        "queue.visibility": "ok",
        "queue.send": "ok",
        "deadLetters.none": "ok",
        "bucket.put": "ok",
        "bucket.get": "ok",
        "scheduler.role": "skipped"
      })
      expect(check(report, "queue.redrive")?.sentence).toBe("A message is a dead letter after 3 receipts.")
      const few = yield* doctorAws({ ...options, queueUrl: undefined, bucketName: undefined })
      expect(resultsOf(few)).toMatchObject({ "queue.there": "skipped", "bucket.there": "skipped" })
      expect(few.healthy).toBe(true)
    })
  )

  live("finds an event source that is switched off, one that had trouble, and one that is not there", () =>
    Effect.gen(function* () {
      const options = yield* prepared
      const asked: Array<string> = []
      const FunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:shop-Step"
      const answers: ReadonlyArray<readonly [RegExp, ReadonlyArray<object>]> = [
        [
          /stream/,
          [{ UUID: "u-1", FunctionArn, State: "Enabled", LastProcessingResult: "PROBLEM: Function call failed" }]
        ],
        [
          /:sqs:(?!.*dead)/i,
          [
            { UUID: "u-2", FunctionArn, State: "Disabled", LastProcessingResult: "OK" },
            { UUID: "u-3", FunctionArn, State: "Disabling", LastProcessingResult: "OK" }
          ]
        ]
      ]
      const lambda = yield* Effect.acquireRelease(
        Effect.callback<Server>((resume) => {
          const server = createServer((request, response) => {
            const arn = new URL(request.url ?? "", "http://localhost").searchParams.get("EventSourceArn") ?? ""
            asked.push(arn)
            const found = answers.find(([pattern]) => pattern.test(arn))?.[1] ?? []
            response.setHeader("content-type", "application/json")
            response.end(JSON.stringify({ EventSourceMappings: found }))
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => void server.close())
      )
      const { port } = lambda.address() as AddressInfo
      const endpoints = { ...options.endpoints, lambda: `http://127.0.0.1:${port}` }
      const report = yield* doctorAws({ ...options, endpoints })
      expect(asked).toHaveLength(3)
      expect(check(report, "eventSources.stream")).toMatchObject({
        result: "warning",
        sentence:
          "The event source of the table's stream for the function shop-Step had trouble last: PROBLEM: Function call failed."
      })
      expect(check(report, "eventSources.queue")).toMatchObject({
        result: "error",
        sentence:
          "The event source of the step queue for the function shop-Step is switched off: what comes there waits.",
        todo: "Switch it on: aws lambda update-event-source-mapping --uuid u-2 --enabled"
      })
      const ofQueue = report.checks.filter(({ id }) => id === "eventSources.queue")
      expect(ofQueue.map(({ result }) => result)).toEqual(["error", "error"])
      expect(check(report, "eventSources.deadLetters")?.result).toBe("skipped")
      expect(report.healthy).toBe(false)
      // Nobody asks AWS about what other servers speak for.
      expect(check(yield* doctorAws(options), "eventSources")?.result).toBe("skipped")
    })
  )

  live("finds a stream that is off, a queue without dead letters, and letters that lie there", () =>
    Effect.gen(function* () {
      const options = yield* prepared
      const { credentials, endpoints, region } = options
      const dynamodb = new DynamoDBClient({ region, credentials, endpoint: endpoints?.dynamodb } as object)
      const sqs = new SQSClient({
        region,
        credentials,
        endpoint: endpoints?.sqs,
        useQueueUrlAsEndpoint: false
      } as object)
      const { deadLetterQueueUrl, queueUrl, tableName } = options
      yield* Effect.promise(async () => {
        const StreamSpecification = { StreamEnabled: false }
        await dynamodb.send(new UpdateTableCommand({ TableName: tableName, StreamSpecification }))
        await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "x" }))
        await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: "x" }))
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { RedrivePolicy: "" } }))
      })
      const report = yield* doctorAws({ ...options, longestStepMs: 3_600_000 })
      dynamodb.destroy()
      sqs.destroy()
      expect(report.healthy).toBe(false)
      expect(resultsOf(report)).toMatchObject({
        "table.stream": "error",
        "queue.redrive": "error",
        "queue.visibility": "warning",
        "queue.taken": "warning",
        "deadLetters.none": "warning"
      })
      expect(check(report, "table.stream")?.sentence).toContain("switched off")
      const swapped = yield* doctorAws({ ...options, queueUrl: deadLetterQueueUrl, deadLetterQueueUrl: queueUrl })
      expect(check(swapped, "queue.redrive")?.result).toBe("error")
    })
  )

  live("names what is not there", () =>
    Effect.gen(function* () {
      const options = yield* prepared
      const report = yield* doctorAws({
        ...options,
        tableName: "nowhere",
        queueUrl: `${options.queueUrl}-nowhere`,
        bucketName: "nowhere"
      })
      expect(resultsOf(report)).toMatchObject({ "table.there": "error", "queue.there": "error", "bucket.put": "error" })
      expect(check(report, "table.there")?.sentence).toBe("There is no table nowhere.")
    })
  )

  live("names the right that is missing, with its statement", () =>
    Effect.gen(function* () {
      const options = yield* prepared
      const { credentials, endpoints, region } = options
      const dynamodb = new DynamoDBClient({ region, credentials, endpoint: endpoints?.dynamodb } as object)
      // As IAM answers: whatever is asked for is looked at after the right to ask for it.
      dynamodb.middlewareStack.add(
        (next, { commandName }) =>
          (args) => {
            if (commandName !== "PutItemCommand") return next(args)
            const message = "User is not authorized to perform: dynamodb:PutItem"
            throw Object.assign(new Error(message), { name: "AccessDeniedException" })
          },
        { step: "initialize" }
      )
      const report = yield* doctorAws({ ...options, clients: { dynamodb } })
      dynamodb.destroy()
      expect(report.healthy).toBe(false)
      expect(check(report, "table.put")).toMatchObject({
        result: "error",
        sentence: `This process may not call dynamodb:PutItem on the table ${options.tableName}.`,
        todo: expect.stringContaining(
          `{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:*:*:table/${options.tableName}"}`
        )
      })
      expect(check(report, "table.get")?.result).toBe("ok")
    })
  )
})
