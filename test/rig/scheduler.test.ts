import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient
} from "@aws-sdk/client-scheduler"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type Schedule, type SchedulerServer, startScheduler } from "../servers/scheduler.ts"
import { momentOf, startRigScheduler } from "./scheduler.ts"
import { makeStack } from "./template.ts"

const minute = 60_000
const start = Date.UTC(2030, 0, 1, 12)

describe("EventBridge Scheduler", () => {
  let server: SchedulerServer
  let client: SchedulerClient
  let executed: Array<Schedule>
  let failures = 0

  beforeEach(async () => {
    executed = []
    failures = 0
    server = await startScheduler({
      dynamodbEndpoint: "http://127.0.0.1:9",
      now: () => start,
      momentOf,
      retryPauseMs: (count) => 1_000 * 2 ** count,
      refuse: (roleArn) => (roleArn.endsWith("/timers") ? undefined : "it may not be assumed"),
      execute: async (schedule) => {
        executed.push(schedule)
        if (failures > 0) {
          failures -= 1
          throw new Error("not now")
        }
      }
    })
    const credentials = { accessKeyId: "a", secretAccessKey: "b" }
    client = new SchedulerClient({ endpoint: server.endpoint, region: "us-east-1", credentials, maxAttempts: 1 })
  })

  afterEach(async () => {
    client.destroy()
    await server.stop()
  })

  const create = (Name: string, fields: { group?: string; at?: string; role?: string; retries?: number } = {}) =>
    client.send(
      new CreateScheduleCommand({
        Name,
        ...(fields.group === undefined ? {} : { GroupName: fields.group }),
        ScheduleExpression: `at(${fields.at ?? "2030-01-01T13:00:30"})`,
        ScheduleExpressionTimezone: "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
        ActionAfterCompletion: "DELETE",
        Target: {
          Arn: "arn:aws:scheduler:::aws-sdk:dynamodb:putItem",
          RoleArn: `arn:aws:iam::000000000000:role/${fields.role ?? "timers"}`,
          Input: "{}",
          ...(fields.retries === undefined ? {} : { RetryPolicy: { MaximumRetryAttempts: fields.retries } })
        }
      })
    )

  it("names are those of a group", async () => {
    await create("a")
    await create("a", { group: "g" })
    await expect(create("a", { group: "g" })).rejects.toMatchObject({ name: "ConflictException" })
    expect(await client.send(new GetScheduleCommand({ Name: "a", GroupName: "g" }))).toMatchObject({ GroupName: "g" })
    await client.send(new DeleteScheduleCommand({ Name: "a", GroupName: "g" }))
    await expect(client.send(new DeleteScheduleCommand({ Name: "a", GroupName: "g" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException"
    })
    expect(server.names()).toEqual(["a"])
  })

  it("a schedule fires at some moment of its minute, and is gone once its target has taken the call", async () => {
    await create("a")
    const at = start + 60 * minute
    expect(await server.fire(at - 1)).toBe(0)
    expect(await server.fire(at + minute - 1)).toBe(1)
    expect(executed).toHaveLength(1)
    expect(server.names()).toEqual([])
    const moments = ["a", "b", "c"].map((name) => momentOf(at + 30_000, name))
    expect(new Set(moments).size).toBe(3)
    for (const moment of moments) expect(Math.floor(moment / minute)).toBe(at / minute)
  })

  it("a target that fails is called again, with growing pauses", async () => {
    await create("a")
    failures = 2
    const due = start + 61 * minute
    await expect(server.fire(due)).rejects.toThrow("not now")
    expect(await server.fire(due + 1_999)).toBe(0)
    await expect(server.fire(due + 2_000)).rejects.toThrow("not now")
    expect(await server.fire(due + 5_999)).toBe(0)
    expect(await server.fire(due + 6_000)).toBe(1)
    expect(server.names()).toEqual([])
  })

  it("and given up when it has no retries left, or after a day", async () => {
    await create("few", { retries: 1 })
    await create("old")
    failures = 10
    const due = start + 61 * minute
    await expect(server.fire(due)).rejects.toThrow()
    await expect(server.fire(due + minute)).rejects.toThrow()
    expect(server.names()).toEqual(["old"])
    await expect(server.fire(due + 24 * 60 * minute)).rejects.toThrow()
    expect(server.names()).toEqual([])
  })

  it("a schedule in the past is refused, and so is one whose role may not be assumed", async () => {
    await expect(create("a", { at: "2030-01-01T11:00:00" })).rejects.toMatchObject({ name: "ValidationException" })
    await expect(create("a", { role: "other" })).rejects.toThrow("it may not be assumed")
    expect(server.names()).toEqual([])
  })
})

it("a schedule of the stack's own invokes its function asynchronously: Lambda tries again what fails", async () => {
  const [arn, roleArn] = [
    "arn:aws:lambda:us-east-1:000000000000:function:sweep",
    "arn:aws:iam::000000000000:role/sweep"
  ]
  const Resources = {
    Every: {
      Type: "AWS::Scheduler::Schedule",
      Properties: { ScheduleExpression: "rate(5 minutes)", Target: { Arn: arn, RoleArn: roleArn } }
    },
    Once: {
      Type: "AWS::Lambda::EventInvokeConfig",
      Properties: { FunctionName: "sweep", Qualifier: "$LATEST", MaximumRetryAttempts: 1 }
    }
  }
  const role = {
    arn: roleArn,
    name: "sweep",
    statements: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arn }],
    trust: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "scheduler.amazonaws.com" } }]
  } as const
  const invoked: Array<number> = []
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
  const began = Date.now()
  const scheduler = await startRigScheduler({
    stack: makeStack({ Resources }, "Test"),
    roles: new Map([[roleArn, role]]),
    endpoint: () => "http://127.0.0.1:9",
    credentialsFor: () => "a",
    functions: () => ({
      invoke: async () => {
        invoked.push(Date.now() - began)
        return { errorType: "Error", errorMessage: "not now" }
      }
    }),
    onProblem: () => undefined
  })
  try {
    const given = scheduler.invoke("Every").catch(String)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(invoked).toEqual([0, 60_000])
    expect(await given).toContain("not now")
  } finally {
    vi.useRealTimers()
    await scheduler.stop()
  }
})
