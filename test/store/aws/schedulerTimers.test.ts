import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient
} from "@aws-sdk/client-scheduler"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, it } from "vitest"
import { awsStore } from "../../../src/store/aws/awsStore.ts"
import { makeSchedulerTimers, scheduleName } from "../../../src/store/aws/timers/schedulerTimers.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import type { StepQueue } from "../../../src/store/stepQueue.ts"
import { Timers } from "../../../src/store/timers.ts"
import { dynamodbLocal } from "../../servers/dynamodbLocal.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { momentsOf, type SchedulerServer, startScheduler } from "../../servers/scheduler.ts"
import { prepareTestAws, testAwsStore, testCredentials, testRegion } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import { makeMovableTime } from "../movableTime.ts"
import { newRunId } from "../samples.ts"
import { timersContract } from "../timersContract.ts"

const hour = 3_600_000

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(
    `Timers on EventBridge Scheduler (fake) and ${dynamodb.name}`,
    [dynamodb, fauxqs],
    (endpointOf) => {
      for (const [moment, momentOf] of Object.entries(momentsOf)) {
        let scheduler: SchedulerServer | undefined
        const time = makeMovableTime(async (now) => scheduler?.fire(now))
        const store = testAwsStore(async () => {
          const endpoints = { dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }
          scheduler = await startScheduler({ dynamodbEndpoint: endpoints.dynamodb, now: time.now, momentOf })
          return { ...endpoints, scheduler: scheduler.endpoint }
        })
        afterAll(() => scheduler?.stop())
        timersContract(`EventBridge Scheduler, which fires at the ${moment} moment of a minute`, store, time)
      }
    }
  )
}

