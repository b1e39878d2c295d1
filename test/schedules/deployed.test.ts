import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSchedule, defineWorkflow } from "../../src/index.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { DeployedNames, type KeptNames } from "../../src/store/schedules/deployedNames.ts"
import { keepSchedules } from "../../src/streams/schedules/deployedSchedules.ts"
import { ensureSchedules } from "../../src/streams/schedules/ensureSchedules.ts"
import { eventually, live, openEngine } from "../streams/engine.ts"

const idle = defineWorkflow("idle", { input: Schema.Null, output: Schema.Null, run: () => Effect.succeed(null) })
const named = (...names: ReadonlyArray<string>) => ({
  schedules: names.map((name) => ({ name, workflow: "idle", every: 86_400_000 }))
})

const away = new StoreUnavailable({ operation: "RunTable.put", message: "away" })

/** What is kept, on a store of which a schedule called `bad` cannot have rows. */
const setup = Effect.gen(function* () {
  const { client, services, table } = yield* openEngine({ workflows: [idle] })
  const state = { kept: { names: [], asked: [], event: "" } as KeptNames | "unreadable", trouble: Effect.fail(away) }
  const put: typeof table.put = (address, row) => (address === "schedule/bad" ? state.trouble : table.put(address, row))
  const store = {
    load: Effect.sync(() => state.kept),
    save: (names: KeptNames) => Effect.sync(() => Object.assign(state, { kept: names }))
  }
  const environment = () => {
    const keep = keepSchedules([idle])
    return (event: unknown, names: Partial<typeof DeployedNames.Service> = {}) =>
      keep(event).pipe(
        Effect.provideService(DeployedNames, { ...store, ...names }),
        Effect.provideService(RunTable, { ...table, put }),
        Effect.provideContext(services)
      )
  }
  const isCancelled = (name: string) =>
    Effect.map(table.readMessage(`schedule/${name}`, "cancel"), (row) => row !== undefined)
  const isThere = (name: string) =>
    Effect.map(table.readMessage(`schedule/${name}`, "start"), (row) => row !== undefined)
  return { client, environment, isCancelled, isThere, pass: environment(), services, state, table }
})

live("a schedule that cannot be made sure of yet keeps no other from being taken out later", () =>
  Effect.gen(function* () {
    const { isCancelled, pass, state } = yield* setup
    yield* pass(named("good", "bad", "behind"))
    expect(state.kept).toEqual({ names: ["good", "behind"], asked: ["bad"], event: "" })
    yield* pass(named("bad", "behind"))
    expect(yield* isCancelled("good")).toBe(true)
    expect(yield* isCancelled("behind")).toBe(false)
    expect(state.kept).toEqual({ names: ["behind"], asked: ["bad"], event: "" })
  })
)

live("a schedule whose rows are a defect keeps no other from being there", () =>
  Effect.gen(function* () {
    const { isThere, pass, services, state, table } = yield* setup
    state.trouble = Effect.die(new TypeError("a row without a kind"))
    yield* pass(named("bad", "good"))
    expect(state.kept).toMatchObject({ names: ["good"], asked: ["bad"], event: expect.stringMatching(/./) })
    // Nor at the start of a host.
    const define = (name: string) => defineSchedule(name, { workflow: idle, input: null, every: "1 day" })
    const put: typeof table.put = (address, row) =>
      address === "schedule/worse" ? Effect.die(new TypeError("none")) : table.put(address, row)
    const ensured = yield* ensureSchedules(["worse", "better"].map(define)).pipe(
      Effect.provideService(RunTable, { ...table, put }),
      Effect.provideContext(services)
    )
    expect(ensured).toEqual({ isDone: true, there: ["better"] })
    expect(yield* isThere("better")).toBe(true)
  })
)

live("one that cannot be removed yet keeps no other from it, and is tried again", () =>
  Effect.gen(function* () {
    const { isCancelled, isThere, pass, services, state, table } = yield* setup
    yield* Effect.provideContext(
      ensureSchedules([defineSchedule("bad", { workflow: idle, input: null, every: "1 day" })]),
      services
    )
    yield* pass(named("first", "last"))
    state.kept = { names: ["bad", "first", "last"], asked: [], event: "" }
    yield* pass(named("new"))
    for (const name of ["first", "last"]) expect(yield* isCancelled(name)).toBe(true)
    expect(yield* isThere("new")).toBe(true)
    expect(state.kept).toEqual({ names: ["bad", "new"], asked: [], event: "" })
    state.trouble = table.put("schedule/bad", { kind: "cancel", at: 1, reason: null }) as never
    yield* pass(named("new"))
    expect(yield* isCancelled("bad")).toBe(true)
    expect(state.kept).toMatchObject({ names: ["new"], asked: [] })
  })
)

live("names that nobody can read are told of, end no pass, and are kept anew", () =>
  Effect.gen(function* () {
    const { isCancelled, isThere, pass, state } = yield* setup
    yield* pass(named("good", "gone"))
    state.kept = "unreadable"
    yield* pass(named("good", "fresh"))
    expect(yield* isCancelled("gone")).toBe(false)
    expect(yield* isThere("fresh")).toBe(true)
    expect(state.kept).toMatchObject({ names: ["good", "fresh"], asked: [] })
    yield* pass(named("good"))
    expect(yield* isCancelled("fresh")).toBe(true)
  })
)

live("names that cannot be had yet are tried again, whatever is wrong, and end no pass", () =>
  Effect.gen(function* () {
    const { isThere, pass } = yield* setup
    for (const load of [Effect.fail(away), Effect.die(new TypeError("no text"))]) {
      yield* pass(named("good"), { load })
      expect(yield* isThere("good")).toBe(false)
    }
    yield* pass(named("good"))
    expect(yield* isThere("good")).toBe(true)
  })
)

live("one that was made by a pass which was cut short is taken out by the deployment that names it no more", () =>
  Effect.gen(function* () {
    const { environment, isCancelled, isThere, state } = yield* setup
    // It is there, and nobody comes to say so.
    const save = (kept: KeptNames) =>
      kept.names.includes("hasty")
        ? Effect.die(new Error("the environment is gone"))
        : Effect.sync(() => void Object.assign(state, { kept }))
    yield* environment()(named("hasty"), { save })
    expect(yield* isThere("hasty")).toBe(true)
    yield* environment()(named())
    expect(yield* isCancelled("hasty")).toBe(true)
    expect(state.kept).toMatchObject({ names: [], asked: [] })
  })
)

live(
  "an environment that has made sure of a deployment does so again when another one has heard of another since",
  () =>
    Effect.gen(function* () {
      const { client, environment, isCancelled, state } = yield* setup
      const [one, other] = [environment(), environment()]
      yield* one(named("a"))
      const kept = state.kept
      yield* other(named("b"))
      expect(yield* isCancelled("a")).toBe(true)
      yield* one(named("a"))
      expect(yield* isCancelled("b")).toBe(true)
      expect(state.kept).toEqual(kept)
      yield* eventually(
        "a begins anew",
        Effect.map(client.schedules.get("a"), ({ status }) => status === "active")
      )
    })
)

live("of two of one name the first is the one", () =>
  Effect.gen(function* () {
    const { pass, services, state } = yield* setup
    const [first] = named("twice").schedules
    yield* pass({ schedules: [first, { ...first, every: 1_000 }] })
    expect(state.kept).toMatchObject({ names: ["twice"] })
    const again = defineSchedule("twice", { workflow: idle, input: null, every: "1 day" })
    expect(yield* Effect.provideContext(ensureSchedules([again]), services)).toEqual({ isDone: true, there: ["twice"] })
  })
)
