import { type Handlers, makeHandlers } from "dynactor/lambda"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import * as entry from "./definitions.ts"
import { contextWith, type Deployment, doorbellEvent, environmentOf, openPlatform, type Platform } from "./platform.ts"

const { seen } = entry

describeWithServers("the functions of a deployment", [dynoxide, fauxqs], (endpointOf) => {
  let deployment: Deployment
  let platform: Platform
  let handlers: Handlers

  beforeAll(async () => {
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    deployment = (await prepareTestAws(endpoints, { maxReceives: 3 })) as unknown as Deployment
    for (const [name, value] of Object.entries(environmentOf(endpoints, deployment))) vi.stubEnv(name, value)
    platform = await openPlatform(endpoints, deployment)
    handlers = makeHandlers(entry)
  })

  afterAll(() => {
    platform?.close()
    vi.unstubAllEnvs()
  })

  beforeEach(() => {
    Object.assign(seen, { greeted: [], stuck: 0, mayEnd: false })
  })

  const request = async (method: string, path: string, body?: unknown) => {
    const [rawPath = "", search = ""] = path.split("?")
    const { statusCode, body: text } = await handlers.api({
      rawPath,
      queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
      requestContext: { stage: "$default", http: { method } },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
    })
    return { status: statusCode, body: JSON.parse(text) }
  }

  const start = async (workflow: string, input: unknown, runId: string) => {
    const { status } = await request("POST", `/workflows/${workflow}/runs`, { input, runId })
    expect(status).toBe(201)
  }

  const statusOf = async (runId: string) => (await request("GET", `/runs/${runId}`)).body.status

  const ringAll = async () => {
    const event = await platform.streamEvent()
    return await handlers.stream(event, contextWith(30_000))
  }

  /** One batch of the step queue. */
  const workOnce = async (leftMs = 30_000) => {
    const event = await platform.queueEvent(deployment.queueUrl, 2)
    const response = await handlers.step(event, contextWith(leftMs))
    await platform.settle(deployment.queueUrl, event, response)
    return { event, response }
  }

  it("take a run from its start to its outcome: the step worker turns it at once", async () => {
    await start("greeting", "Ada", "whole")
    expect(await statusOf("whole")).toBe("accepted")
    expect(await ringAll()).toEqual({ batchItemFailures: [] })
    const { response } = await workOnce()
    expect(response).toEqual({ batchItemFailures: [] })
    expect(seen.greeted).toEqual(["Ada"])
    const { status, body } = await request("GET", "/runs/whole")
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: "succeeded", outcome: "succeeded", result: "Hello, Ada" })
    // The doorbells that are left find nothing to do.
    expect(await ringAll()).toEqual({ batchItemFailures: [] })
  })

  it("receive signals and cancellations through the API", async () => {
    await start("approval", "Ada", "signalled")
    await start("approval", "Bob", "cancelled")
    await ringAll()
    await workOnce()
    expect(await request("POST", "/runs/signalled/signals/approved", { payload: { by: "Cleo" }, id: "1" })).toEqual({
      status: 202,
      body: { runId: "signalled" }
    })
    expect((await request("POST", "/runs/cancelled/cancel", { reason: "enough" })).status).toBe(202)
    await ringAll()
    expect((await request("GET", "/runs/signalled")).body.result).toBe("Hello, Ada, approved by Cleo")
    expect((await request("GET", "/runs/cancelled")).body).toMatchObject({ status: "cancelled", result: "enough" })
  })

  describe("stream", () => {
    it("does not fail a batch for a run that is parked", async () => {
      await start("violating", null, "parked")
      await start("greeting", "Ada", "beside")
      expect(await ringAll()).toEqual({ batchItemFailures: [] })
      expect(await statusOf("parked")).toBe("parked")
      expect(await statusOf("beside")).toBe("running")
      await workOnce()
    })

    it("says so each time that it was tried again in vain", async () => {
      const lines: Array<string> = []
      const log = vi.spyOn(console, "warn").mockImplementation((line) => void lines.push(String(line)))
      try {
        await start("violating", null, "parked-on")
        await ringAll()
        const told = () => lines.filter((line) => line.includes("run parked-on is parked: ")).length
        expect(told()).toBe(1)
        for (let sweeps = 1; sweeps <= 2; sweeps++) {
          // A new container has looked at none of them.
          await makeHandlers(entry).sweep({}, contextWith(30_000))
          expect(told()).toBe(1 + sweeps)
        }
      } finally {
        log.mockRestore()
      }
    })

    it("fails no record for a run whose inline step takes longer than there is time: the step worker goes on with it", async () => {
      await start("hanging", null, "hung")
      await start("greeting", "Ada", "beside the hung")
      const event = await platform.streamEvent()
      // Functions of their own: where it began, the turn hangs on.
      expect(await makeHandlers(entry).stream(event, contextWith(1_500))).toEqual({ batchItemFailures: [] })
      expect(seen.stuck).toBe(1)
      expect(await statusOf("beside the hung")).toBe("running")
      seen.mayEnd = true
      const messages = await platform.queueEvent(deployment.queueUrl, 2)
      const response = await makeHandlers(entry).step(messages, contextWith(30_000))
      expect(response).toEqual({ batchItemFailures: [] })
      await platform.settle(deployment.queueUrl, messages, response)
      expect(await statusOf("beside the hung")).toBe("succeeded")
      expect((await request("GET", "/runs/hung")).body.result).toBe("free")
      expect(seen.stuck).toBe(2)
    })

    it("rings for no deletion, no head, no other tenant and no run that is not there", async () => {
      const event = doorbellEvent([
        ["gone", "start", "1", "REMOVE"],
        ["gone", "head", "2"],
        ["gone", "order/0000001", "3"],
        ["nobody", "start", "4"]
      ])
      const other = { eventName: "INSERT", dynamodb: { Keys: { pk: { S: "b/r/0" }, sk: { S: "start" } } } }
      const all = { Records: [...event.Records, other, {}] }
      expect(await handlers.stream(all, contextWith(10_000))).toEqual({ batchItemFailures: [] })
    })
  })

  describe("step", () => {
    it("names a message that is none of ours, and no other", async () => {
      await start("greeting", "Ada", "poisoned")
      await ringAll()
      await platform.send(deployment.queueUrl, "poison")
      const results: Array<Awaited<ReturnType<typeof workOnce>>> = []
      while ((await statusOf("poisoned")) !== "succeeded" || results.flatMap((one) => one.event.Records).length < 2) {
        results.push(await workOnce())
      }
      const bodies = results.flatMap(({ event, response }) =>
        response.batchItemFailures.map(
          ({ itemIdentifier }) => event.Records.find(({ messageId }) => messageId === itemIdentifier)?.body
        )
      )
      expect(bodies).toEqual(["poison"])
    })

    it("hands back what does not end in its time, visible at once", async () => {
      await start("sticking", null, "stuck")
      await ringAll()
      const first = await workOnce(1_500)
      expect(seen.stuck).toBe(1)
      expect(first.response.batchItemFailures).toEqual([{ itemIdentifier: first.event.Records[0]?.messageId }])
      seen.mayEnd = true
      const second = await workOnce()
      expect(second.event.Records[0]?.attributes.ApproximateReceiveCount).toBe("2")
      expect(second.response).toEqual({ batchItemFailures: [] })
      expect((await request("GET", "/runs/stuck")).body.result).toBe("free")
    })
  })

  it("deadLetter tells the run of a step that never ended", async () => {
    await start("sticking", null, "dead")
    await ringAll()
    for (let receipt = 1; receipt <= 3; receipt++) await workOnce(1_200)
    expect(seen.stuck).toBe(3)
    // The next receipt finds it among the dead letters.
    expect((await platform.queueEvent(deployment.queueUrl, 1)).Records).toEqual([])
    const event = await platform.queueEvent(deployment.deadLetterQueueUrl, 2)
    expect(event.Records).toHaveLength(1)
    expect(await handlers.deadLetter(event, contextWith(30_000))).toEqual({ batchItemFailures: [] })
    expect((await request("GET", "/runs/dead")).body.result).toBe("failed: deadLetter")
  })

  it("api answers 400 to a cursor that no listing gave out", async () => {
    expect(await request("GET", "/runs?cursor=nonsense")).toMatchObject({
      status: 400,
      body: { error: "CursorInvalid" }
    })
  })

  it("sweep resumes what no doorbell rang for, and says when its time was up", async () => {
    const patient = makeHandlers({ ...entry, tuning: { quietMs: 0 } })
    await start("approval", "Ada", "unrung")
    await ringAll()
    await workOnce()
    await request("POST", "/runs/unrung/signals/approved", { payload: { by: "Cleo" } })
    await expect
      .poll(async () => (await request("GET", "/runs?workflow=approval&status=running")).body.runs.length)
      .toBe(1)
    expect(await patient.sweep({}, contextWith(0))).toEqual({
      scanned: 0,
      retried: 0,
      stalled: 0,
      resumed: 0,
      failed: 0,
      complete: false
    })
    const answer = await patient.sweep({}, contextWith(30_000))
    expect(answer).toMatchObject({ resumed: 1, failed: 0, complete: true })
    expect(await statusOf("unrung")).toBe("succeeded")
  })

  it("sweep looks through the table for what was started and never begun, when it is asked to", async () => {
    await start("approval", "Ada", "never-begun")
    // Its doorbell is lost.
    await platform.streamEvent()
    expect(await handlers.sweep({}, contextWith(30_000))).toMatchObject({ complete: true })
    expect(await statusOf("never-begun")).toBe("accepted")
    expect(await handlers.sweep({ lookThrough: true }, contextWith(0))).toEqual({
      found: 0,
      failed: 0,
      complete: false
    })
    expect(await statusOf("never-begun")).toBe("accepted")
    expect(await handlers.sweep({ lookThrough: true }, contextWith(30_000))).toEqual({
      found: 1,
      failed: 0,
      complete: true
    })
    expect(await statusOf("never-begun")).toBe("running")
    expect(await handlers.sweep({ lookThrough: true }, contextWith(30_000))).toEqual({
      found: 0,
      failed: 0,
      complete: true
    })
    await expect(handlers.sweep({ lookThrough: "yes" }, contextWith(30_000))).rejects.toThrow(/lookThrough/)
    await expect(handlers.sweep({ lookThrough: true, cursor: "?" }, contextWith(30_000))).rejects.toThrow(/no cursor/)
  })
})

