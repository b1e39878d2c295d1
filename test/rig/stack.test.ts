import { fileURLToPath } from "node:url"
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { Duration } from "aws-cdk-lib"
import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { approved, doomed, greeting, large, parent, patient, violating } from "./cases.ts"
import { type Deployed, deploy, type Person, synthesizeRig } from "./deployed.ts"
import { noFaults } from "./faults.ts"
import { sign } from "./signature.ts"
import type { Synthesized } from "./synthesize.ts"

const runOn = <A, E>(rig: Deployed, program: Effect.Effect<A, E, Client>, person: Person, tenant = "") =>
  Effect.runPromise(program.pipe(Effect.timeout("25 seconds"), Effect.provide(rig.layerAs(person, tenant))))

const client = <A, E, R>(use: (client: Client["Service"]) => Effect.Effect<A, E, R>) => Effect.flatMap(Client, use)

const eventually = <A>(what: () => A | Promise<A>) => vi.waitFor(what, { timeout: 20_000, interval: 50 })

describeWithServers("A deployed stack on the rig", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  const faults = noFaults()
  const logs = new Map<string, string>()

  beforeAll(async () => {
    synthesized = synthesizeRig("Cases", {
      entry: fileURLToPath(new URL("cases.ts", import.meta.url)),
      stepTimeout: Duration.seconds(4),
      timeout: Duration.seconds(20),
      receives: 3,
      streamRetryAttempts: 1,
      schedules: [{ name: "daily", workflow: "greeting", input: "Ada", cron: "30 2 * * *", timeZone: "Europe/Berlin" }]
    })
    const servers = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    const onLog = (name: string, text: string) => void logs.set(name, `${logs.get(name) ?? ""}${text}`)
    rig = await deploy(synthesized, servers, { faults, onLog })
  }, 180_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
  })

  afterEach(() => {
    Object.assign(faults, noFaults())
  })

  const run = <A, E>(program: Effect.Effect<A, E, Client>, person: Person = "Shop") => runOn(rig, program, person)

  const deniedTo = (person: Person) => {
    const { ref } = rig.stack.physicalId(logicalIdOf(person))
    return rig.gateway.denied().filter(({ roleArn }) => roleArn.endsWith(`/${ref}`))
  }
  const logicalIdOf = (start: string) =>
    rig.stack.resources().find(({ logicalId }) => new RegExp(`^${start}[0-9A-F]{8}$`).test(logicalId))?.logicalId ?? ""
  const functionName = (id: string) => rig.stack.physicalId(logicalIdOf(`Runs${id}`)).ref

  it("a run goes from start to result, every call within the rights of whoever made it", async () => {
    const start = client((c) => c.execute(greeting, { runId: "greeting", input: "Ada" }))
    expect(await run(start)).toBe("Hello, Ada")
    expect(rig.gateway.denied()).toEqual([])
    expect(rig.problems()).toEqual([])
  })

  it("large values are objects in the bucket", async () => {
    expect(await run(client((c) => c.execute(large, { runId: "large", input: 400_000 })))).toBe(400_000)
    const used = [...rig.gateway.used().keys()].filter((key) => key.includes("s3:"))
    expect(used.some((key) => key.includes("s3:PutObject"))).toBe(true)
  })

  it("children are started and answer", async () => {
    const input = ["Ada", "Grace", "Edsger"]
    expect(await run(client((c) => c.execute(parent, { runId: "parent", input })))).toEqual(
      input.map((name) => `Hello, ${name}`)
    )
  })

  it("a long timer is a schedule of the stack's group, which is cleared when it is no longer wanted", async () => {
    await run(client((c) => c.start(patient, { runId: "patient", input: undefined })))
    await eventually(() => expect(rig.scheduler.server.names()).toHaveLength(1))
    expect(rig.scheduler.server.names()[0]).toMatch(/^Cases-RunsScheduleGroup.*\/timer-/)
    await run(client((c) => c.signal("patient", approved, { by: "Grace" })))
    expect(await run(client((c) => c.wait(patient, "patient")))).toBe("Hello, Grace")
    await eventually(() => expect(rig.scheduler.server.names()).toEqual([]))
  })

  it("when its time comes, a schedule puts the timer's row as its own role, and is gone", async () => {
    await run(client((c) => c.start(patient, { runId: "late", input: undefined })))
    await eventually(() => expect(rig.scheduler.server.names()).toHaveLength(1))
    expect(await rig.scheduler.server.fire(Date.now() + 7_200_000)).toBe(1)
    expect(rig.scheduler.server.names()).toEqual([])
    const role = rig.stack.physicalId(logicalIdOf("RunsSchedulerRole")).attributes.Arn
    expect(rig.gateway.used().get(`${role} dynamodb:PutItem`)).toBe(1)
    await run(client((c) => c.cancel("late")))
  })

  it("a step that kills its function again and again becomes a dead letter, and the run is told", async () => {
    expect(await run(client((c) => c.execute(doomed, { runId: "doomed", input: undefined })))).toMatch(/^failed: /)
    expect(rig.functions.counts(functionName("DeadLetter")).invocations).toBeGreaterThan(0)
  })

  it("the sweeper's schedule invokes it, as its own role", async () => {
    const answer = await rig.scheduler.invoke(logicalIdOf("RunsSweepSchedule"))
    expect(answer).toMatchObject({ complete: true, failed: 0 })
  })

  it("schedules that the stack names are there after the sweeper's first pass, each a timer of the stack's group", async () => {
    await rig.scheduler.invoke(logicalIdOf("RunsSweepSchedule"))
    await eventually(async () => {
      const { status, next } = await run(client((c) => c.schedules.get("daily")))
      expect([status, next.length]).toEqual(["active", 5])
    })
    await eventually(() => expect(rig.scheduler.server.names()).toHaveLength(1))
    const { runId } = await run(client((c) => c.schedules.trigger("daily", { id: "first" })))
    const handle = client((c) => c.wait(greeting, runId))
    await eventually(async () => expect(await run(handle)).toBe("Hello, Ada"))
    expect(rig.gateway.denied()).toEqual([])
    await run(client((c) => c.schedules.remove("daily")))
    await eventually(() => expect(rig.scheduler.server.names()).toEqual([]))
  })

  it("runs go on when every environment is a new one", async () => {
    await run(client((c) => c.start(patient, { runId: "cold", input: undefined })))
    await eventually(async () => {
      const { waitingFor } = await run(client((c) => c.get("cold")))
      expect(waitingFor).not.toEqual([])
    })
    const before = rig.functions.counts(functionName("Stream")).coldStarts
    rig.functions.coldStartEverything()
    await run(client((c) => c.signal("cold", approved, { by: "Ada" })))
    expect(await run(client((c) => c.wait(patient, "cold")))).toBe("Hello, Ada")
    expect(rig.functions.counts(functionName("Stream")).coldStarts).toBeGreaterThan(before)
  })

  it("batches that come twice change nothing", async () => {
    faults.duplicates = () => true
    expect(await run(client((c) => c.execute(greeting, { runId: "twice", input: "Ada" })))).toBe("Hello, Ada")
    expect(await run(client((c) => Effect.map(c.history("twice"), (rows) => rows.length)))).toBe(2)
  })

  it("a run that is parked is counted: by the phrase that the metric filter of that function's log looks for", async () => {
    await run(client((c) => c.start(violating, { runId: "violating", input: undefined })))
    const logGroup = rig.stack.physicalId(logicalIdOf("RunsStreamLog")).ref
    const filter = rig.stack
      .resources("AWS::Logs::MetricFilter")
      .find(({ properties }) => properties.LogGroupName === logGroup)
    // A phrase in quotes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
    const phrase = JSON.parse(filter?.properties.FilterPattern)
    await eventually(() => expect(logs.get(functionName("Stream"))).toContain(`run violating${phrase}`))
  })

  it("records that the mapping gives up on are in the bucket, with the event", async () => {
    const stream = functionName("Stream")
    faults.onCall = (call) => (call.functionName === stream ? "killBefore" : "none")
    await run(client((c) => c.start(greeting, { runId: "given-up", input: "Ada" })))
    const s3 = new S3Client({
      endpoint: rig.endpoint,
      region: rig.stack.region,
      credentials: rig.administrator(),
      forcePathStyle: true
    })
    const Bucket = String(rig.stack.outputs.BucketName)
    const record = await eventually(async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "aws/lambda/" }))
      const records = Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        return JSON.parse((await Body?.transformToString()) ?? "")
      })
      const found = (await Promise.all(records)).find(({ payload }) => payload.includes("/given-up/"))
      expect(found).toBeDefined()
      return found
    })
    expect(record.requestContext.condition).toBe("RetryAttemptsExhausted")
    expect(JSON.parse(record.payload).Records[0]).toMatchObject({ eventSource: "aws:dynamodb", eventName: "INSERT" })
    s3.destroy()
  })

  it("who may read may not start, and who may start may not read", async () => {
    const start = client((c) => Effect.exit(c.start(greeting, { runId: "forbidden", input: "Ada" })))
    expect(Exit.isFailure(await run(start, "Reader"))).toBe(true)
    expect(deniedTo("Reader").map(({ action }) => action)).toContain("dynamodb:PutItem")
    const read = client((c) => Effect.exit(c.get("greeting")))
    expect(Exit.isSuccess(await run(read, "Reader"))).toBe(true)
    expect(Exit.isFailure(await run(read, "Starter"))).toBe(true)
    expect(deniedTo("Starter").map(({ action }) => action)).toContain("dynamodb:GetItem")
    expect(Exit.isFailure(await run(read, "Stranger"))).toBe(true)
  })

  const request = async (person: Person | undefined, method: string, path: string, body = "") => {
    const [api] = rig.httpApis.values()
    const url = new URL(path, api?.endpoint)
    const headers = { host: url.host, "content-type": "application/json" }
    const parts = { method, path, headers, body: Buffer.from(body) }
    const scope = { region: rig.stack.region, service: "execute-api", now: Date.now() }
    const signed = person === undefined ? headers : sign(parts, rig.credentialsAs(person), scope)
    const response = await fetch(url, { method, headers: signed, ...(body === "" ? {} : { body }) })
    return { status: response.status, body: (await response.json()) as any }
  }

  it("the HTTP API starts, shows and signals runs for whoever may invoke it", async () => {
    const start = JSON.stringify({ runId: "over-http", input: null })
    expect((await request("Shop", "POST", "/workflows/patient/runs", start)).status).toBe(201)
    await eventually(async () => {
      expect((await request("Shop", "GET", "/runs/over-http")).body.waitingFor).not.toEqual([])
    })
    const signal = JSON.stringify({ payload: { by: "Ada" } })
    expect((await request("Shop", "POST", "/runs/over-http/signals/approved", signal)).status).toBe(202)
    await eventually(async () => {
      expect((await request("Shop", "GET", "/runs/over-http")).body.result).toBe("Hello, Ada")
    })
  })

  it("the HTTP API answers nobody else", async () => {
    const forbidden = { status: 403, body: { message: "Forbidden" } }
    expect(await request(undefined, "GET", "/runs")).toEqual(forbidden)
    expect(await request("Stranger", "GET", "/runs")).toEqual(forbidden)
    expect((await request("Shop", "PUT", "/runs")).status).toBe(404)
  })
})

