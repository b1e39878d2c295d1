import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { functionsOf, rolesOf } from "../deployment.ts"
import { makeStack, type Properties, type RawTemplate } from "../template.ts"
import { mappingsOf } from "./settings.ts"

const code = mkdtempSync(join(tmpdir(), "dynactor-settings-"))
writeFileSync(join(code, "index.mjs"), "")
afterAll(() => rmSync(code, { recursive: true, force: true }))

interface Changes {
  readonly mapping?: Properties
  readonly function?: Properties
  readonly queue?: Properties
  readonly actions?: ReadonlyArray<string>
  readonly source?: "stream" | "queue"
}

const rights = [
  "dynamodb:DescribeStream",
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:ListStreams",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes"
]

/** One function behind one source, with something changed about it. */
const templateOf = ({ mapping = {}, actions = rights, source = "queue", ...changes }: Changes): RawTemplate => ({
  Resources: {
    Table: { Type: "AWS::DynamoDB::Table" },
    Queue: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 60, ...changes.queue } },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: { Statement: [] },
        Policies: [{ PolicyDocument: { Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] } }]
      }
    },
    Handler: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Code: { S3Key: "code" },
        Role: { "Fn::GetAtt": ["Role", "Arn"] },
        Timeout: 60,
        ...changes.function
      }
    },
    Mapping: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        FunctionName: { Ref: "Handler" },
        ...(source === "queue"
          ? { EventSourceArn: { "Fn::GetAtt": ["Queue", "Arn"] } }
          : { EventSourceArn: { "Fn::GetAtt": ["Table", "StreamArn"] }, StartingPosition: "TRIM_HORIZON" }),
        ...mapping
      }
    }
  }
})

const read = (changes: Changes) => {
  const stack = makeStack(templateOf(changes), "Shop")
  return mappingsOf(stack, functionsOf(stack, new Map([["code", code]]), rolesOf(stack)))
}

it("what a template leaves out, has Lambda's defaults", () => {
  expect(read({ source: "stream" })[0]?.mapping).toEqual({
    startingPosition: "TRIM_HORIZON",
    batchSize: 100,
    windowMs: 0,
    parallelizationFactor: 1,
    maxRetries: Number.POSITIVE_INFINITY,
    maxRecordAgeMs: Number.POSITIVE_INFINITY,
    bisects: false,
    reportsFailures: false,
    filters: []
  })
  expect(read({})[0]?.mapping).toMatchObject({ batchSize: 10, windowMs: 0, reportsFailures: false })
})

it("a mapping that is not enabled is none", () => {
  expect(read({ mapping: { Enabled: false } })).toEqual([])
})

const refused: ReadonlyArray<readonly [what: string, changes: Changes, message: RegExp]> = [
  ["messages hidden for less than the function may take", { queue: { VisibilityTimeout: 59 } }, /hidden for 59 s/],
  ["the queue's default visibility counts", { queue: { VisibilityTimeout: undefined } }, /hidden for 30 s/],
  ["a large batch without a window", { mapping: { BatchSize: 11 } }, /needs a window/],
  ["a maximum concurrency of one", { mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }, /MaximumConcurrency/],
  ["a role that may not receive", { actions: rights.filter((one) => one !== "sqs:ReceiveMessage") }, /ReceiveMessage/],
  ["a function that feeds its own queue", { actions: [...rights, "sqs:SendMessage"] }, /for a loop/],
  ["eleven lanes", { source: "stream", mapping: { ParallelizationFactor: 11 } }, /ParallelizationFactor/],
  ["a record age of a second", { source: "stream", mapping: { MaximumRecordAgeInSeconds: 1 } }, /MaximumRecordAge/],
  ["no starting position", { source: "stream", mapping: { StartingPosition: undefined } }, /StartingPosition/],
  [
    "a filter that means nothing",
    { mapping: { FilterCriteria: { Filters: [{ Pattern: '{"a":"b"}' }] } } },
    /list is needed/
  ],
  ["what the rig does not do", { source: "stream", mapping: { TumblingWindowInSeconds: 60 } }, /TumblingWindow/]
]

it.each(refused)("refused: %s", (_, changes, message) => {
  expect(() => read(changes)).toThrow(message)
})

it("a function that was told that the loop is meant may feed its own queue", () => {
  expect(read({ actions: [...rights, "sqs:SendMessage"], function: { RecursiveLoop: "Allow" } })).toHaveLength(1)
})
