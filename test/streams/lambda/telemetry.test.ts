import type { AddressInfo } from "node:net"
import { EndOfEvent, type Handlers, makeHandlers } from "dynactor/lambda"
import * as Effect from "effect/Effect"
import { FetchHttpClient } from "effect/http"
import * as Layer from "effect/Layer"
import { Otlp } from "effect/observability"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import { otlpReceiver } from "../../telemetry/otlpReceiver.ts"
import { readEmbedded, seriesOf } from "../../telemetry/readEmbedded.ts"
import * as entry from "./definitions.ts"
import { contextWith, type Deployment, environmentOf, openPlatform, type Platform } from "./platform.ts"

describeWithServers("what functions tell of an event before they answer", [dynoxide, fauxqs], (endpointOf) => {
  let deployment: Deployment
  let platform: Platform

  beforeAll(async () => {
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    deployment = (await prepareTestAws(endpoints, { maxReceives: 3 })) as unknown as Deployment
    for (const [name, value] of Object.entries(environmentOf(endpoints, deployment))) vi.stubEnv(name, value)
    platform = await openPlatform(endpoints, deployment)
  })

  afterAll(() => {
    platform?.close()
    vi.unstubAllEnvs()
  })

  /** A run of one queued step from its start to its end, and a doorbell behind that, each an event of its own. */
  const runOnce = async (handlers: Handlers, runId: string, told: (event: string) => void | Promise<void>) => {
    const body = JSON.stringify({ runId, input: "Ada" })
    const path = "/workflows/greeting/runs"
    await handlers.api({ rawPath: path, requestContext: { http: { method: "POST" } }, body })
    await told("api")
    await handlers.stream(await platform.streamEvent(), contextWith(30_000))
    await told("stream")
    const event = await platform.queueEvent(deployment.queueUrl, 2)
    const response = await handlers.step(event, contextWith(30_000))
    await platform.settle(deployment.queueUrl, event, response)
    await told("step")
    expect(response).toEqual({ batchItemFailures: [] })
    await handlers.stream(await platform.streamEvent(), contextWith(30_000))
    await told("doorbell")
  }

  it("metrics, where they are wanted: in lines of the log, each of its own event", async () => {
    vi.stubEnv("DYNACTOR_METRICS", "embedded")
    const written: Array<string> = []
    const stdout = vi.spyOn(process.stdout, "write").mockImplementation((line) => {
      written.push(String(line))
      return true
    })
    const of: Record<string, ReadonlyArray<string>> = {}
    try {
      await runOnce(makeHandlers(entry), "counted", (event) => {
        of[event] = written.splice(0).map((line) => line.slice(0, -1))
      })
    } finally {
      stdout.mockRestore()
      vi.stubEnv("DYNACTOR_METRICS", "")
    }
    const table = deployment.tableName
    const count = (event: string, name: string, labels: Record<string, string> = {}) =>
      seriesOf(of[event] ?? [], `dynactor_${name}`, { table, ...labels }).reduce((sum, one) => sum + one, 0)
    // The client counts nothing but units, which DynamoDB counts itself; and a doorbell that finds nothing left to do is told of to nobody.
    expect([of.api, of.doorbell]).toEqual([[], []])
    expect(count("stream", "turns_total", { actor: "new" })).toBe(1)
    expect(count("step", "step_attempts_total", { outcome: "succeeded" })).toBe(1)
    expect(count("step", "runs_ended_total", { outcome: "succeeded" })).toBe(1)
    expect(count("stream", "step_attempts_total", { outcome: "succeeded" })).toBe(0)
    expect(count("step", "step_duration_ms")).toBeGreaterThan(0)
    expect(count("step", "turn_lag_ms")).toBeGreaterThanOrEqual(0)
    // What `npm run cost` and the guide say of a line. Other runs may have come into the same batch.
    const bytes = Buffer.byteLength((of.step ?? []).join("\n"))
    expect(bytes).toBeGreaterThan(500)
    expect(bytes).toBeLessThan(1_000)
    expect((of.step ?? []).flatMap(readEmbedded).length).toBeGreaterThan(4)
  })

  it("nothing, where nobody wants it", async () => {
    const written: Array<string> = []
    const stdout = vi.spyOn(process.stdout, "write").mockImplementation((line) => written.push(String(line)) > 0)
    try {
      await runOnce(makeHandlers(entry), "uncounted", () => undefined)
    } finally {
      stdout.mockRestore()
    }
    expect(written).toEqual([])
  })

  it("what Effect's exporters hold back is sent, though their interval has not come", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { received, url } = yield* otlpReceiver
        const never = "1 hour"
        const exporter = Otlp.layerJson({
          baseUrl: url,
          resource: { serviceName: "greetings" },
          tracerExportInterval: never,
          loggerExportInterval: never,
          metricsExportInterval: never
        }).pipe(Layer.provide(FetchHttpClient.layer))
        const handlers = makeHandlers({ ...entry, layer: exporter as unknown as Layer.Layer<never> })
        const spans = () =>
          (received["/v1/traces"] ?? []).flatMap(({ resourceSpans }) =>
            resourceSpans.flatMap((resource: any) =>
              resource.scopeSpans.flatMap((scope: any) => scope.spans.map(({ name }: any) => name))
            )
          )
        yield* Effect.promise(() =>
          runOnce(handlers, "traced", (event) => {
            // When the function has answered they are there: it is frozen then.
            if (event === "stream") expect(spans()).toEqual(["dynactor.turn"])
            if (event === "step") expect(spans().sort()).toEqual(["dynactor.step", "dynactor.turn", "dynactor.turn"])
          })
        )
      }).pipe(Effect.scoped)
    )
  })

  it("what a layer of the entry's does at the end of an event is waited for; that it fails or takes too long harms no event", async () => {
    const flushed: Array<string> = []
    let next: Effect.Effect<void, Error> = Effect.void
    const flush = Effect.suspend(() => Effect.andThen(Effect.sleep("20 millis"), next)).pipe(
      Effect.onExit((exit) => Effect.sync(() => void flushed.push(exit._tag)))
    )
    const layer = Layer.succeed(EndOfEvent, { flush }) as unknown as Layer.Layer<never>
    const handlers = makeHandlers({ ...entry, layer })
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined)
    try {
      expect(await handlers.stream({ Records: [] }, contextWith(30_000))).toEqual({ batchItemFailures: [] })
      expect(flushed).toEqual(["Success"])
      next = Effect.fail(new Error("the collector is away"))
      expect(await handlers.stream({ Records: [] }, contextWith(30_000))).toEqual({ batchItemFailures: [] })
      expect(log.mock.calls.join()).toContain("the collector is away")
      next = Effect.never
      const begunAt = Date.now()
      expect(await handlers.stream({ Records: [] }, contextWith(30_000))).toEqual({ batchItemFailures: [] })
      expect(Date.now() - begunAt).toBeLessThan(20_000)
      expect(log.mock.calls.join()).toContain("not sent in time")
      expect(flushed).toEqual(["Success", "Failure", "Failure"])
    } finally {
      log.mockRestore()
    }
  })

  it("a collector that never answers costs no event", async () => {
    const { createServer } = await import("node:http")
    const server = createServer(() => undefined)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const exporter = Otlp.layerJson({ baseUrl: url, resource: { serviceName: "greetings" } })
    const layer = exporter.pipe(Layer.provide(FetchHttpClient.layer)) as unknown as Layer.Layer<never>
    const log = vi.spyOn(console, "warn").mockImplementation(() => undefined)
    try {
      const ended: Array<string> = []
      await runOnce(makeHandlers({ ...entry, layer }), "unheard", (event) => void ended.push(event))
      expect(ended).toEqual(["api", "stream", "step", "doorbell"])
    } finally {
      log.mockRestore()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})