describeWithServers("A tenant's stack on the rig", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed

  beforeAll(async () => {
    const entry = fileURLToPath(new URL("cases.ts", import.meta.url))
    synthesized = synthesizeRig("Ada", { entry, tenant: "ada" })
    rig = await deploy(synthesized, { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) })
  }, 180_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
  })

  const asTenant = <A, E>(program: Effect.Effect<A, E, Client>, tenant = "ada") => runOn(rig, program, "Tenant", tenant)

  const seesWaiting = async (runId: string) => {
    const { waitingFor } = await asTenant(client((c) => c.get(runId)))
    expect(waitingFor).not.toEqual([])
  }

  it("the tenant's own role starts, sees, signals and lists runs, which go on to their results", async () => {
    await asTenant(client((c) => c.start(patient, { runId: "of-ada", input: undefined })))
    await eventually(() => seesWaiting("of-ada"))
    await asTenant(client((c) => c.signal("of-ada", approved, { by: "Ada" })))
    expect(await asTenant(client((c) => c.wait(patient, "of-ada")))).toBe("Hello, Ada")
    const { runs } = await asTenant(client((c) => c.list({ workflow: "patient" })))
    expect(runs.map(({ runId }) => runId)).toEqual(["of-ada"])
  })

  it("its large values are below its own prefix, which is all of the bucket that it and the functions reach", async () => {
    expect(await asTenant(client((c) => c.execute(large, { runId: "large", input: 400_000 })))).toBe(400_000)
    expect(rig.gateway.denied()).toEqual([])
    expect(rig.problems()).toEqual([])
  })

  it.each(["bob", ""])("nobody else's runs are open to it (%j)", async (tenant) => {
    const attempts = {
      start: client((c) => Effect.exit(c.start(greeting, { runId: "of-ada", input: "Ada" }))),
      get: client((c) => Effect.exit(c.get("of-ada"))),
      signal: client((c) => Effect.exit(c.signal("of-ada", approved, { by: "Ada" }))),
      cancel: client((c) => Effect.exit(c.cancel("of-ada"))),
      list: client((c) => Effect.exit(c.list({ workflow: "patient" })))
    }
    for (const [name, attempt] of Object.entries(attempts)) {
      const before = rig.gateway.denied().length
      const exit = await asTenant<Exit.Exit<unknown, unknown>, never>(attempt as never, tenant)
      expect([name, Exit.isFailure(exit)]).toEqual([name, true])
      // Because of a right that is missing, and of nothing else.
      expect(rig.gateway.denied().length).toBeGreaterThan(before)
    }
  })
})