describe("a function without its environment", () => {
  it("says which variable is missing", async () => {
    vi.stubEnv("DYNACTOR_TABLE", "")
    vi.stubEnv("DYNACTOR_BUCKET", undefined)
    const handlers = makeHandlers(entry)
    await expect(handlers.stream({ Records: [] }, contextWith(5_000))).rejects.toMatchObject({
      _tag: "EnvironmentIncomplete",
      variable: "DYNACTOR_TABLE",
      message: "the environment variable DYNACTOR_TABLE is not set: the name of the table"
    })
    vi.unstubAllEnvs()
  })
})

describe("makeHandlers says what is wrong with an entry", () => {
  it.each([
    [{ workflows: entry.workflows }, "the entry's `steps`: it is missing"],
    [{ steps: entry.steps, workflows: {} }, "the entry's `workflows`: it is no array but of type object"],
    [{ steps: entry.steps, workflows: [entry.greeting, undefined] }, "`workflows`: number 1 is none"],
    [{ steps: [entry.greeting], workflows: entry.workflows }, "the entry's `steps`: number 0 is none"],
    [{ steps: [], workflows: [] }, "the entry's `workflows` are none: nothing would ever run"],
    [{ steps: [], workflows: entry.workflows, layer: {} }, "the entry's `layer` is none"]
  ])("%#", (wrong, message) => {
    expect(() => makeHandlers(wrong as never)).toThrow(message)
  })
})
