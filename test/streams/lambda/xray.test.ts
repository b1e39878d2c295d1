import { type Handlers, makeHandlers } from "dynactor/lambda"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { derivedTrace } from "../../../src/actor/values/traceparent.ts"
import { XrayDaemon } from "../../../src/streams/lambda/telemetry/xrayDaemon.ts"
import { readInvocation, type XraySpan, xrayTracer } from "../../../src/streams/lambda/telemetry/xraySpan.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import * as entry from "./definitions.ts"
import { contextWith, type Deployment, environmentOf, openPlatform, type Platform } from "./platform.ts"
import { xrayListener } from "./xrayListener.ts"

const root = "1-5759e988-bd862e3fe1be46a994272793"
const traceId = "5759e988bd862e3fe1be46a994272793"
const parentId = "53995c3f42cd8ad8"

const spanOptions = (parent?: Tracer.AnySpan) => ({
  name: "charge: card?",
  parent: Option.fromUndefinedOr(parent),
  annotations: Context.empty(),
  links: [],
  startTime: 1_700_000_000_123_456_789n,
  kind: "internal" as const,
  root: false,
  sampled: true
})

describe("spans for X-Ray", () => {
  const open = (share = 1) => {
    const ended: Array<XraySpan> = []
    const tracer = xrayTracer({ share, onEnded: (span) => void ended.push(span), invocation: () => root })
    return { tracer, ended }
  }

  it("are segment documents, with what is ours to be searched by", () => {
    const { tracer, ended } = open()
    const span = tracer.span(spanOptions(Tracer.externalSpan({ traceId, spanId: parentId })))
    span.attribute("dynactor.run", "order-1")
    span.attribute("dynactor.attempt", 2)
    span.attribute("price", { euros: 5n })
    const child = tracer.span(spanOptions(span))
    child.end(1_700_000_001_000_000_000n, Exit.failCause(Cause.die(new TypeError("no card"))))
    span.end(1_700_000_002_000_000_000n, Exit.void)
    // Twice is once.
    span.end(1_700_000_003_000_000_000n, Exit.void)
    const [inner, outer] = ended.map((one) => one.document())
    expect(outer).toEqual({
      trace_id: root,
      id: span.spanId,
      parent_id: parentId,
      name: "charge: card_",
      start_time: 1_700_000_000.123456,
      end_time: 1_700_000_002,
      annotations: { dynactor_run: "order-1", dynactor_attempt: 2 },
      metadata: { invocation: root, attributes: { price: { euros: 5n } } }
    })
    expect(inner).toMatchObject({ trace_id: root, parent_id: span.spanId, type: "subsegment", fault: true })
    expect(inner?.cause).toMatchObject({ exceptions: [{ type: "TypeError", message: "no card" }] })
    expect(ended).toHaveLength(2)
  })

  it("are told where somebody has said that the trace is sampled, and of the rest a share, the same everywhere", () => {
    const sampledOf = (tracer: Tracer.Tracer, parent?: Tracer.AnySpan) => tracer.span(spanOptions(parent)).sampled
    const none = open(0).tracer
    expect(sampledOf(none, Tracer.externalSpan({ traceId, spanId: parentId, sampled: true }))).toBe(true)
    expect(sampledOf(open(1).tracer, Tracer.externalSpan({ traceId, spanId: parentId, sampled: false }))).toBe(false)
    expect(sampledOf(none, derivedTrace("order-1", 17))).toBe(false)
    expect(sampledOf(none)).toBe(false)
    // A body's span says that it is sampled whatever its parent is.
    expect(sampledOf(none, none.span(spanOptions(derivedTrace("order-1", 17))))).toBe(false)
    const [here, there] = [open(0.25).tracer, open(0.25).tracer]
    const runs = Array.from({ length: 2_000 }, (_, index) => derivedTrace(`order-${index}`, index))
    const chosen = runs.map((run) => sampledOf(here, run))
    expect(runs.map((run) => sampledOf(there, run))).toEqual(chosen)
    const share = chosen.filter((one) => one).length / runs.length
    expect(Math.abs(share - 0.25)).toBeLessThan(0.05)
  })

  it("know Lambda's header, and nothing else for one", () => {
    expect(readInvocation(`Root=${root};Parent=${parentId};Sampled=1;Lineage=x:0`)).toMatchObject({
      traceId,
      spanId: parentId,
      sampled: true
    })
    expect(readInvocation(`Root=${root};Parent=${parentId};Sampled=0`)?.sampled).toBe(false)
    for (const header of [undefined, "", "Root=1-2-3;Parent=4", `Root=${root}`, `Parent=${parentId}`])
      expect(readInvocation(header)).toBeUndefined()
  })

  it("that are too large for a datagram, or hold what JSON has no words for, are there with less", async () => {
    const listener = await xrayListener()
    try {
      const daemon = new XrayDaemon(`tcp:127.0.0.1:1 udp:${listener.address}`)
      const common = { trace_id: root, id: parentId, start_time: 1, end_time: 2, annotations: { a: "b" } }
      const circle: { self?: unknown } = {}
      circle.self = circle
      daemon.send({ ...common, name: "large", metadata: { text: "x".repeat(100_000) } })
      daemon.send({ ...common, name: "circle", metadata: { circle } })
      daemon.send({ ...common, name: "huge", annotations: { a: "x".repeat(100_000) }, metadata: {} })
      // Of a size that is less in characters than what a datagram takes in bytes.
      daemon.send({ ...common, name: "umlauts", metadata: { text: "ä".repeat(40_000) } })
      await daemon.sent()
      const found = await listener.settled(4)
      const byName = (name: string) => found.find((one) => one.name === name)
      for (const name of ["large", "circle", "umlauts"])
        expect([name, byName(name)]).toMatchObject([name, { annotations: { a: "b" }, metadata: {} }])
      expect(byName("huge")).toEqual({
        trace_id: root,
        id: parentId,
        name: "huge",
        start_time: 1,
        end_time: 2,
        annotations: {},
        metadata: {}
      })
    } finally {
      await listener.close()
    }
  })

  it("that no daemon takes cost no event", async () => {
    const daemon = new XrayDaemon("127.0.0.1:9")
    daemon.send({ trace_id: root, id: parentId, name: "a", start_time: 1, end_time: 2, annotations: {}, metadata: {} })
    await daemon.sent()
  })
})

