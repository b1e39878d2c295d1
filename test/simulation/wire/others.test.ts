import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { shapeOf } from "../../../simulation/wire/dynamodb/tables.ts"
import { Weather } from "../../../simulation/wire/weather.ts"
import { Wire } from "../../../simulation/wire/wire.ts"
import { drainMicrotasks, inMacrotask } from "../../../simulation/wire/world/microtasks.ts"
import { Expiries, type Expiry, isOfCredentials } from "../../../simulation/wire/world/weather/expiries.ts"
import { type Outage, Outages } from "../../../simulation/wire/world/weather/outages.ts"
import { worldNetwork } from "../../../simulation/wire/world/worldNetwork.ts"
import { type Fault, Faults } from "../../../simulation/world/faults.ts"
import { type Life, Machine } from "../../../simulation/world/machine.ts"
import { startTime, World } from "../../../simulation/world/world.ts"
import { tableDefinition } from "../../../src/store/aws/createAwsTables.ts"

class Unkind extends Weather {
  constructor(ways: Partial<Weather>) {
    super()
    Object.assign(this, ways)
  }
}

const open = (faults: ReadonlyArray<Fault> = []) => {
  const world = new World(1, new Faults(faults))
  const wire = new Wire(world)
  const table = wire.dynamodb.create(shapeOf(tableDefinition("t")))
  const ask = (service: "scheduler" | "s3", operation: string, input: object): any => {
    let answer: unknown
    try {
      wire[service].request(
        { operation, input, by: "tests" },
        { done: (output) => (answer = output), failed: (error) => (answer = error) }
      )
    } catch (error) {
      answer = error
    }
    return answer
  }
  const wait = (ms: number) => void world.run(() => false, world.now + ms, 1_000)
  return { world, wire, table, ask, wait }
}

describe("Scheduler", () => {
  const Item = { pk: { S: "a" }, sk: { S: "timer/a" } }
  const scheduleOf = (at: number, more: object = {}) => ({
    Name: "timer-1",
    ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "DELETE",
    Target: {
      Arn: "arn:aws:scheduler:::aws-sdk:dynamodb:putItem",
      RoleArn: "arn:aws:iam::000000000000:role/timers",
      Input: JSON.stringify({ TableName: "t", Item, ConditionExpression: "attribute_not_exists(pk)" })
    },
    ...more
  })
  const minute = 60_000

  it.each([0, 30_000, 59_999])("fires at %i ms of the minute that a schedule names, and is done with it", (moment) => {
    const { world, wire, table, ask, wait } = open()
    wire.weather = new Unkind({ momentOfMinuteMs: () => moment })
    const at = Math.ceil(world.now / minute) * minute + 5 * minute
    expect(ask("scheduler", "CreateSchedule", scheduleOf(at + 30_000))).toHaveProperty("ScheduleArn")
    wait(at + moment - world.now - 1)
    expect([table.item("a", "timer/a"), wire.scheduler.names()]).toEqual([undefined, ["default/timer-1"]])
    wait(1)
    expect([table.item("a", "timer/a"), wire.scheduler.names()]).toEqual([Item, []])
  })

  it("fires late, twice or never", () => {
    const fired = (ways: object, afterMs: number) => {
      const { world, wire, table, ask, wait } = open()
      wire.weather = new Unkind({ fires: () => ({ lateMs: 0, isTwice: false, isLost: false, ...ways }) })
      ask("scheduler", "CreateSchedule", scheduleOf(Math.ceil(world.now / minute) * minute + minute))
      wait(afterMs)
      return table.item("a", "timer/a") !== undefined
    }
    expect([fired({ lateMs: 90_000 }, 149_000), fired({ lateMs: 90_000 }, 151_000)]).toEqual([false, true])
    expect(fired({ isLost: true }, 10 * minute)).toBe(false)
    expect(fired({ isTwice: true }, 2 * minute)).toBe(true)
  })

  it.each([
    ["a time in the past", { ScheduleExpression: "at(2020-01-01T00:00:00)" }, "ValidationException"],
    ["a time to the millisecond", { ScheduleExpression: "at(2030-01-01T00:00:00.000)" }, "ValidationException"],
    ["a year of five digits", { ScheduleExpression: "at(+010000-01-01T00:00)" }, "ValidationException"],
    ["a name of other characters", { Name: "timer/1" }, "ValidationException"],
    ["a name of 65", { Name: "t".repeat(65) }, "ValidationException"],
    ["a group that is not there", { GroupName: "none" }, "ResourceNotFoundException"],
    ["a window", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, "UnknownToWire"]
  ])("refuses %s", (_, more, name) => {
    const { world, ask } = open()
    expect(ask("scheduler", "CreateSchedule", scheduleOf(world.now + 5 * minute, more))).toMatchObject({ name })
  })

  it("is throttled, and has room for so many schedules and no more", () => {
    const { world, wire, ask } = open()
    const schedule = scheduleOf(world.now + 5 * minute)
    wire.weather = new Unkind({ isThrottled: () => true })
    expect(ask("scheduler", "CreateSchedule", schedule)).toMatchObject({ name: "ThrottlingException" })
    wire.weather = new Unkind({ isFull: () => true })
    expect(ask("scheduler", "CreateSchedule", schedule)).toMatchObject({ name: "ServiceQuotaExceededException" })
    wire.weather = new Unkind({ refusesTimer: () => true })
    expect(ask("scheduler", "CreateSchedule", schedule)).toMatchObject({ name: "ValidationException" })
    expect(wire.scheduler.names()).toEqual([])
  })

  it("has a name once in a group, until it is deleted", () => {
    const { world, wire, ask, wait, table } = open()
    const schedule = scheduleOf(world.now + 5 * minute)
    ask("scheduler", "CreateSchedule", schedule)
    expect(ask("scheduler", "CreateSchedule", schedule)).toMatchObject({ name: "ConflictException" })
    wire.scheduler.createGroup("other")
    expect(ask("scheduler", "CreateSchedule", { ...schedule, GroupName: "other" })).toHaveProperty("ScheduleArn")
    for (const GroupName of ["default", "other"])
      expect(ask("scheduler", "DeleteSchedule", { Name: "timer-1", GroupName })).toEqual({})
    expect(ask("scheduler", "DeleteSchedule", { Name: "timer-1" })).toMatchObject({ name: "ResourceNotFoundException" })
    wait(10 * minute)
    expect(table.item("a", "timer/a")).toBeUndefined()
  })

  it("tries again what its target refuses for now", () => {
    const { world, wire, ask, wait, table } = open()
    let refusals = 2
    wire.weather = new Unkind({ isThrottled: (operation) => operation === "PutItem" && refusals-- > 0 })
    ask("scheduler", "CreateSchedule", scheduleOf(Math.ceil(world.now / minute) * minute + minute))
    wait(3 * minute)
    expect(table.item("a", "timer/a")).toEqual(Item)
  })
})

