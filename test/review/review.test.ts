import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { Client, clientLayer, continueAsNew, defineStep, defineWorkflow, forEachStep, sleep } from "dynactor"
import { hostLayer } from "dynactor/host"
import { isOutlived, reviewRuns } from "dynactor/review"
import { sqliteStore } from "dynactor/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../temporaryFolder.ts"
import { go, lives, steps } from "./workflows.ts"

type Life = keyof typeof lives

/** A deployment: a host with the code of this life, until it is shut down. */
const withHost = <A, E>(filename: string, life: Life, effect: Effect.Effect<A, E, Client>): Promise<A> => {
  const host = hostLayer({ workflows: [lives[life]], steps })
  const app = Layer.provideMerge(Layer.merge(clientLayer, host), sqliteStore({ filename }))
  return Effect.runPromise(Effect.scoped(Effect.provide(effect, app)))
}

/** Started, and waiting for its signal. */
const begin = (life: Life, ...runIds: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const client = yield* Client
    for (const runId of runIds) {
      yield* client.start(lives[life], { runId, input: runId })
      yield* Effect.repeat(client.get(runId), {
        until: ({ waitingFor }) => waitingFor.some((one) => one.kind === "signal"),
        schedule: Schedule.spaced("10 millis")
      })
    }
  })

const end = (...runIds: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const client = yield* Client
    for (const runId of runIds) {
      yield* client.signal(runId, go, undefined)
      yield* client.wait(lives.patched, runId)
    }
  })

const review = (filename: string, life: Life) =>
  Effect.runPromise(Effect.scoped(Effect.provide(reviewRuns([lives[life]]), sqliteStore({ filename }))))

const command = (filename: string, life: Life, ...more: ReadonlyArray<string>) => {
  const root = path.join(import.meta.dirname, "..", "..")
  const args = ["test/review/workflows.ts", "--sqlite", filename, ...more]
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--conditions=source", "src/review/command.ts", ...args],
    { cwd: root, encoding: "utf8", env: { ...process.env, LIFE: life } }
  )
  return { status, output: stdout + stderr }
}

