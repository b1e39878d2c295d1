import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"
import { defineSchedule, type ScheduleDefinition } from "dynactor"
import { makeHandlers } from "dynactor/lambda"
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { sweepPartition } from "../../../src/store/aws/table/keys.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws, testCredentials, testRegion } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import * as entry from "./definitions.ts"
import { contextWith, type Deployment, environmentOf, openPlatform, type Platform } from "./platform.ts"

const day = 86_400_000

describeWithServers("schedules that a deployment names as data", [dynoxide, fauxqs], (endpointOf) => {
  let deployment: Deployment
  let platform: Platform
  let dynamodb: DynamoDBClient
  const lines: Array<string> = []

  beforeAll(async () => {
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    deployment = (await prepareTestAws(endpoints)) as unknown as Deployment
    for (const [name, value] of Object.entries(environmentOf(endpoints, deployment))) vi.stubEnv(name, value)
    platform = await openPlatform(endpoints, deployment)
    dynamodb = new DynamoDBClient({ region: testRegion, credentials: testCredentials, endpoint: endpoints.dynamodb })
    for (const level of ["error", "warn", "info", "log"] as const)
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(`${level} ${String(line)}`))
  })

  afterEach(() => void lines.splice(0))

  afterAll(() => {
    platform?.close()
    dynamodb?.destroy()
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  const handlers = makeHandlers(entry)

  const request = async (method: string, path: string, body?: unknown) => {
    const [rawPath = "", search = ""] = path.split("?")
    const { statusCode, body: text } = await handlers.api({
      rawPath,
      queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
      requestContext: { stage: "$default", http: { method } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: statusCode, body: JSON.parse(text) }
  }

  const ringAll = async () => {
    for (;;) {
      const event = await platform.streamEvent()
      if (event.Records.length === 0) return
      await handlers.stream(event, contextWith(30_000))
    }
  }

  /** The first pass after a deployment: of a new environment. */
  const deploy = async (
    schedules: ReadonlyArray<object>,
    code: { readonly schedules?: ReadonlyArray<ScheduleDefinition> } = {}
  ) => {
    const environment = makeHandlers({ ...entry, ...code })
    expect(await environment.sweep({ schedules }, contextWith(30_000))).toMatchObject({ failed: 0 })
    await ringAll()
    return environment
  }

  const shown = async (name: string) => (await request("GET", `/schedules/${name}`)).body
  const told = (text: string) => lines.filter((line) => line.includes(text))

  it("are there after the first pass, as they are named: what has changed is changed", async () => {
    const daily = { name: "daily", workflow: "greeting", input: "Ada", every: day, overlap: "queue" }
    await deploy([daily])
    expect(await shown("daily")).toMatchObject({
      status: "active",
      spec: { workflow: "greeting", times: { _tag: "every", everyMs: day }, overlap: "queue", isInputMade: false }
    })
    const { name, workflow, input } = daily
    await deploy([{ name, workflow, input, cron: "30 2 * * *", timeZone: "Europe/Berlin" }])
    expect(await shown("daily")).toMatchObject({
      status: "active",
      spec: { times: { _tag: "cron", expression: "30 2 * * *", zone: "Europe/Berlin" }, overlap: "skip" }
    })
    await request("POST", "/schedules/daily/trigger", { id: "first" })
    await ringAll()
    await expect.poll(async () => (await request("GET", "/runs/daily/now-first")).status).toBe(200)
  })

  it("that are taken out are removed, and begin anew once they are put back; their runs go on", async () => {
    const approvals = { name: "approvals", workflow: "approval", input: "Ada", every: day }
    const beside = { name: "beside", workflow: "approval", input: "Ada", every: day }
    await deploy([approvals, beside])
    await request("POST", "/schedules/approvals/trigger", { id: "1" })
    await ringAll()
    await deploy([beside])
    expect(told("schedule approvals is removed: the deployment names it no more")).toHaveLength(1)
    expect(await shown("approvals")).toMatchObject({ status: "removed" })
    expect(await shown("beside")).toMatchObject({ status: "active" })
    expect((await request("GET", "/runs/approvals/now-1")).body.status).toBe("running")
    await deploy([approvals, beside])
    expect(told("schedule approvals begins anew")).toHaveLength(1)
    expect(await shown("approvals")).toMatchObject({ status: "active", started: 0 })
    // Another environment finds all as it should be.
    await deploy([approvals, beside])
    expect(told("schedule approvals begins anew")).toHaveLength(1)
    await deploy([])
    expect(await shown("beside")).toMatchObject({ status: "removed" })
  })

  it("that somebody has removed stay so", async () => {
    const once = { name: "once", workflow: "greeting", input: "Ada", every: day }
    await deploy([once])
    expect((await request("POST", "/schedules/once/remove", {})).status).toBe(202)
    await ringAll()
    await deploy([once])
    expect(await shown("once")).toMatchObject({ status: "removed" })
    expect(told("schedule once has ended or was removed, and stays so")).toHaveLength(1)
  })

  it("are not taken out by an event that names none, nor by moving into the code", async () => {
    const moving = { name: "moving", workflow: "greeting", input: "Ada", every: day }
    const environment = await deploy([moving])
    await environment.sweep({}, contextWith(30_000))
    await environment.sweep({ version: "0", source: "aws.scheduler", detail: "{}" }, contextWith(30_000))
    await ringAll()
    expect(await shown("moving")).toMatchObject({ status: "active" })
    const schedules = [defineSchedule("moving", { workflow: entry.greeting, input: "Ada", every: day / 2 })]
    await deploy([], { schedules })
    expect(await shown("moving")).toMatchObject({ status: "active", spec: { times: { everyMs: day / 2 } } })
  })

  it("that cannot be are told as errors, and are no matter to the others, nor to the sweep", async () => {
    const schedules = [defineSchedule("ofCode", { workflow: entry.greeting, input: "Ada", every: day })]
    const wrong = [
      { name: "unknown", workflow: "greetings", every: day },
      { name: "older", workflow: "greeting", version: "7", input: "Ada", every: day },
      { name: "misfit", workflow: "greeting", input: 7, every: day },
      { name: "zoned", workflow: "greeting", input: "Ada", cron: "0 0 * * *", timeZone: "Europe/Atlantis" },
      { name: "ofCode", workflow: "greeting", input: "Ada", every: 1_000 }
    ]
    const right = { name: "right", workflow: "greeting", input: "Ada", every: day }
    const environment = await deploy([...wrong, right], { schedules })
    const errors = () => told("of the deployment cannot be").filter((line) => line.startsWith("error "))
    expect(errors().map((line) => /schedule (\w+) of the deployment/.exec(line)?.[1])).toEqual(
      wrong.map(({ name }) => name)
    )
    expect(told("the entry exports no workflow greetings in")).toHaveLength(1)
    expect(told("the entry exports no workflow greeting, version 7, in")).toHaveLength(1)
    expect(told("its input does not fit the schema of workflow greeting")).toHaveLength(1)
    expect(told("Europe/Atlantis")).toHaveLength(1)
    expect(await shown("right")).toMatchObject({ status: "active" })
    expect(await shown("ofCode")).toMatchObject({ spec: { times: { everyMs: day } } })
    expect((await request("GET", "/schedules/unknown")).status).toBe(404)
    // Once an environment: only another deployment mends them.
    await environment.sweep({ schedules: [...wrong, right] }, contextWith(30_000))
    expect(errors()).toHaveLength(wrong.length)
  })

  it("that are not schedules at all are told as errors, and the sweep goes on: nothing is taken out by what has no name", async () => {
    const kept = { name: "kept", workflow: "greeting", input: "Ada", every: day }
    const environment = await deploy([kept])
    const passes = [
      [kept, { ...kept, name: "versioned", version: 2 }],
      [{ ...kept, name: "fresh" }, { workflow: "greeting" }, null],
      "none"
    ]
    for (const schedules of passes)
      expect(await environment.sweep({ schedules }, contextWith(30_000))).toMatchObject({ failed: 0, complete: true })
    await ringAll()
    expect(told("schedule versioned of the deployment cannot be: ").join()).toMatch(/^error .*version/)
    for (const which of ["number 2", "number 3"])
      expect(told(`schedule ${which} of the deployment cannot be: `).join()).toMatch(/^error /)
    expect(told("does not name the schedules of the deployment as an array").join()).toMatch(/^error /)
    expect((await request("GET", "/schedules/versioned")).status).toBe(404)
    for (const name of ["kept", "fresh"]) expect(await shown(name)).toMatchObject({ status: "active" })
    await deploy([])
    for (const name of ["kept", "fresh"]) expect(await shown(name)).toMatchObject({ status: "removed" })
  })

  it("that are put back with an input that does not fit begin anew once it does", async () => {
    const mended = { name: "mended", workflow: "greeting", input: "Ada", every: day }
    await deploy([mended])
    await deploy([])
    await deploy([{ ...mended, input: 7 }])
    expect(await shown("mended")).toMatchObject({ status: "removed" })
    await deploy([mended])
    expect(await shown("mended")).toMatchObject({ status: "active" })
  })

  it("that are taken out before they have begun anew are removed", async () => {
    const hasty = { name: "hasty", workflow: "greeting", input: "Ada", every: day }
    await deploy([hasty])
    await deploy([])
    // No doorbell is heard before the next deployment.
    for (const schedules of [[hasty], []]) await makeHandlers(entry).sweep({ schedules }, contextWith(30_000))
    await ringAll()
    expect(told("schedule hasty begins anew")).toHaveLength(1)
    expect(await shown("hasty")).toMatchObject({ status: "removed" })
  })

  it("that are put back, taken out and put back before they have begun anew are there", async () => {
    const eager = { name: "eager", workflow: "greeting", input: "Ada", every: day }
    await deploy([eager])
    for (const schedules of [[], [eager], [], [eager]])
      await makeHandlers(entry).sweep({ schedules }, contextWith(30_000))
    await ringAll()
    expect(await shown("eager")).toMatchObject({ status: "active" })
  })

  it("go on where what is kept of them is damaged, and so does the sweep", async () => {
    const kept = { name: "durable", workflow: "greeting", input: "Ada", every: day }
    await deploy([kept])
    for (const damaged of [{ q: { S: "[" } }, { q: { S: "{}" } }, {}]) {
      const item = { pk: { S: sweepPartition("") }, sk: { S: "schedules" }, ...damaged }
      await dynamodb.send(new PutItemCommand({ TableName: deployment.tableName, Item: item }))
      const place = { pk: { S: sweepPartition("") }, sk: { S: "place" } }
      await dynamodb.send(new PutItemCommand({ TableName: deployment.tableName, Item: place }))
      expect(await makeHandlers(entry).sweep({ schedules: [kept] }, contextWith(30_000))).toMatchObject({ failed: 0 })
      expect(await shown("durable")).toMatchObject({ status: "active" })
    }
    expect(told("which schedules the deployment before has named cannot be read")).toHaveLength(3)
    expect(told("schedule durable begins anew")).toHaveLength(0)
    await deploy([])
    expect(await shown("durable")).toMatchObject({ status: "removed" })
  })

  it("have half of the time: the sweep goes on behind them", async () => {
    const one = { workflow: "greeting", input: "Ada", every: day }
    const many = Array.from({ length: 1_000 }, (_, n) => ({ name: `many-${n}`, ...one }))
    const answer = await makeHandlers(entry).sweep({ schedules: many }, contextWith(500))
    expect(answer).toMatchObject({ failed: 0 })
    expect(told("half of the time was up")).toHaveLength(1)
  })
})
