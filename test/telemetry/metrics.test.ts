import { readFileSync } from "node:fs"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type { Actor } from "../../src/actor/actor.ts"
import { limiterRunId, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { shownLimit } from "../../src/actor/calls/limits/limitParts.ts"
import { limitWorkflow } from "../../src/actor/calls/limits/limitWorkflow.ts"
import type { Ending } from "../../src/actor/history/outcome.ts"
import { continueAsNew, defineLimit, defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { instruments } from "../../src/store/telemetry/instruments.ts"
import { countPlaces } from "../../src/streams/turns/telling/countPlaces.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { startMessage } from "../store/samples.ts"
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

const wide = defineLimit("wide", { concurrency: 5 })

/** Goes on as new so often, and keeps its place. */
const onward = defineWorkflow("onward", {
  input: Schema.Int,
  output: Schema.Void,
  limits: [wide.by(() => "all")],
  run: Effect.fn(function* (left: number) {
    yield* go.receive
    if (left > 0) return yield* continueAsNew(left - 1)
  })
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

  live("a place that a run keeps is given once, and who is sent away by a limiter that ends is given none", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const registry: Metric.MetricRegistry = new Map()
      const beside = Layer.succeed(Metric.MetricRegistry, registry) as Layer.Layer<never>
      const context = Context.make(Metric.MetricRegistry, registry)
      const given = () => {
        const all = Metric.snapshotUnsafe(context).filter(({ id }) => id === "dynactor_places_given_total")
        return all.map(({ attributes, state }: any) => [attributes.limit, Number(state.count)])
      }
      const { client } = yield* open({ workflows: [holds, onward], beside })
      const waits = (runId: string, kind: string, inGeneration: number) =>
        eventually(
          `${runId} waits for a ${kind}`,
          Effect.map(
            client.get(runId),
            ({ generation, waitingFor }) => generation === inGeneration && waitingFor.some((wait) => wait.kind === kind)
          )
        )
      yield* client.start(onward, { runId: "r", input: 2 })
      for (const generation of [0, 1, 2]) {
        yield* waits("r", "signal", generation)
        yield* client.signal("r", go, undefined)
      }
      yield* client.wait(onward, "r")
      expect(given()).toEqual([["wide", 1]])
      for (const [runId, kind] of [
        ["a", "signal"],
        ["b", "limit"],
        ["c", "limit"]
      ] as const) {
        yield* client.start(holds, { runId, input: "x" })
        yield* waits(runId, kind, 0)
      }
      yield* client.cancel(limiterRunId(placeName("narrow", "x")))
      // Of those two one is given the place that the next limiter knows of nobody to hold.
      yield* eventually(
        "one of them has it",
        Effect.map(
          Effect.forEach(["b", "c"], (runId) => client.get(runId)),
          (runs) => runs.some(({ waitingFor }) => waitingFor.some((wait) => wait.kind === "signal"))
        )
      )
      for (const runId of ["a", "b", "c"]) yield* client.signal(runId, go, undefined)
      for (const runId of ["a", "b", "c"]) yield* client.wait(holds, runId)
      expect(given()).toContainEqual(["narrow", 3])
    })
  )
})

describe("Places of a limiter", () => {
  const status = { held: 2, queued: 3, total: 7, holders: [], next: [], waitingSince: 1_000, heldBackUntil: null }
  const payload = Result.getOrThrow(
    shownLimit.codec().encode({ ...status, spec: { concurrency: 2, rate: null } })
  ).payload
  const tags: ReadonlyArray<[Ending["tag"] | undefined, ReadonlyArray<number>]> = [
    [undefined, [2, 3, 4_000]],
    ["continued", [2, 3, 4_000]],
    ["cancelled", [0, 0, 0]]
  ]
  const count = (facts: Partial<Actor>, givenBefore: number | undefined) => {
    const registry: Metric.MetricRegistry = new Map()
    const context = Context.make(Metric.MetricRegistry, registry) as Context.Context<never>
    const states = { all: [{ name: shownLimit.stateName, payload }] }
    const runId = limiterRunId(placeName("narrow", "x"))
    countPlaces(context, { runId, workflow: limitWorkflow, states, ...facts } as unknown as Actor, givenBefore, 5_000)
    return (id: string): any => Metric.snapshotUnsafe(context).find((one) => one.id === id)?.state
  }

  it.each(tags)("that has ended are held and waited for by nobody: %s", (tag, told) => {
    const outcome = tag === undefined ? undefined : { tag, payload: { json: "null" } }
    const state = count({ outcome } as Partial<Actor>, 5)
    const names = ["dynactor_places_held", "dynactor_places_waiting", "dynactor_place_wait_ms"]
    expect(names.map((name) => state(name).max)).toEqual(told)
    expect(Number(state("dynactor_places_given_total").count)).toBe(2)
  })

  it("that begins count from those of the generation before it", () => {
    const before = {
      limit: "narrow",
      key: "x",
      spec: { concurrency: 2, rate: null },
      holders: [],
      queue: [],
      given: [],
      gone: []
    }
    const input = Result.getOrThrow(limitWorkflow.input().encode({ ...before, total: 6 })).payload
    const state = count({ start: startMessage({ input }) } as Partial<Actor>, undefined)
    expect(Number(state("dynactor_places_given_total").count)).toBe(1)
  })
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