describe("the life of a patch", () => {
  it("from the first deployment to its removal, told by the review at each", { timeout: 120_000 }, async () => {
    const filename = path.join(temporaryFolder("review"), "runs.db")
    await withHost(filename, "before", begin("before", "a", "b"))
    expect(await review(filename, "patched")).toEqual({
      runs: 2,
      fit: 2,
      unfit: [],
      patches: [{ workflow: "changing", patch: "p", old: ["b", "a"], new: 0 }]
    })

    await withHost(filename, "patched", Effect.andThen(begin("patched", "c"), end("a")))
    const halfWay = await review(filename, "patched")
    expect(halfWay.patches).toEqual([{ workflow: "changing", patch: "p", old: ["b"], new: 1 }])
    expect(isOutlived(halfWay, "p")).toBe(false)
    expect(command(filename, "patched", "--patch", "p")).toEqual({
      status: 1,
      output: expect.stringContaining("patch p of changing: 1 go the old way (b), 1 went the new one. Keep patched")
    })
    // Too early: the run would be parked.
    const early = await review(filename, "deprecated")
    expect(early).toMatchObject({ fit: 1, unfit: [{ runId: "b", reason: "NonDeterminismError" }] })
    expect(command(filename, "deprecated").status).toBe(1)
    expect((await review(filename, "removed")).unfit).toMatchObject([{ runId: "b" }])

    await withHost(filename, "patched", end("b"))
    const outlived = await review(filename, "patched")
    expect(outlived.patches).toEqual([{ workflow: "changing", patch: "p", old: [], new: 1 }])
    expect(isOutlived(outlived, "p")).toBe(true)
    expect(command(filename, "patched", "--patch", "p")).toEqual({
      status: 0,
      output: expect.stringContaining("patch p: safe to deprecate")
    })

    await withHost(filename, "deprecated", begin("deprecated", "d"))
    expect(await review(filename, "deprecated")).toMatchObject({ fit: 2, patches: [{ patch: "p", old: [], new: 2 }] })
    await withHost(filename, "removed", end("c", "d"))
    expect(await review(filename, "removed")).toEqual({ runs: 0, fit: 0, unfit: [], patches: [] })
  })

  it("is told of runs that are paused as of any other: they go on by the code to come", async () => {
    const filename = path.join(temporaryFolder("review"), "runs.db")
    const paused = Effect.gen(function* () {
      yield* begin("before", "a")
      const client = yield* Client
      yield* client.pause("a")
      yield* Effect.repeat(client.get("a"), {
        until: ({ status }) => status === "paused",
        schedule: Schedule.spaced("10 millis")
      })
    })
    await withHost(filename, "before", paused)
    expect(await review(filename, "patched")).toMatchObject({ runs: 1, fit: 1 })
  })

  it("is told of a run that has continued as new as of any other", async () => {
    const filename = path.join(temporaryFolder("review"), "runs.db")
    const define = (name: string) =>
      defineWorkflow("loops", {
        input: Schema.Int,
        output: Schema.Null,
        run: Effect.fn(function* (generation) {
          if (generation < 2) return yield* continueAsNew(generation + 1)
          yield* sleep("1 day", { name })
          return null
        })
      })
    const host = hostLayer({ workflows: [define("night")], steps })
    const store = sqliteStore({ filename })
    const begun = Effect.gen(function* () {
      const client = yield* Client
      yield* client.start(define("night"), { runId: "r", input: 0 })
      yield* Effect.repeat(client.get("r"), {
        until: ({ waitingFor }) => waitingFor.some(({ kind }) => kind === "timer"),
        schedule: Schedule.spaced("10 millis")
      })
    })
    const app = Layer.provideMerge(Layer.merge(clientLayer, host), store)
    await Effect.runPromise(Effect.scoped(Effect.provide(begun, app)))
    const review = (name: string) =>
      Effect.runPromise(Effect.scoped(Effect.provide(reviewRuns([define(name)]), sqliteStore({ filename }))))
    expect(await review("night")).toMatchObject({ runs: 1, fit: 1, unfit: [] })
    expect(await review("day")).toMatchObject({
      runs: 1,
      fit: 0,
      unfit: [{ runId: "r", reason: "NonDeterminismError" }]
    })
  })

  it("is told of the child runs of forEachStep, by the step", async () => {
    const filename = path.join(temporaryFolder("review"), "runs.db")
    const hangs = defineStep("hangs", { input: Schema.Int, output: Schema.Int, run: () => Effect.never })
    const many = defineWorkflow("many", {
      input: Schema.Null,
      output: Schema.Int,
      run: () => Effect.map(forEachStep([1, 2, 3], hangs, { concurrency: 2, batch: 2 }), ({ succeeded }) => succeeded)
    })
    const app = Layer.provideMerge(
      Layer.merge(clientLayer, hostLayer({ workflows: [many], steps: [hangs] })),
      sqliteStore({ filename })
    )
    const begun = Effect.gen(function* () {
      const client = yield* Client
      yield* client.start(many, { runId: "r", input: null })
      yield* Effect.repeat(
        client.get("r:dynactor.each.hangs#0").pipe(
          Effect.map(({ waitingFor }) => waitingFor.length),
          Effect.catchTag("RunNotFound", () => Effect.succeed(0))
        ),
        { until: (length) => length > 0, schedule: Schedule.spaced("10 millis") }
      )
    })
    await Effect.runPromise(Effect.scoped(Effect.provide(begun, app)))
    const review = (steps: ReadonlyArray<typeof hangs>) =>
      Effect.runPromise(Effect.scoped(Effect.provide(reviewRuns([many], { steps }), sqliteStore({ filename }))))
    expect(await review([hangs])).toMatchObject({ runs: 2, fit: 2, unfit: [] })
    expect(await review([])).toMatchObject({
      fit: 1,
      unfit: [
        {
          runId: "r:dynactor.each.hangs#0",
          reason: "UnknownWorkflow",
          message: expect.stringContaining("no step hangs")
        }
      ]
    })
  })

  it("is said of no run whose code is not given", async () => {
    const filename = path.join(temporaryFolder("review"), "runs.db")
    await withHost(filename, "patched", begin("patched", "a"))
    const none = await Effect.runPromise(Effect.scoped(Effect.provide(reviewRuns([]), sqliteStore({ filename }))))
    expect(none).toMatchObject({ runs: 1, fit: 0, unfit: [{ runId: "a", reason: "UnknownWorkflow" }], patches: [] })
    expect(isOutlived(none, "p")).toBe(false)
  })
})

describe("the command", () => {
  it("explains itself, and what it lacks", () => {
    const run = (...args: ReadonlyArray<string>) =>
      spawnSync(process.execPath, ["--conditions=source", "src/review/command.ts", ...args], { encoding: "utf8" })
    expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("Usage: npx dynactor-review") })
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining("say which workflows") })
    expect(run("test/review/workflows.ts")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--sqlite or --store")
    })
    expect(run("--nonsense")).toMatchObject({ status: 2, stderr: expect.stringContaining("--nonsense") })
    expect(run("src/index.ts", "--sqlite", ":memory:")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("src/index.ts exports no workflows")
    })
  })
})