describeWithServers("a run of functions whose tracing is on", [dynoxide, fauxqs], (endpointOf) => {
  let deployment: Deployment
  let platform: Platform
  let listener: Awaited<ReturnType<typeof xrayListener>>

  beforeAll(async () => {
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    deployment = (await prepareTestAws(endpoints, { maxReceives: 3 })) as unknown as Deployment
    listener = await xrayListener()
    const variables = {
      ...environmentOf(endpoints, deployment),
      DYNACTOR_TRACING: "xray",
      DYNACTOR_TRACED_SHARE: "0",
      AWS_XRAY_DAEMON_ADDRESS: listener.address
    }
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    platform = await openPlatform(endpoints, deployment)
  })

  afterAll(async () => {
    platform?.close()
    await listener?.close()
    vi.unstubAllEnvs()
  })

  const invocations: Record<string, string> = {
    stream: "1-11111111-111111111111111111111111",
    step: "1-22222222-222222222222222222222222"
  }

  const runOnce = async (handlers: Handlers, runId: string, sampled: 0 | 1, headers: Record<string, string> = {}) => {
    vi.stubEnv("_X_AMZN_TRACE_ID", `Root=${root};Parent=${parentId};Sampled=${sampled}`)
    const body = JSON.stringify({ runId, input: "Ada" })
    const http = { method: "POST" }
    await handlers.api({ rawPath: "/workflows/greeting/runs", headers, requestContext: { http }, body })
    vi.stubEnv("_X_AMZN_TRACE_ID", `Root=${invocations.stream};Parent=${parentId};Sampled=1`)
    await handlers.stream(await platform.streamEvent(), contextWith(30_000))
    vi.stubEnv("_X_AMZN_TRACE_ID", `Root=${invocations.step};Parent=${parentId};Sampled=1`)
    const event = await platform.queueEvent(deployment.queueUrl, 2)
    const response = await handlers.step(event, contextWith(30_000))
    await platform.settle(deployment.queueUrl, event, response)
    await handlers.stream(await platform.streamEvent(), contextWith(30_000))
    return listener.documents.filter((one) => one.annotations.dynactor_run === runId)
  }

  it("is one trace, that of the request which has started it, across functions", async () => {
    const handlers = makeHandlers(entry)
    await runOnce(handlers, "traced", 1)
    const found = (await listener.settled(4)).filter((one) => one.annotations.dynactor_run === "traced")
    const named = (name: string) => found.filter((one) => one.name === name)
    const [start] = named("dynactor.start")
    const [first, second] = named("dynactor.turn").sort((a, b) => a.start_time - b.start_time)
    const [step] = named("dynactor.step")
    expect(new Set(found.map((one) => one.trace_id))).toEqual(new Set([root]))
    // A part of the invocation's own segment, which Lambda tells.
    expect(start).toMatchObject({ type: "subsegment", parent_id: parentId })
    expect(first).toMatchObject({ parent_id: start.id, annotations: { dynactor_workflow: "greeting" } })
    expect(step).toMatchObject({
      parent_id: first.id,
      annotations: { dynactor_step: "greet", dynactor_outcome: "succeeded" }
    })
    expect(second).toMatchObject({ parent_id: start.id, annotations: { dynactor_outcome: "succeeded" } })
    // Segments of their own in this trace, each with the way to the invocation in which it was.
    expect([first.type, step.type]).toEqual([undefined, undefined])
    expect([first.metadata.invocation, step.metadata.invocation]).toEqual([invocations.stream, invocations.step])
    expect(found).toHaveLength(4)
  })

  it("is in no trace if X-Ray does not sample that request, or nobody has started it within one and it is not chosen", async () => {
    const handlers = makeHandlers(entry)
    expect(await runOnce(handlers, "not sampled", 0)).toEqual([])
  })

  it("belongs to the trace of the caller, if the request says which that is", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await runOnce(makeHandlers(entry), "called", 0, { traceparent })
    const found = (await listener.settled(8)).filter((one) => one.annotations.dynactor_run === "called")
    expect(found.length).toBe(4)
    for (const one of found) expect(one.trace_id).toBe("1-0af76519-16cd43dd8448eb211c80319c")
    expect(found.find(({ name }) => name === "dynactor.start")).toMatchObject({ parent_id: "b7ad6b7169203331" })
  })
})