describe("S3", () => {
  const put = (ask: ReturnType<typeof open>["ask"], Body: string, of = Body) =>
    ask("s3", "PutObject", {
      Bucket: "b",
      Key: "a",
      Body,
      ChecksumSHA256: createHash("sha256").update(of).digest("base64")
    })
  const get = (ask: ReturnType<typeof open>["ask"]) => ask("s3", "GetObject", { Bucket: "b", Key: "a" })

  it("says 404 of what is not there to those who may list, and 403 to others", () => {
    const { ask, wire } = open()
    expect(get(ask)).toMatchObject({ name: "NoSuchBucket" })
    wire.s3.create("b")
    expect(get(ask)).toMatchObject({ name: "NoSuchKey", $metadata: { httpStatusCode: 404 } })
    wire.s3.mayList = false
    expect(get(ask)).toMatchObject({ name: "AccessDenied", $metadata: { httpStatusCode: 403 } })
  })

  it("takes what has the sum that was told, and may have it missing or altered", async () => {
    const { ask, wire } = open()
    wire.s3.create("b")
    expect(put(ask, '{"a":1}', "another")).toMatchObject({ name: "BadDigest" })
    expect(put(ask, '{"a":1}')).toEqual({})
    expect(await get(ask).Body.transformToString()).toBe('{"a":1}')
    wire.weather = new Unkind({ object: () => "altered" })
    expect(await get(ask).Body.transformToString()).toBe('{"a":2}')
    wire.weather = new Unkind({ object: () => "missing" })
    expect(get(ask)).toMatchObject({ name: "NoSuchKey" })
  })

  it("lists what a prefix has, page by page, and deletes what is there and what is not", () => {
    const { ask, wire } = open()
    wire.s3.create("b")
    for (const Key of ["a/2", "b/1", "a/1", "a/3"]) ask("s3", "PutObject", { Bucket: "b", Key, Body: "" })
    const list = (rest: object = {}) => ask("s3", "ListObjectsV2", { Bucket: "b", Prefix: "a/", ...rest })
    expect(list()).toEqual({
      Contents: [{ Key: "a/1" }, { Key: "a/2" }, { Key: "a/3" }],
      KeyCount: 3,
      IsTruncated: false
    })
    wire.weather = new Unkind({ objectsListed: () => 2 })
    const { NextContinuationToken: ContinuationToken, ...first } = list()
    expect(first).toEqual({ Contents: [{ Key: "a/1" }, { Key: "a/2" }], KeyCount: 2, IsTruncated: true })
    expect(list({ ContinuationToken })).toMatchObject({ Contents: [{ Key: "a/3" }], IsTruncated: false })
    for (const Key of ["a/1", "a/1"]) expect(ask("s3", "DeleteObject", { Bucket: "b", Key })).toEqual({})
    expect(wire.s3.keys("b")).toEqual(["a/2", "a/3", "b/1"])
  })
})