describeWithServers("Schedules of EventBridge Scheduler (fake)", [dynoxide, fauxqs], (endpointOf) => {
  let started: ReturnType<typeof start> | undefined
  const start = async () => {
    const dynamodb = await endpointOf(dynoxide)
    const scheduler = await startScheduler({ dynamodbEndpoint: dynamodb })
    const options = await prepareTestAws({ dynamodb, sqs: await endpointOf(fauxqs), scheduler: scheduler.endpoint })
    return { scheduler, options, store: awsStore(options) }
  }
  const world = () => {
    started ??= start()
    return started
  }
  afterAll(async () => (await started)?.scheduler.stop())

  const test = async <A, E>(
    use: (world: {
      readonly scheduler: SchedulerServer
      readonly tableName: string
    }) => Effect.Effect<A, E, Timers | RunTable | StepQueue>
  ) => {
    const { scheduler, options, store } = await world()
    return Effect.runPromise(Effect.provide(use({ scheduler, tableName: options.tableName }), store))
  }

  it("puts a timer's row within the minute before it is due, by itself, and is gone then", () =>
    test(({ scheduler, tableName }) =>
      Effect.gen(function* () {
        const timers = yield* Timers
        const table = yield* RunTable
        const timer = { runId: `${newRunId()}/ü`, key: "sleep:a@b", due: Date.now() + 20 * hour + 123 }
        yield* Effect.all([timers.schedule(timer), timers.schedule(timer)], { concurrency: 2 })
        yield* timers.schedule(timer)
        const name = scheduleName({ tableName, tenant: "" }, timer)
        expect(scheduler.names()).toEqual([name])
        expect(name).toMatch(/^[0-9a-zA-Z\-_.]{1,64}$/)
        expect(yield* Effect.promise(() => scheduler.fire(timer.due - 62_000))).toBe(0)
        expect(yield* table.readMessage(timer.runId, `timer/${timer.key}@${timer.due}`)).toBeUndefined()
        expect(yield* Effect.promise(() => scheduler.fire(timer.due - 60_000))).toBe(1)
        const row = { kind: "timer", at: timer.due, key: timer.key, due: timer.due }
        expect(yield* table.readMessage(timer.runId, `timer/${timer.key}@${timer.due}`)).toEqual(row)
        expect(scheduler.names()).toEqual([])
      })
    ))

  it("leaves a row alone that is there before it fires", () =>
    test(({ scheduler }) =>
      Effect.gen(function* () {
        const timers = yield* Timers
        const table = yield* RunTable
        const timer = { runId: newRunId(), key: "sleep#0", due: Date.now() + hour }
        yield* timers.schedule(timer)
        const row = { kind: "timer" as const, at: 7, key: timer.key, due: timer.due }
        yield* table.put(timer.runId, row)
        expect(yield* Effect.promise(() => scheduler.fire(timer.due))).toBe(1)
        expect(yield* table.readMessage(timer.runId, `timer/${timer.key}@${timer.due}`)).toEqual(row)
      })
    ))

  it("deletes the schedule of a timer that is cleared", () =>
    test(({ scheduler }) =>
      Effect.gen(function* () {
        const timers = yield* Timers
        for (const inMs of [hour, 3 * 365 * 24 * hour]) {
          const timer = { runId: newRunId(), key: "sleep#0", due: Date.now() + inMs }
          yield* timers.schedule(timer)
          expect(scheduler.names()).toHaveLength(1)
          yield* timers.clear(timer)
          expect(scheduler.names()).toEqual([])
        }
      })
    ))

  it("encrypts schedules with a key of the customer's, if there is one", async () => {
    const sent: Array<CreateScheduleCommand> = []
    const client = { send: async (command: CreateScheduleCommand) => void sent.push(command) }
    const commands = { CreateScheduleCommand, DeleteScheduleCommand }
    const keyArn = "arn:aws:kms:eu-central-1:000000000000:key/own"
    for (const key of [{ keyArn }, {}]) {
      const timers = makeSchedulerTimers({
        scheduler: async () => ({ client: client as unknown as SchedulerClient, commands }),
        // Nearer timers are put by themselves.
        table: undefined as never,
        tableName: "runs",
        tenant: "",
        roleArn: "arn:aws:iam::000000000000:role/timers",
        ...key
      })
      await Effect.runPromise(timers.schedule({ runId: newRunId(), key: "sleep#0", due: Date.now() + hour }))
    }
    expect(sent.map(({ input }) => input.KmsKeyArn)).toEqual([keyArn, undefined])
  })

  describe("the fake", () => {
    const clientOf = async () => {
      const { scheduler } = await world()
      return new SchedulerClient({ endpoint: scheduler.endpoint, region: testRegion, credentials: testCredentials })
    }
    const request = (Name: string, changes: Partial<CreateScheduleCommand["input"]> = {}) =>
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: "at(2999-01-01T00:00:00)",
        FlexibleTimeWindow: { Mode: "OFF" },
        ActionAfterCompletion: "DELETE",
        Target: {
          Arn: "arn:aws:scheduler:::aws-sdk:dynamodb:putItem",
          RoleArn: "arn:aws:iam::000000000000:role/timers",
          Input: "{}"
        },
        ...changes
      })

    it("knows a request again by its token, and refuses another of the same name", async () => {
      const scheduler = await clientOf()
      await scheduler.send(request("same", { ClientToken: "one" }))
      await scheduler.send(request("same", { ClientToken: "one" }))
      await expect(scheduler.send(request("same", { ClientToken: "two" }))).rejects.toMatchObject({
        name: "ConflictException"
      })
      expect(await scheduler.send(new GetScheduleCommand({ Name: "same" }))).toMatchObject({ Name: "same" })
    })

    it("keeps a schedule until its target has taken the call", async () => {
      const { scheduler, options } = await world()
      const ScheduleExpression = "at(2998-01-01T00:00:00)"
      const target = (TableName: string) => ({
        Arn: "arn:aws:scheduler:::aws-sdk:dynamodb:putItem",
        RoleArn: "arn:aws:iam::000000000000:role/timers",
        Input: JSON.stringify({ TableName, Item: { pk: { S: "kept" }, sk: { S: "kept" } } })
      })
      const client = await clientOf()
      await client.send(request("fails", { ScheduleExpression, Target: target("no-such-table") }))
      await client.send(request("works", { ScheduleExpression, Target: target(options.tableName) }))
      for (const _ of ["once", "and again"])
        await expect(scheduler.fire(Date.parse("2998-01-01T00:00:00Z"))).rejects.toMatchObject({
          name: "ResourceNotFoundException"
        })
      expect(scheduler.names()).toContain("fails")
      expect(scheduler.names()).not.toContain("works")
      await client.send(new DeleteScheduleCommand({ Name: "fails" }))
    })

    it("refuses what Scheduler refuses", async () => {
      const scheduler = await clientOf()
      const refused = [
        request("past", { ScheduleExpression: "at(2001-01-01T00:00:00)" }),
        request("when", { ScheduleExpression: "at(2999-01-01T00:00:00.000Z)" }),
        request("name with blanks"),
        request("x".repeat(65))
      ]
      for (const command of refused)
        await expect(scheduler.send(command)).rejects.toMatchObject({ name: "ValidationException" })
      await expect(scheduler.send(new GetScheduleCommand({ Name: "nothing" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException"
      })
    })
  })
})

