import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect } from "vitest"
import { serveApi } from "../../src/http.ts"
import { live, openEngine } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget } from "./eachTarget.ts"
import { bankIsBack, steps, workflows } from "./repairWorkflows.ts"

/** A command line on the target, with what it needs to know. */
interface Typed {
  readonly flags: ReadonlyArray<string>
  readonly environment: { readonly [name: string]: string }
}

const entry = ["--entry", join(import.meta.dirname, "repairWorkflows.ts")]

const on = ({ environment, flags }: Typed) => ({
  text: (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment }),
  json: (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
})

/** Until a host has taken it up, the run is the one that has failed. */
const goesOn = ({ json }: { readonly json: { readonly generation: number } }) => json.generation === 1

const failing = Effect.fnUntraced(function* (typed: Typed, ...runIds: ReadonlyArray<string>) {
  bankIsBack(false)
  const { json } = on(typed)
  for (const runId of runIds) {
    yield* json("start", "purchase", "--id", runId, "--input", '"book"')
    expect((yield* json("wait", runId)).json).toMatchObject({ outcome: "failed" })
  }
})

const retried = Effect.fnUntraced(function* (typed: Typed) {
  const { json, text } = on(typed)
  yield* failing(typed, "r-1", "r-2", "r-3")
  const planned = yield* json("retry", "r-1", "--dry-run")
  expect(planned).toMatchObject({
    code: 0,
    json: {
      dryRun: true,
      failed: [],
      plans: [{ at: 2, dropped: ["step/charge#0"], asked: ["step/charge#0"], isNew: false }]
    }
  })
  const shown = yield* text("retry", "r-1", "--dry-run")
  expect(shown.out).toMatch(/^r-1\nkeeps +messages 0 to 1\ndrops +step\/charge#0\nasks anew for +step\/charge#0\n$/)
  expect(shown.error).toContain("1 run; nothing was done (--dry-run)")
  expect((yield* json("get", "r-1")).json).toMatchObject({ status: "failed", generation: 0 })

  bankIsBack(true)
  const once = ["retry", "r-1", "--reason", "the bank is back", "--request-id", "once"]
  expect(yield* text(...once)).toEqual({ code: 0, out: "r-1\n", error: "" })
  expect(yield* text("wait", "r-1", "--request-id", "once")).toEqual({
    code: 0,
    out: '"book reserved, charged"\n',
    error: ""
  })
  expect(yield* text(...once)).toEqual({ code: 0, out: "r-1\n", error: "" })
  expect((yield* json("get", "r-1")).json).toMatchObject({ status: "succeeded", generation: 1 })
  expect(yield* json("retry", "r-1")).toMatchObject({ code: 2, json: { error: "RepairRefused" } })
  const refused = yield* json("retry", "r-1", "nobody", "--dry-run")
  expect(refused).toMatchObject({
    code: 1,
    json: { plans: [], failed: [{ error: "RepairRefused" }, { runId: "nobody", error: "RunNotFound" }] }
  })

  const asked = yield* text("retry", "--workflow", "purchase")
  expect(asked.error).toContain("Retry 2 runs?")
  expect(yield* text("retry", "--workflow", "purchase", "--yes")).toEqual({
    code: 0,
    out: "retried 2 of 2 runs\n",
    error: ""
  })
  for (const runId of ["r-2", "r-3"]) yield* json("get", runId).pipe(Effect.repeat({ until: goesOn }))
  expect((yield* json("wait", "r-3")).json).toMatchObject({ outcome: "succeeded" })
})

const resetAndForked = Effect.fnUntraced(function* (typed: Typed) {
  const { json, text } = on(typed)
  yield* failing(typed, "r-1")
  bankIsBack(true)
  const planned = yield* text("reset", "r-1", "--at", "1", "--dry-run")
  expect(planned.out).toMatch(
    /^keeps +message 0\ndrops +step\/reserve#0, step\/charge#0\nasks anew for +step\/reserve#0\ntakes effect again +reserve#0\n$/
  )
  expect(yield* json("reset", "r-1", "--at", "9")).toMatchObject({ code: 2, json: { error: "RepairRefused" } })
  expect(yield* json("reset", "r-1")).toMatchObject({ code: 2 })
  // Nobody is there to be asked.
  const asked = yield* json("reset", "r-1", "--at", "1")
  expect(asked).toMatchObject({ code: 2, json: { error: "NotConfirmed", todo: "say --yes" } })
  expect(asked.json.message).toContain("Dropped without compensation: step/reserve#0, step/charge#0.")
  expect((yield* json("get", "r-1")).json).toMatchObject({ status: "failed", generation: 0 })
  expect(yield* text("reset", "r-1", "--at", "1", "--reason", "try again", "--request-id", "x", "--yes")).toEqual({
    code: 0,
    out: "r-1\n",
    error: "generation 1 goes on from message 1; dropped: step/reserve#0, step/charge#0\n"
  })
  const ended = yield* json("wait", "r-1", "--request-id", "x")
  expect(ended.json).toMatchObject({ result: "book reserved, charged" })

  const other = JSON.stringify({ "step/reserve#0": { succeeded: "pen reserved" } })
  const forked = ["fork", "r-1", "--at", "2", "--id", "f-1", "--outcomes", other]
  expect((yield* json(...forked, "--dry-run")).json).toMatchObject({ how: "fork", isNew: false, at: 2 })
  expect(yield* json("get", "f-1")).toMatchObject({ code: 3 })
  expect(yield* text(...forked)).toEqual({
    code: 0,
    out: "f-1\n",
    error: "f-1 has the messages before 2 of r-1\n"
  })
  expect((yield* json("wait", "f-1")).json).toMatchObject({ result: "pen reserved, charged" })
  expect((yield* text(...forked)).error).toContain("it was asked for before")
  const wrong = yield* json(...forked.slice(0, -1), '{"step/reserve#0":"pen"}')
  expect(wrong).toMatchObject({ code: 2, json: { error: "WrongUse" } })
  const unknown = yield* json(...forked.slice(0, -1), '{"step/pack#0":{"succeeded":1}}')
  expect(unknown).toMatchObject({ code: 2, json: { error: "RepairRefused" } })
  expect((yield* json("get", "r-1")).json).toMatchObject({ status: "succeeded", generation: 1 })
})

const byKey = ["--at", "step/charge#0"]

const answersOf = ({ json }: { readonly json: any }): ReadonlyArray<any> =>
  [...json.answers].sort((one, other) => one.runId.localeCompare(other.runId))

const succeededIs = (typed: Typed, count: number) =>
  on(typed)
    .json("list", "--workflow", "purchase", "--status", "succeeded")
    .pipe(Effect.repeat({ until: ({ json }) => json.runs.length === count }))

const resetInBulk = Effect.fnUntraced(function* (typed: Typed) {
  const { json, text } = on(typed)
  yield* failing(typed, "b-1", "b-2", "b-3")
  bankIsBack(true)
  for (const command of ["reset", "retry"]) {
    const numbered = yield* json(command, "b-1", "b-2", "--at", "1", "--yes")
    expect(numbered).toMatchObject({ code: 2, json: { error: "WrongUse" } })
    expect(numbered.json.todo).toContain("--by-number")
  }
  const meant = yield* json("reset", "b-1", "b-2", "--at", "1", "--by-number", "--dry-run")
  expect(meant.json.plans).toMatchObject([{ at: 1 }, { at: 1 }])
  expect((yield* json("reset", "b-1", ...byKey, "--dry-run")).json).toMatchObject({ at: 2, dropped: ["step/charge#0"] })
  const unknown = yield* json("reset", "b-1", "--at", "step/pack#0", "--yes")
  expect(unknown).toMatchObject({ code: 2, json: { error: "RepairRefused" } })
  expect(unknown.json.message).toContain("no message step/pack#0")
  const planned = yield* json("reset", "--workflow", "purchase", ...byKey, "--dry-run")
  expect([...planned.json.runIds].sort()).toEqual(["b-1", "b-2", "b-3"])
  expect(planned.json.plans).toMatchObject(planned.json.runIds.map((runId: string) => ({ runId, at: 2, isNew: false })))
  const asked = yield* json("reset", "b-1", "b-2", ...byKey)
  expect(asked).toMatchObject({ code: 2, json: { error: "NotConfirmed" } })
  expect(asked.json.message).toContain("Let 2 runs go on from message step/charge#0?")
  for (const runId of ["b-1", "b-2"]) expect((yield* json("get", runId)).json).toMatchObject({ generation: 0 })

  // As a call that was interrupted behind its first run.
  const friday = [...byKey, "--request-id", "friday", "--yes"]
  yield* json("reset", "b-1", ...friday)
  expect((yield* json("wait", "b-1", "--request-id", "friday")).json).toMatchObject({ outcome: "succeeded" })
  const done = yield* json("reset", "b-1", "b-2", "b-3", "nobody", ...friday)
  expect(done).toMatchObject({
    code: 1,
    json: { done: 3, failed: [{ runId: "nobody", error: "RunNotFound" }], requestId: "friday" }
  })
  expect(answersOf(done).map(({ isNew, runId }) => [runId, isNew])).toEqual([
    ["b-1", false],
    ["b-2", true],
    ["b-3", true]
  ])
  for (const runId of ["b-2", "b-3"])
    expect((yield* json("wait", runId, "--request-id", "friday")).json).toMatchObject({ outcome: "succeeded" })
  expect(yield* text("reset", "b-1", "b-2", "b-3", ...friday)).toEqual({
    code: 0,
    out: "reset 3 of 3 runs\n",
    error: "interrupted, it goes on where it was by --request-id friday\n"
  })
  expect(answersOf(yield* json("reset", "b-1", "b-2", "b-3", ...friday)).map(({ isNew }) => isNew)).toEqual([
    false,
    false,
    false
  ])
  const elsewhere = yield* json("reset", "b-1", "b-2", "--at", "start", "--request-id", "friday", "--yes")
  expect(elsewhere.json.failed).toMatchObject([{ error: "RepairInvalid" }, { error: "RepairInvalid" }])
  for (const runId of ["b-1", "b-2", "b-3"])
    expect((yield* json("get", runId)).json).toMatchObject({ status: "succeeded", generation: 1 })
  // Without an id of its own it is another request, and says which.
  const other = yield* json("reset", "b-1", "b-2", ...byKey, "--yes")
  expect(answersOf(other).map(({ requestId }) => requestId)).toEqual([other.json.requestId, other.json.requestId])
  expect(answersOf(other)).toMatchObject([{ isNew: true }, { isNew: true }])
})

const forkedInBulk = Effect.fnUntraced(function* (typed: Typed) {
  const { json, text } = on(typed)
  bankIsBack(true)
  const runIds = ["b-1", "b-2", "b-3"]
  for (const runId of runIds) yield* json("start", "purchase", "--id", runId, "--input", '"book"')
  yield* succeededIs(typed, 3)
  for (const ids of [[], ["--id", "f"], ["--id", "{run}"]]) {
    const refused = yield* json("fork", "b-1", "b-2", ...byKey, ...ids)
    expect(refused).toMatchObject({ code: 2, json: { error: "WrongUse" } })
    expect(refused.json.todo).toContain("{run}")
  }
  const fork = ["fork", "--workflow", "purchase", "--status", "succeeded", ...byKey, "--id", "{run}-f"]
  const planned = yield* json(...fork, "--dry-run")
  expect(planned.json.plans).toMatchObject(
    planned.json.runIds.map((source: string) => ({ source, runId: `${source}-f`, at: 2 }))
  )
  expect(planned.json.runIds).toHaveLength(3)
  expect(yield* json("get", "b-1-f")).toMatchObject({ code: 3 })
  expect((yield* text(...fork)).error).toContain("Fork 3 runs, as {run}-f?")
  // As a call that was interrupted behind its first run.
  expect((yield* text("fork", "b-1", ...byKey, "--id", "{run}-f")).out).toBe("b-1-f\n")
  const done = yield* json("fork", ...runIds, ...byKey, "--id", "{run}-f")
  expect(done).toMatchObject({ code: 0, json: { done: 3, failed: [] } })
  expect(answersOf(done)).toMatchObject([
    { source: "b-1", runId: "b-1-f", isNew: false },
    { source: "b-2", runId: "b-2-f", isNew: true },
    { source: "b-3", runId: "b-3-f", isNew: true }
  ])
  yield* succeededIs(typed, 6)
  // The forks are found by the same filters now, and are not forked in turn.
  const again = yield* text(...fork, "--yes")
  expect(again).toEqual({ code: 0, out: "forked 3 of 3 runs\n", error: "3 left out, which such a call has begun\n" })
  expect(answersOf(yield* json(...fork, "--yes")).map(({ isNew }) => isNew)).toEqual([false, false, false])
  expect((yield* json("list", "--workflow", "purchase")).json.runs).toHaveLength(6)
  // One that has such an id by chance is no fork, whether or not there is a run whose fork would have it: it is for this call as all others are.
  for (const runId of ["other-f", "b-1-f-f"]) yield* json("start", "purchase", "--id", runId, "--input", '"book"')
  yield* succeededIs(typed, 8)
  const more = yield* json(...fork, "--yes")
  expect(more).toMatchObject({ code: 0, json: { done: 5, failed: [] } })
  const begun = answersOf(more).filter(({ isNew }) => isNew)
  expect(begun.map(({ source, runId }) => `${source} as ${runId}`).sort()).toEqual([
    "b-1-f-f as b-1-f-f-f",
    "other-f as other-f-f"
  ])
})

onEachTarget("repairs from the command line", (newTarget) => {
  const opened = Effect.map(newTarget({ workflows, steps }), ({ environment, flags }) => ({
    environment,
    flags: [...flags, ...entry]
  }))

  live("retry lets failed runs go on, one or many, and says before what it would do", () =>
    Effect.flatMap(opened, retried)
  )

  live("reset goes on from a message, and fork begins another run with other outcomes", () =>
    Effect.flatMap(opened, resetAndForked)
  )

  live("reset of many is by a message's key, asks, and goes on by its request where it was interrupted", () =>
    Effect.flatMap(opened, resetInBulk)
  )

  live("fork of many makes ids by a template, so that the same call makes none twice", () =>
    Effect.flatMap(opened, forkedInBulk)
  )

  live("they need the code, and say so", () =>
    Effect.gen(function* () {
      const { environment, flags } = yield* newTarget({ workflows, steps })
      yield* failing({ environment, flags }, "r-1")
      const refused = yield* on({ environment, flags }).json("retry", "r-1")
      expect(refused).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect(refused.json.todo).toContain("--entry")
    })
  )
})

describe("repairs from the command line, by an HTTP API", () => {
  const served = Effect.gen(function* () {
    const engine = yield* openEngine({ workflows, steps })
    const { url } = yield* Effect.provide(
      serveApi({ port: 0, workflows, steps }),
      Layer.succeedContext(engine.services)
    )
    return { environment: {}, flags: ["--url", url] }
  })

  live("retry, by the code of the deployment", () => Effect.flatMap(served, retried))
  live("reset and fork, by the code of the deployment", () => Effect.flatMap(served, resetAndForked))
  live("reset of many, by the code of the deployment", () => Effect.flatMap(served, resetInBulk))
  live("fork of many, by the code of the deployment", () => Effect.flatMap(served, forkedInBulk))
})
