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
})
