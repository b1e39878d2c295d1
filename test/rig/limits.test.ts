import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Duration } from "aws-cdk-lib"
import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { expectRate, grantsOf } from "../limits/grants.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually } from "../streams/engine.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import { byChance, killEvery } from "./faults.ts"
import { type Job, limitedRun, limitedSteps, often, ratedSteps, twoRuns, twoSteps } from "./limits.ts"
import type { Synthesized } from "./synthesize.ts"

const account = "acct_1"

describeWithServers("Limits on the rig, under kills", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  let kills: ReturnType<typeof killEvery>
  const folder = mkdtempSync(join(tmpdir(), "dynactor-limits-"))

  beforeAll(async () => {
    synthesized = synthesizeRig("Limits", {
      entry: fileURLToPath(new URL("limits.ts", import.meta.url)),
      maxReceives: 1_000,
      stepTimeout: Duration.seconds(6),
      timeout: Duration.seconds(20)
    })
    const faults = byChance(36, { kill: 0.002, throttle: 0.01, delay: 0.02, delayMs: 100, duplicate: 0.05 })
    rig = await deploy(synthesized, { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }, { faults })
    kills = killEvery(1_000, { seed: 36, most: 12, victims: rig.functions })
  }, 180_000)

  afterAll(async () => {
    kills?.stop()
    await rig?.stop()
    synthesized?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const as = <A, E>(effect: Effect.Effect<A, E, Client>) =>
    Effect.runPromise(Effect.provide(Effect.timeout(effect, "150 seconds"), rig.layerAs("Shop")))

  const notesOf = (name: string) =>
    readFileSync(join(folder, name), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly name: string; readonly what: string; readonly at: number })

  /** So many runs of one account, all at once, to their ends. */
  const runAll = (workflow: typeof limitedRun | typeof limitedSteps | typeof ratedSteps, runs: number) =>
    Effect.gen(function* () {
      const client = yield* Client
      const { workflowName } = workflow
      const ids = Array.from({ length: runs }, (_, index) => `${workflowName}-${index}`)
      const jobOf = (name: string): Job => ({ file: join(folder, workflowName), name, account })
      yield* Effect.forEach(ids, (runId) => client.start(workflow, { runId, input: jobOf(runId) }), { concurrency: 4 })
      return yield* Effect.forEach(ids, (runId) => client.wait(workflow, runId), { concurrency: "unbounded" })
    })

  /**
   * The most that held a place at one time, as their code tells: from its first beginning to its first end. By then nobody can have given it back; what is
   * delivered twice may run on.
   */
  const mostAtOnce = (name: string, last: string) => {
    const spans = new Map<string, { readonly from: number; readonly until: number }>()
    for (const note of notesOf(name)) {
      const run = note.name.split(" ")[0] as string
      const span = spans.get(run) ?? { from: note.at, until: Number.POSITIVE_INFINITY }
      const isEnd = note.what === "end" && note.name === `${run}${last}`
      spans.set(run, isEnd ? { ...span, until: Math.min(span.until, note.at) } : span)
    }
    const all = [...spans.values()]
    return Math.max(...all.map(({ from }) => all.filter((one) => one.from <= from && from < one.until).length))
  }

  /** All have given theirs back, and nobody waits. */
  const isEmpty = (limit: string, total: number) =>
    Effect.gen(function* () {
      const client = yield* Client
      return yield* eventually(
        `${limit} is empty`,
        Effect.map(client.limits.get(limit, account), (one) => one.held === 0 && one.queued === 0 && one),
        90_000
      ).pipe(Effect.map((one) => expect(one.total).toBeGreaterThanOrEqual(total)))
    })

  it("no more runs of a key go on at once than its limit says, and each has its turn", async () => {
    const outcomes = await as(Effect.tap(runAll(limitedRun, 8), isEmpty(twoRuns.limitName, 8)))
    expect(outcomes).toEqual(Array.from({ length: 8 }, (_, i) => `limitedRun-${i} again`))
    expect(mostAtOnce("limitedRun", " again")).toBeLessThanOrEqual(2)
  }, 180_000)

  it("no more steps of a key go on at once, through all of their attempts", async () => {
    const outcomes = await as(Effect.tap(runAll(limitedSteps, 10), isEmpty(twoSteps.limitName, 10)))
    expect(outcomes).toEqual(Array.from({ length: 10 }, (_, i) => `limitedSteps-${i}`))
    expect(mostAtOnce("limitedSteps", "")).toBeLessThanOrEqual(2)
  }, 180_000)

  it("no more steps of a key begin in a time than its rate says", async () => {
    const outcomes = await as(runAll(ratedSteps, 9))
    expect(outcomes).toHaveLength(9)
    const grants = await Effect.runPromise(Effect.provide(grantsOf(often.limitName, account), rig.layerAs("Shop")))
    // More than nine if somebody had to ask twice.
    expect(grants.length).toBeGreaterThanOrEqual(9)
    expectRate(grants, 3, 2_000)
    const begun = new Map<string, number>()
    for (const { at, name, what } of notesOf("ratedSteps"))
      if (what === "begin" && !begun.has(name)) begun.set(name, at)
    const times = [...begun.values()].sort((a, b) => a - b)
    expect(times).toHaveLength(9)
    // Nobody has begun before its place was given.
    for (const [index, at] of times.entries()) expect(at).toBeGreaterThanOrEqual(grants[index] as number)
    const shown = await as(Effect.flatMap(Client, (client) => client.limits.get(often.limitName, account)))
    expect(shown.total).toBeGreaterThanOrEqual(9)
    expect(rig.gateway.denied()).toEqual([])
    expect(kills.killed()).toBeGreaterThan(0)
  }, 180_000)
})