describe("the network of a process", () => {
  const put = (version: number) => ({
    TableName: "t",
    Item: { pk: { S: "a" }, sk: { S: "a" }, v: { N: String(version) } },
    ConditionExpression: "attribute_not_exists(pk)"
  })
  /** What becomes of a put, with these faults; and how often it was carried out. */
  const outcomeOf = (
    faults: ReadonlyArray<Fault>,
    always: number,
    away: ReadonlyArray<Outage> = [],
    expiries: ReadonlyArray<Expiry> = []
  ) =>
    inMacrotask(() => {
      const { world, wire } = open(faults)
      world.drain = drainMicrotasks
      world.draw.chance = (probability) => (probability === 0.5 && always === 1) || probability === always
      let writes = 0
      wire.dynamodb.onWrite = () => writes++
      const machine = new Machine(world, { name: "m", isFaulty: true, boot: () => undefined, onLog: () => undefined })
      machine.start()
      let came = "nothing"
      const life = machine.life as Life
      life.deliver(() => {
        worldNetwork(world, life, { outages: new Outages(world, away), expiries: new Expiries(world, expiries) })
          .ask(wire.dynamodb, "PutItem", put(1))
          .then(
            () => (came = "done"),
            (error) => (came = error.name)
          )
      })
      world.run(() => false, world.now + 60_000, 1_000)
      return { came, writes }
    })
  const fault = (kind: Fault["kind"]): Fault => ({ kind, after: 0, forMs: 50 })

  it("sends again what has no answer, and then meets its own work", async () => {
    expect(await outcomeOf([fault("lostAnswer")], 0)).toEqual({ came: "ConditionalCheckFailedException", writes: 1 })
    expect(await outcomeOf([fault("refused")], 0)).toEqual({ came: "done", writes: 1 })
  })

  it("or gives up, and nobody knows whether it was carried out", async () => {
    expect(await outcomeOf([fault("lostAnswer")], 1)).toEqual({ came: "TimeoutError", writes: 1 })
    expect(await outcomeOf([fault("refused")], 1)).toEqual({ came: "TimeoutError", writes: 0 })
  })

  it("sends again what a service that is away has not taken, and gives up in the end", async () => {
    const away = (forMs: number, how: Outage["how"]): ReadonlyArray<Outage> => [
      { service: "DynamoDB", from: startTime, to: startTime + forMs, how }
    ]
    const noFaults = [{ ...fault("lostAnswer"), after: 1_000 }]
    expect(await outcomeOf(noFaults, 0, away(100, "says"))).toEqual({ came: "done", writes: 1 })
    expect(await outcomeOf(noFaults, 0, away(60_000, "says"))).toEqual({ came: "ServiceUnavailable", writes: 0 })
    expect(await outcomeOf(noFaults, 0, away(60_000, "silent"))).toEqual({ came: "TimeoutError", writes: 0 })
    expect(await outcomeOf(noFaults, 0, away(60_000, "throttles"))).toEqual({
      came: "ProvisionedThroughputExceededException",
      writes: 0
    })
    const other = away(60_000, "says").map((outage) => ({ ...outage, service: "SQS" as const }))
    expect(await outcomeOf(noFaults, 0, other)).toEqual({ came: "done", writes: 1 })
  })

  it("asks once where the credentials of its process are not taken, and is answered once they are", async () => {
    const noFaults = [{ ...fault("lostAnswer"), after: 1_000 }]
    const expired = (from: number, forMs: number): ReadonlyArray<Expiry> => [
      { from: startTime + from, to: startTime + from + forMs }
    ]
    const { came, writes } = await outcomeOf(noFaults, 0.6, [], expired(0, 60_000))
    expect([isOfCredentials(came), writes]).toEqual([true, 0])
    expect(await outcomeOf(noFaults, 0.6, [], expired(30_000, 60_000))).toEqual({ came: "done", writes: 1 })
    // Those of others are.
    expect(await outcomeOf(noFaults, 0, [], expired(0, 60_000))).toEqual({ came: "done", writes: 1 })
  })

  it("brings nothing to who has died", async () => {
    expect(await outcomeOf([fault("crashBefore")], 0)).toEqual({ came: "nothing", writes: 0 })
    expect(await outcomeOf([fault("crashAfter")], 0)).toEqual({ came: "nothing", writes: 1 })
  })
})