it("a function without tracing makes no spans, and hands on the trace of a caller all the same", async () => {
  const { makeTelemetry } = await import("../../../src/streams/lambda/telemetry/telemetry.ts")
  const telemetry = makeTelemetry(() => ({ _X_AMZN_TRACE_ID: `Root=${root};Parent=${parentId};Sampled=1` }))
  expect(telemetry.invocation()).toBeUndefined()
  const tracer = await Effect.runPromise(
    Effect.provide(
      Effect.map(Effect.context<never>(), (context) => context.mapUnsafe.get(Tracer.TracerKey)),
      telemetry.layer
    )
  )
  expect(tracer).toBeUndefined()
})

describe("of runs that nobody has started within a trace", () => {
  it.each([
    ["0", 0, 0],
    ["", 0.01, 0.12],
    ["0.5", 0.4, 0.6],
    ["1", 1, 1]
  ])("with a share of %j so many are traced, and no others", async (share, least, most) => {
    const { makeTelemetry } = await import("../../../src/streams/lambda/telemetry/telemetry.ts")
    const telemetry = makeTelemetry(() => ({ DYNACTOR_TRACING: "xray", DYNACTOR_TRACED_SHARE: share }))
    const tracer = await Effect.runPromise(Effect.provide(Effect.tracer, telemetry.layer))
    const runs = Array.from({ length: 500 }, (_, index) => derivedTrace(`run-${index}`, 1))
    const sampled = runs.filter((place) => tracer.span(spanOptions(place)).sampled).length / runs.length
    expect(sampled).toBeGreaterThanOrEqual(least)
    expect(sampled).toBeLessThanOrEqual(most)
  })
})