describe("a schedule", () => {
  const refusals = {
    right: { status: 403, error: "AccessDeniedException", message: "not authorized to perform: iam:PassRole" },
    quota: { status: 402, error: "ServiceQuotaExceededException", message: "too many schedules" }
  }

  it.each(["right", "quota"] as const)(
    "is refused a missing right, and lets the queue stand in beyond a quota: %s",
    async (which) => {
      const sent: Array<unknown> = []
      const { error: name, message, status: httpStatusCode } = refusals[which]
      const client = {
        send: () => Promise.reject(Object.assign(new Error(message), { name, $metadata: { httpStatusCode } }))
      }
      const timers = makeSchedulerTimers({
        scheduler: async () => ({
          client: client as unknown as SchedulerClient,
          commands: { CreateScheduleCommand, DeleteScheduleCommand }
        }),
        queue: { send: (messages) => Effect.sync(() => void sent.push(...messages)) },
        table: undefined as never,
        tableName: "runs",
        tenant: "",
        roleArn: "arn:aws:iam::000000000000:role/timers"
      })
      const timer = { runId: newRunId(), key: "sleep#0", due: Date.now() + 3 * hour }
      const end = await Effect.runPromise(Effect.result(timers.schedule(timer)))
      if (which === "quota") {
        expect(end._tag).toBe("Success")
        expect(sent).toEqual([{ kind: "timer", ...timer, index: 0, token: null, notBefore: timer.due }])
        return
      }
      expect(sent).toEqual([])
      expect(end).toMatchObject({ _tag: "Failure", failure: { _tag: "StoreRefused", operation: "Timers.schedule" } })
      const told = end._tag === "Failure" ? end.failure.message : ""
      for (const part of ["iam:PassRole", "scheduler:CreateSchedule", "role/timers"]) expect(told).toContain(part)
    }
  )

  it("is never made for a year that Scheduler does not know", async () => {
    const sent: Array<CreateScheduleCommand> = []
    const client = { send: async (command: CreateScheduleCommand) => void sent.push(command) }
    const timers = makeSchedulerTimers({
      scheduler: async () => ({
        client: client as unknown as SchedulerClient,
        commands: { CreateScheduleCommand, DeleteScheduleCommand }
      }),
      table: undefined as never,
      tableName: "runs",
      tenant: "",
      roleArn: "arn:aws:iam::000000000000:role/timers"
    })
    for (const due of [Date.UTC(11027, 0), 8_640_000_000_000_000])
      await Effect.runPromise(timers.schedule({ runId: newRunId(), key: "sleep#0", due }))
    const expressions = sent.map(({ input }) => input.ScheduleExpression ?? "")
    expect(expressions).toHaveLength(2)
    for (const expression of expressions) expect(expression).toMatch(/^at\(\d{4}-/)
  })
})
