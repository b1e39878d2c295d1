import { readFileSync } from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineLimit, defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { instruments } from "../../src/store/telemetry/instruments.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually, live } from "../streams/engine.ts"

const all = Object.values(instruments)
const go = defineSignal("go", Schema.Void)

const flaky = defineStep("flaky", {
  input: Schema.Null,
  output: Schema.Null,
  retry: { attempts: 2, initial: "10 millis" },
  run: (_, { attempt }) => (attempt === 1 ? Effect.die(new Error("once")) : Effect.succeed(null))
})

const fine = defineWorkflow("fine", {
  input: Schema.Null,
  output: Schema.Null,
  run: () => Effect.andThen(go.receive, flaky(null))
})

const fails = defineWorkflow("fails", {
  input: Schema.Null,
  output: Schema.Null,
  error: Schema.String,
  run: () => Effect.fail("no")
})

const stuck = defineWorkflow("stuck", {
  input: Schema.Null,
  output: Schema.Null,
  run: () => Effect.promise(async () => null)
})

onEachStore("Metrics", (newStore, store) => {
  live("turns, steps, ends and parked runs are counted, and no run by its id", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const registry: Metric.MetricRegistry = new Map()
      const beside = Layer.succeed(Metric.MetricRegistry, registry) as Layer.Layer<never>
      const context = Context.make(Metric.MetricRegistry, registry)
      const series = () => Metric.snapshotUnsafe(context)
      const find = (id: string, attributes: Record<string, string>) =>
        series().find(
          (one) =>
            one.id === id && Object.entries(attributes).every(([name, value]) => one.attributes?.[name] === value)
        )
      const count = (id: string, attributes: Record<string, string>) => {
        const found = find(id, attributes)
        return found === undefined ? 0 : Number((found.state as { readonly count: number | bigint }).count)
      }
      const options = { workflows: [fine, fails, stuck], steps: [flaky], beside, visibility: "2 seconds" } as const
      const engine = yield* open(options)
      yield* engine.client.start(fine, { runId: "secret-run-id", input: null })
      yield* eventually(
        "it waits",
        Effect.map(engine.table.readHead("secret-run-id"), (head) => head?.signals !== undefined)
      )
      yield* engine.client.execute(fails, { runId: "f", input: null }).pipe(Effect.flip)
      yield* engine.client.start(stuck, { runId: "s", input: null })
      const workflow = "stuck"
      yield* eventually(
        "it is parked",
        Effect.sync(() => count("dynactor_runs_parked_total", { workflow, reason: "DeterminismViolation" }) > 0)
      )
      yield* engine.close
      const again = yield* open(options)
      yield* again.client.signal("secret-run-id", go, undefined)
      yield* again.client.wait(fine, "secret-run-id")
      yield* eventually(
        "its end is counted",
        Effect.sync(() => count("dynactor_runs_ended_total", { workflow: "fine", outcome: "succeeded" }) === 1)
      )
      expect(count("dynactor_runs_ended_total", { workflow: "fails", outcome: "failed" })).toBe(1)
      expect(count("dynactor_step_attempts_total", { step: "flaky", outcome: "retried" })).toBe(1)
      expect(count("dynactor_step_attempts_total", { step: "flaky", outcome: "succeeded" })).toBe(1)
      expect(count("dynactor_step_duration_ms", { step: "flaky" })).toBe(2)
      expect(count("dynactor_turns_total", { workflow: "fine", actor: "new" })).toBe(1)
      yield* eventually(
        "the last turn",
        Effect.sync(() => count("dynactor_turns_total", { workflow: "fine", actor: "replayed" }) >= 1)
      )
      expect(count("dynactor_turn_lag_ms", { workflow: "fine" })).toBeGreaterThan(1)
      expect(count("dynactor_units_total", { kind: "write", operation: "RunTable.put" }) > 0).toBe(store === "aws")
      const own = series().filter(({ id }) => id.startsWith("dynactor_"))
      for (const { attributes, id } of own) {
        const instrument = all.find(({ name }) => name === id)
        expect(Object.keys(attributes ?? {}).sort(), id).toEqual([...(instrument?.labels ?? [])].sort())
        expect(Object.values(attributes ?? {})).not.toContain("secret-run-id")
      }
    })
  )
})

