import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { app, order } from "../../examples/guide/telemetry.ts"
import { live, tempFile } from "../streams/engine.ts"
import { otlpReceiver } from "./otlpReceiver.ts"

describe("OTLP, as the guide composes it", () => {
  live("a collector gets one trace, the metrics, and log lines", () =>
    Effect.gen(function* () {
      const { received, url } = yield* otlpReceiver
      // What is left is sent as the layer closes.
      expect(yield* Effect.provide(order, app(url, yield* tempFile))).toBe("roasted arabica")
      const spans = (received["/v1/traces"] ?? []).flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap((resource: any) => resource.scopeSpans.flatMap((scope: any) => scope.spans))
      )
      const named = (name: string) => spans.find((span) => span.name === name)
      const parents = ["heat the drum", "dynactor.step", "dynactor.turn", "dynactor.start", "dynactor.execute", "order"]
      for (const [index, name] of parents.entries()) {
        expect(named(name), name).toBeDefined()
        const parent = parents[index + 1]
        if (parent !== undefined) expect(named(name).parentSpanId, name).toBe(named(parent).spanId)
      }
      expect(named("make coffee").parentSpanId).toBe(named("dynactor.start").spanId)
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
      expect(spans.filter(({ name }) => name === "make coffee")).toHaveLength(1)
      const metrics = (received["/v1/metrics"] ?? []).flatMap(({ resourceMetrics }) =>
        resourceMetrics.flatMap((resource: any) => resource.scopeMetrics.flatMap((scope: any) => scope.metrics))
      )
      const names = new Set(metrics.map(({ name }) => name))
      for (const name of [
        "dynactor_turns_total",
        "dynactor_turn_duration_ms",
        "dynactor_turn_lag_ms",
        "dynactor_step_attempts_total"
      ])
        expect(names).toContain(name)
      const lines = (received["/v1/logs"] ?? []).flatMap(({ resourceLogs }) =>
        resourceLogs.flatMap((resource: any) => resource.scopeLogs.flatMap((scope: any) => scope.logRecords))
      )
      const line = lines.find(({ body }) => body.stringValue === "hot enough")
      expect([line?.traceId, line?.spanId]).toEqual([named("order").traceId, named("heat the drum").spanId])
      expect(line.attributes.find(({ key }: any) => key === "step").value).toEqual({ stringValue: "roast" })
    })
  )
})
