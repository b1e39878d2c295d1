import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { instruments } from "../../../src/store/telemetry/instruments.ts"
import { EmbeddedMetrics } from "../../../src/streams/lambda/telemetry/embeddedMetrics.ts"
import { readEmbedded, seriesOf } from "../../telemetry/readEmbedded.ts"

const table = "Runs-1"
const open = (detail: "embedded" | "embeddedByName" = "embedded") => new EmbeddedMetrics({ detail, table })

describe("metrics in CloudWatch's embedded format", () => {
  it("are those of one deployment, whatever its workflows and steps are called", () => {
    const metrics = open()
    metrics.count(instruments.ended, 1, "sell", "succeeded")
    metrics.count(instruments.ended, 1, "buy", "succeeded")
    metrics.count(instruments.ended, 1, "buy", "died")
    metrics.count(instruments.turnMs, 3.5, "sell")
    metrics.count(instruments.turnMs, 7, "buy")
    metrics.count(instruments.units, 2, "write", "RunTable.put")
    const lines = metrics.take(1_800_000_000_000)
    expect(seriesOf(lines, "dynactor_runs_ended_total", { table, outcome: "succeeded" })).toEqual([2])
    expect(seriesOf(lines, "dynactor_runs_ended_total", { table, outcome: "died" })).toEqual([1])
    expect(seriesOf(lines, "dynactor_turn_duration_ms", { table })).toEqual([3.5, 7])
    // DynamoDB counts those itself.
    expect(lines.join()).not.toMatch(/sell|buy|units/)
    // What says the same by each dimension shares a line.
    expect(lines).toHaveLength(2)
  })

  it("are of each name as well if that is asked for, beside those of all", () => {
    const metrics = open("embeddedByName")
    metrics.count(instruments.ended, 1, "sell", "failed")
    metrics.count(instruments.ended, 1, "buy", "failed")
    metrics.count(instruments.stepMs, 20, "charge")
    const lines = metrics.take(1)
    const name = "dynactor_runs_ended_total"
    expect(seriesOf(lines, name, { table, outcome: "failed", workflow: "sell" })).toEqual([1])
    expect(seriesOf(lines, name, { table, outcome: "failed" })).toEqual([1, 1])
    expect(seriesOf(lines, "dynactor_step_duration_ms", { table, step: "charge" })).toEqual([20])
    expect(seriesOf(lines, "dynactor_step_duration_ms", { table })).toEqual([20])
  })

  it("tell of limits how full their fullest key is, by limit if that is asked for", () => {
    for (const detail of ["embedded", "embeddedByName"] as const) {
      const metrics = open(detail)
      for (const [limit, waiting] of [
        ["stripe", 3],
        ["stripe", 40],
        ["packing", 0]
      ] as const)
        metrics.count(instruments.placesWaiting, waiting, limit)
      const lines = metrics.take(1)
      expect(seriesOf(lines, "dynactor_places_waiting", { table })).toEqual([3, 40, 0])
      const ofOne = seriesOf(lines, "dynactor_places_waiting", { table, limit: "stripe" })
      expect(ofOne).toEqual(detail === "embedded" ? [] : [3, 40])
    }
  })

  it("tell of each event what was counted since the one before, and nothing of one in which nothing was", () => {
    const metrics = open()
    metrics.count(instruments.turns, 1, "sell", "warm")
    expect(seriesOf(metrics.take(1), "dynactor_turns_total", { table, actor: "warm" })).toEqual([1])
    expect(metrics.take(2)).toEqual([])
    metrics.count(instruments.turns, 1, "sell", "warm")
    expect(seriesOf(metrics.take(3), "dynactor_turns_total", { table, actor: "warm" })).toEqual([1])
  })

  it("lose no value, however many there are", () => {
    const all = Object.values(instruments).filter(({ name }) => name !== instruments.units.name)
    const texts = fc.oneof(
      fc.constantFrom("", "warm", "sell", "failed", "_aws", "table", "dynactor_turns_total"),
      fc.string()
    )
    const counted = fc.record({
      instrument: fc.constantFrom(...all),
      value: fc.integer({ min: 0, max: 1_000 }),
      labels: fc.tuple(texts, texts)
    })
    fc.assert(
      fc.property(
        fc.array(counted, { maxLength: 400 }),
        fc.constantFrom("embedded", "embeddedByName"),
        (events, detail) => {
          const metrics = open(detail)
          for (const { instrument, value, labels } of events) metrics.count(instrument, value, ...labels)
          const lines = metrics.take(1)
          for (const { name, labels } of all) {
            const told = lines.flatMap(readEmbedded).filter((one) => one.name === name)
            // By the labels that are always there, a deployment's own series has all of it.
            const few = told.filter(
              ({ dimensions }) => !("workflow" in dimensions) && !("step" in dimensions) && !("limit" in dimensions)
            )
            const sum = (values: ReadonlyArray<number>) => values.reduce((total, one) => total + one, 0)
            const wanted = events.filter(({ instrument }) => instrument.name === name).map(({ value }) => value)
            expect(sum(few.flatMap(({ values }) => values))).toBe(sum(wanted))
            for (const { dimensions } of few)
              expect(Object.keys(dimensions).sort()).toEqual(
                ["table", ...labels.filter((label) => !["workflow", "step", "limit"].includes(label))].sort()
              )
          }
        }
      )
    )
  })

  it("are in lines of a hundred values of one metric at most, and none is lost", () => {
    for (const count of [1, 99, 100, 101, 250]) {
      const metrics = open()
      const values = Array.from({ length: count }, (_, index) => index)
      for (const value of values) metrics.count(instruments.turnMs, value, "sell")
      const lines = metrics.take(1)
      expect(lines).toHaveLength(Math.ceil(count / 100))
      expect(seriesOf(lines, "dynactor_turn_duration_ms", { table })).toEqual(values)
      for (const line of lines)
        expect(seriesOf([line], "dynactor_turn_duration_ms", { table }).length).toBeLessThanOrEqual(100)
    }
  })

  it("are two dozen series of a deployment that sees everything, as the guide says what they cost", () => {
    const words = {
      actor: ["warm", "replayed", "new"],
      outcome: ["succeeded", "failed", "died", "retried", "stopped"],
      reason: ["DeterminismViolation"]
    }
    const metrics = open()
    for (const instrument of Object.values(instruments)) {
      const choices = instrument.labels.map((label) => words[label as keyof typeof words] ?? ["a", "b"])
      for (const first of choices[0] ?? [""])
        for (const second of choices[1] ?? [""]) metrics.count(instrument, 1, first, second)
    }
    const series = new Set(
      metrics
        .take(1)
        .flatMap(readEmbedded)
        .map(({ name, dimensions }) => JSON.stringify([name, dimensions]))
    )
    expect(series.size).toBe(24)
  })
})