const narrow = defineLimit("narrow", { concurrency: 1 })

const holds = defineWorkflow("holds", {
  input: Schema.String,
  output: Schema.Void,
  limits: [narrow.by((account: string) => account)],
  run: () => go.receive
})

onEachStore("Metrics of limits", (newStore) => {
  live("places that are held, waited for and given are counted by limit, and by no key", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const registry: Metric.MetricRegistry = new Map()
      const beside = Layer.succeed(Metric.MetricRegistry, registry) as Layer.Layer<never>
      const context = Context.make(Metric.MetricRegistry, registry)
      const told = (id: string): any =>
        Metric.snapshotUnsafe(context).find((one) => one.id === id && one.attributes?.limit === "narrow")?.state
      const { client } = yield* open({ workflows: [holds], beside })
      for (const [runId, kind] of [
        ["a", "signal"],
        ["b", "limit"],
        ["c", "limit"]
      ] as const) {
        yield* client.start(holds, { runId, input: "secret-account" })
        yield* waitsFor(client, runId, kind)
      }
      yield* eventually(
        "two wait",
        Effect.sync(() => told("dynactor_places_waiting")?.max === 2)
      )
      expect(told("dynactor_places_held").max).toBe(1)
      yield* Effect.sleep("20 millis")
      for (const runId of ["a", "b", "c"]) {
        yield* client.signal(runId, go, undefined)
        yield* client.wait(holds, runId)
      }
      yield* eventually(
        "all have had a place, and given it back",
        Effect.sync(
          () => told("dynactor_places_held")?.min === 0 && Number(told("dynactor_places_given_total")?.count) === 3
        )
      )
      expect(told("dynactor_place_wait_ms").max).toBeGreaterThan(20)
      expect(JSON.stringify(Metric.snapshotUnsafe(context).map(({ attributes }) => attributes))).not.toContain("secret")
    })
  )
})

describe("One vocabulary", () => {
  it("is the table of the guide", () => {
    const page = readFileSync("docs/guide/telemetry.md", "utf8")
    const rows = page.split("\n").filter((line) => line.startsWith("| `dynactor_"))
    const told = rows.map((line) =>
      line
        .split("|")
        .slice(1, 4)
        .map((cell) => cell.trim().replaceAll("`", ""))
    )
    expect(told).toEqual(all.map(({ labels, name, type }) => [name, type, labels.join(", ")]))
  })

  it("is what the Grafana dashboard asks for", () => {
    const dashboard = JSON.parse(readFileSync("docs/telemetry/grafana.json", "utf8"))
    const queries: ReadonlyArray<string> = dashboard.panels.flatMap((panel: any) =>
      (panel.targets ?? []).map(({ expr }: any) => expr)
    )
    expect(queries.length).toBeGreaterThan(10)
    const asked = new Set<string>()
    for (const query of queries) {
      const [name = ""] = /dynactor_\w+/.exec(query) ?? []
      const base = name.replace(/_(?:bucket|sum|count)$/, "")
      const instrument = all.find((one) => one.name === base)
      expect(instrument, query).toBeDefined()
      expect(name !== base, query).toBe(instrument?.type === "histogram")
      const grouped =
        /by \(([^)]*)\)/
          .exec(query)?.[1]
          ?.split(",")
          .map((label) => label.trim()) ?? []
      const matched = [...query.matchAll(/[{,]\s*(\w+)\s*[=!]~?"/g)].map(([, label]) => label as string)
      for (const label of [...grouped, ...matched])
        expect([...(instrument?.labels ?? []), "le"], query).toContain(label)
      asked.add(base)
    }
    expect([...asked].sort()).toEqual(all.map(({ name }) => name).sort())
  })
})
