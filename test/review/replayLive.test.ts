import * as path from "node:path"
import { Client, clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { type ReplayedRun, type ReplayPlan, replayHistories, replayLive } from "dynactor/review"
import { sqliteStore } from "dynactor/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beforeAll, describe, expect, it } from "vitest"
import { exportHistory } from "../../src/testing.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually, withSql } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { lives, steps } from "./workflows.ts"

const count = 60
const filename = path.join(temporaryFolder("replay"), "runs.db")
const ids = Array.from({ length: count }, (_, index) => `run-${index}`)

const onFile = <A, E>(effect: Effect.Effect<A, E, Layer.Success<ReturnType<typeof sqliteStore>>>) =>
  Effect.runPromise(Effect.scoped(Effect.provide(effect, sqliteStore({ filename }))))

beforeAll(async () => {
  const app = Layer.provideMerge(
    Layer.merge(clientLayer, hostLayer({ workflows: [lives.before], steps })),
    sqliteStore({ filename })
  )
  const begin = Effect.gen(function* () {
    const client = yield* Client
    yield* Effect.forEach(ids, (runId) => client.start(lives.before, { runId, input: runId }), { concurrency: 20 })
    for (const runId of ids) yield* waitsFor(client, runId, "signal")
  })
  await Effect.runPromise(Effect.scoped(Effect.provide(begin, app)))
}, 60_000)

const pass = (
  life: keyof typeof lives,
  done: ReadonlyArray<ReplayedRun> = [],
  stopAfter = Number.POSITIVE_INFINITY
) => {
  const runs: Array<ReplayedRun> = []
  const plans: Array<ReplayPlan> = []
  const replay = replayLive([lives[life]], {
    done,
    parallel: 4,
    onPlan: (plan) => Effect.sync(() => void plans.push(plan)),
    onRun: (run) =>
      Effect.suspend(() => (runs.push(run) > stopAfter ? Effect.die("the machine was turned off") : Effect.void))
  })
  return onFile(Effect.exit(replay)).then((exit) => ({ exit, plans, runs }))
}

const reportOf = async (life: keyof typeof lives, done?: ReadonlyArray<ReplayedRun>) => {
  const { exit, plans, runs } = await pass(life, done)
  if (exit._tag === "Failure") throw new Error(String(exit.cause))
  return { ...exit.value, plans, read: runs }
}

describe("all runs under way, taken through the code at hand", () => {
  it("tells those that would be parked by cause, with what to do, and how much was read", async () => {
    const { fit, groups, plans, runs, units } = await reportOf("removed")
    expect({ fit, runs }).toEqual({ fit: 0, runs: count })
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ workflow: "changing", definitionVersion: "1", reason: "NonDeterminismError" })
    expect([...(groups[0]?.runIds ?? [])].sort()).toEqual([...ids].sort())
    expect(groups[0]?.message).toContain("step old#0")
    expect(groups[0]?.advice).toContain("patched()")
    // Said before all of them were read, by some of them.
    expect(plans).toHaveLength(1)
    expect(plans[0]).toMatchObject({ runs: count, done: 0 })
    expect(plans[0]?.sampled).toBeLessThan(count)
    expect(Math.abs((plans[0]?.units ?? 0) - units)).toBeLessThan(count)
  })

  it("is fine with code that goes on with all of them, and tells the ways that they go", async () => {
    const { fit, groups, patches } = await reportOf("patched")
    expect({ fit, groups }).toEqual({ fit: count, groups: [] })
    expect(patches).toMatchObject([{ patch: "p", new: 0 }])
    expect(patches[0]?.old).toHaveLength(count)
  })

  it("goes on where it was cut short, and comes to the same", async () => {
    const first = await pass("removed", [], 20)
    expect(first.exit._tag).toBe("Failure")
    const done: ReadonlyArray<ReplayedRun> = JSON.parse(JSON.stringify(first.runs.slice(0, 20)))
    const second = await reportOf("removed", done)
    expect(second.plans[0]).toMatchObject({ runs: count, done: 20 })
    expect(second.read).toHaveLength(count - 20)
    const whole = await reportOf("removed")
    expect(second.units).toBe(whole.units)
    expect(second.groups[0]?.runIds).toHaveLength(count)
  })

  it("writes nothing", async () => {
    const contents = () =>
      Effect.runPromise(
        withSql(filename, (file) =>
          JSON.stringify([file.prepare("select * from runs").all(), file.prepare("select * from inbox").all()])
        )
      )
    const before = await contents()
    await reportOf("removed")
    expect(await contents()).toBe(before)
  })

  it("does the same with histories in hand", async () => {
    const histories = await onFile(Effect.forEach(ids.slice(0, 3), (runId) => exportHistory(runId)))
    const { fit, groups, runs } = replayHistories(histories, [lives.removed])
    expect({ fit, runs }).toEqual({ fit: 0, runs: 3 })
    expect(groups).toMatchObject([{ reason: "NonDeterminismError", runIds: ids.slice(0, 3) }])
    expect(replayHistories(histories, [lives.before])).toMatchObject({ fit: 3, groups: [] })
    expect(replayHistories(histories, [])).toMatchObject({ groups: [{ reason: "UnknownWorkflow" }] })
  })

  it("takes those that are paused through it as well", async () => {
    const app = Layer.provideMerge(
      Layer.merge(clientLayer, hostLayer({ workflows: [lives.before], steps })),
      sqliteStore({ filename })
    )
    const pause = Effect.gen(function* () {
      const client = yield* Client
      yield* client.pause("run-0")
      yield* eventually(
        "the run is paused",
        Effect.map(client.get("run-0"), ({ status }) => status === "paused")
      )
    })
    await Effect.runPromise(Effect.scoped(Effect.provide(pause, app)))
    const { groups, runs } = await reportOf("removed")
    expect(runs).toBe(count)
    expect(groups.flatMap(({ runIds }) => runIds)).toContain("run-0")
  })
})
