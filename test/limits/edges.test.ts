import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { limiterRunId, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { limitNews } from "../../src/actor/calls/limits/limitParts.ts"
import { limitWorkflow } from "../../src/actor/calls/limits/limitWorkflow.ts"
import { defineLimit, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"
import { expectRate, grantsOf } from "./grants.ts"
import { Gauge, holding, Job, job, limitedWorkflow, one, release } from "./parts.ts"

type Clients = import("../../src/index.ts").Client["Service"]

const limiterOf = (limit: string, key = "acct_1") => limiterRunId(placeName(limit, key))

const waits = (client: Clients, runId: string, name: string) =>
  eventually(
    `${runId} waits for ${name}`,
    Effect.map(client.get(runId), ({ waitingFor }) =>
      waitingFor.some((one) => (one.kind === "signal" ? one.name : one.kind).endsWith(name))
    )
  )

describe("limits", () => {
  live("of a rate no more places are given in any period", () =>
    Effect.gen(function* () {
      const perSecond = defineLimit("perSecond", { rate: "4/second" })
      const begun: Array<number> = []
      const note = defineStep("note", {
        input: Job,
        output: Schema.Null,
        run: () =>
          Effect.as(
            Effect.sync(() => begun.push(Date.now())),
            null
          )
      })
      const quick = defineWorkflow("quick", {
        input: Job,
        output: Schema.Null,
        limits: [{ limit: perSecond, key: (job) => job.account }],
        run: (job) => note(job)
      })
      const { client, services } = yield* openEngine({ workflows: [quick], steps: [note] })
      const ids = Array.from({ length: 10 }, (_, i) => `quick-${i}`)
      for (const runId of ids) yield* client.start(quick, { runId, input: job(runId) })
      yield* Effect.forEach(ids, (id) => client.wait(quick, id), { concurrency: "unbounded" })
      const grants = yield* Effect.provideContext(grantsOf(perSecond.limitName, "acct_1"), services)
      expect(grants).toHaveLength(10)
      expectRate(grants, 4, 1_000)
      // And nobody has begun before its place was given.
      for (const [index, at] of begun.sort((a, b) => a - b).entries())
        expect(at).toBeGreaterThanOrEqual(grants[index] as number)
      expect(begun).toHaveLength(10)
    })
  )

  live("a rate counts by the clock of the host that gives places, and not by that of who asked", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ workflows: [] })
      const runId = limiterOf("hourly")
      const spec = { concurrency: null, rate: { count: 2, periodMs: 3_600_000 } }
      const encoded = Result.getOrThrow(
        limitWorkflow.input().encode({
          limit: "hourly",
          key: "acct_1",
          spec,
          holders: [],
          queue: [],
          given: [],
          gone: [],
          total: 0
        })
      )
      const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000
      // As if no host had been there for half a day.
      for (let i = 0; i < 6; i++) {
        const id = `ask-${i}`
        const holder = { id, run: `nobody-${i}`, workflow: "none", since: 0, scope: "run" as const }
        const who = { ...holder, channel: `hourly/acct_1#${i}`, priority: 0, at: hoursAgo(10 - i) }
        const { payload } = Result.getOrThrow(limitNews.codec().encode({ _tag: "ask", who, spec }))
        yield* engine.table.put(runId, { kind: "signal", at: hoursAgo(10 - i), name: limitNews.name, id, payload })
      }
      yield* engine.table.put(runId, {
        kind: "start",
        at: hoursAgo(11),
        workflow: limitWorkflow.workflowName,
        definitionVersion: limitWorkflow.version,
        fingerprint: encoded.fingerprint,
        input: encoded.payload
      })
      const shown = yield* eventually(
        "all six have been heard",
        Effect.map(
          Effect.option(engine.client.limits.get("hourly", "acct_1")),
          (one) => one._tag === "Some" && one.value.total + one.value.queued === 6 && one.value.total > 0 && one.value
        )
      )
      expect(shown).toMatchObject({ total: 2, queued: 4, held: 0 })
      expect((shown.heldBackUntil?.getTime() ?? 0) - Date.now()).toBeGreaterThan(3_500_000)
    })
  )

  live("a limiter goes on as a new generation, and loses neither holders nor those that wait", () =>
    Effect.gen(function* () {
      const gauge = new Gauge()
      const three = defineLimit("three", { concurrency: 3 })
      const pass = defineStep("pass", {
        input: Job,
        output: Schema.String,
        limit: { limit: three, key: (job) => job.account },
        run: (job) => gauge.within(job.name, Effect.as(Effect.sleep("1 millis"), job.name))
      })
      const busy = defineWorkflow("busy", {
        input: Schema.Array(Job),
        output: Schema.Int,
        run: (jobs) =>
          Effect.map(
            Effect.forEach(jobs, (one) => pass(one, { key: one.name }), { concurrency: "unbounded" }),
            (all) => all.length
          )
      })
      const { client } = yield* openEngine({ workflows: [busy], steps: [pass], stepConcurrency: 32 })
      const jobs = Array.from({ length: 40 }, (_, i) => job(`job-${i}`))
      const ids = Array.from({ length: 8 }, (_, i) => `busy-${i}`)
      for (const runId of ids) yield* client.start(busy, { runId, input: jobs })
      for (const runId of ids) expect(yield* client.wait(busy, runId)).toBe(40)
      expect(gauge.most).toBeLessThanOrEqual(3)
      expect(gauge.order).toHaveLength(320)
      const { generation, unread } = yield* eventually(
        "the limiter has begun anew",
        Effect.map(client.get(limiterOf("three")), (one) => one.generation > 0 && one)
      )
      expect(generation).toBeGreaterThan(0)
      expect(unread).toBeUndefined()
    })
  )

  live("a deployment that changes the numbers changes them with the next who asks", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const define = (concurrency: number) =>
        defineWorkflow("growing", {
          input: Job,
          output: Schema.Null,
          limits: [{ limit: defineLimit("growing", { concurrency }), key: (job) => job.account }],
          run: () => release.receive
        })
      const [small, large] = [define(1), define(3)]
      const first = yield* openEngine({ filename, workflows: [small] })
      for (const runId of ["a", "b"]) yield* first.client.start(small, { runId, input: job(runId) })
      yield* waits(first.client, "a", "release")
      yield* waits(first.client, "b", "limit")
      yield* first.close
      const { client } = yield* openEngine({ filename, workflows: [large] })
      yield* client.start(large, { runId: "c", input: job("c") })
      for (const runId of ["b", "c"]) yield* waits(client, runId, "release")
      for (const runId of ["a", "b", "c"]) yield* client.signal(runId, release, null)
      for (const runId of ["a", "b", "c"]) expect(yield* client.wait(large, runId)).toBe(null)
    })
  )

  live("a run that has begun before its workflow had a limit, or by another key, goes on as it began", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const before = defineWorkflow("changing", { input: Job, output: Schema.Null, run: () => release.receive })
      const define = (key: (job: Job) => string) =>
        defineWorkflow("changing", {
          input: Job,
          output: Schema.Null,
          limits: [one.by(key)],
          run: () => release.receive
        })
      const [byAccount, byName] = [define((job) => job.account), define((job) => job.name)]
      const open = Effect.fnUntraced(function* (workflow: typeof before, runId: string) {
        const engine = yield* openEngine({ filename, workflows: [workflow] })
        yield* engine.client.start(workflow, { runId, input: job(runId) })
        yield* waits(engine.client, runId, "release")
        yield* engine.close
      })
      yield* open(before, "unlimited")
      yield* open(byAccount, "byAccount")
      const { client } = yield* openEngine({ filename, workflows: [byName] })
      for (const runId of ["unlimited", "byAccount"]) {
        yield* client.signal(runId, release, null)
        expect(yield* client.wait(byName, runId)).toBe(null)
      }
    })
  )

  live("who waits for a limiter that somebody cancels asks the one that comes after it", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [holding] })
      for (const runId of ["a", "b"]) {
        yield* client.start(holding, { runId, input: job(runId) })
        yield* waits(client, runId, runId === "a" ? "release" : "limit")
      }
      yield* client.cancel(limiterOf("one"))
      yield* waits(client, "b", "release")
      yield* client.signal("b", release, null)
      expect(yield* client.wait(holding, "b")).toBe("b")
    })
  )

  live("a limiter that was deleted leaves nothing of its key, and begins anew for whoever asks next", () =>
    Effect.gen(function* () {
      const { client, table } = yield* openEngine({ workflows: [holding] })
      yield* client.start(holding, { runId: "a", input: job("a") })
      yield* waits(client, "a", "release")
      yield* client.signal("a", release, null)
      expect(yield* client.wait(holding, "a")).toBe("a")
      const runId = limiterOf("one")
      yield* client.terminate(runId)
      yield* eventually(
        "it ended long ago",
        Effect.gen(function* () {
          const head = yield* table.readHead(runId)
          if (head?.status !== "terminated") return false
          const older = { ...head, version: head.version + 1, updatedAt: head.updatedAt - 120_000 }
          return (yield* table.commitHead(runId, older))._tag === "Committed"
        })
      )
      expect(yield* client.delete(runId)).toMatchObject({ isErased: true })
      expect(yield* table.readRun(runId)).toMatchObject({ head: undefined, messages: [] })
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits(client, "b", "release")
      yield* client.start(holding, { runId: "c", input: job("c") })
      yield* waits(client, "c", "limit")
      yield* client.signal("b", release, null)
      yield* waits(client, "c", "release")
    })
  )

  live("who asks for a place while its limiter is being deleted has one when that is over", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* openEngine({ workflows: [holding] })
      const runId = limiterOf("one")
      yield* client.start(holding, { runId: "a", input: job("a") })
      yield* waits(client, "a", "release")
      yield* client.signal("a", release, null)
      yield* client.wait(holding, "a")
      yield* client.terminate(runId)
      const until = Date.now()
      yield* eventually(
        "its head says that it is deleted",
        Effect.gen(function* () {
          const head = yield* table.readHead(runId)
          if (head?.status !== "terminated") return false
          const deletion = { generation: 0, until, was: { status: head.status, startedAt: until, updatedAt: until } }
          const marked = { ...head, version: head.version + 1, status: "deleted", deletion } as const
          return (
            (yield* table.commitHead(runId, { ...marked, startedAt: until - 1, updatedAt: until }))._tag === "Committed"
          )
        })
      )
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* eventually(
        "it asks",
        Effect.map(table.readRun("b"), ({ messages }) => messages.length > 0)
      )
      yield* eventually(
        "it is taken up",
        Effect.map(host.purge(), (done) => done?.freed === 1)
      )
      yield* waits(client, "b", "release")
    })
  )

  live("a run that is started once more is another holder", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [holding] })
      yield* client.start(holding, { runId: "a", input: job("a") })
      yield* waits(client, "a", "release")
      yield* client.start(holding, { runId: "a", input: job("a"), policy: "replace" })
      yield* eventually(
        "the second has begun",
        Effect.map(client.get("a"), ({ generation }) => generation === 1)
      )
      yield* waits(client, "a", "release")
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits(client, "b", "limit")
      yield* client.signal("a", release, null)
      yield* waits(client, "b", "release")
    })
  )

  live("a run that goes on as a new generation keeps its place", () =>
    Effect.gen(function* () {
      const { continueAsNew } = yield* Effect.promise(() => import("../../src/index.ts"))
      const rounds = defineWorkflow("rounds", {
        input: Job,
        output: Schema.Int,
        limits: [{ limit: one, key: (job) => job.account }],
        run: (job) =>
          Effect.andThen(
            release.receive,
            job.rank < 2 ? continueAsNew({ ...job, rank: job.rank + 1 }) : Effect.succeed(job.rank)
          )
      })
      const { client } = yield* openEngine({ workflows: [rounds, holding] })
      yield* client.start(rounds, { runId: "a", input: job("a") })
      yield* waits(client, "a", "release")
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits(client, "b", "limit")
      for (const generation of [1, 2]) {
        yield* client.signal("a", release, null)
        yield* eventually(
          "it went on",
          Effect.map(client.get("a"), (one) => one.generation === generation)
        )
        yield* waits(client, "a", "release")
        yield* waits(client, "b", "limit")
      }
      yield* client.signal("a", release, null)
      expect(yield* client.wait(rounds, "a")).toBe(2)
      yield* waits(client, "b", "release")
    })
  )

  live("a run that holds a place and asks for another of the same is told so, and does not wait for itself", () =>
    Effect.gen(function* () {
      const inner = defineStep("inner", {
        input: Job,
        output: Schema.Null,
        limit: { limit: one, key: (job) => job.account },
        run: () => Effect.succeed(null)
      })
      const outer = defineWorkflow("outer", {
        input: Job,
        output: Schema.Null,
        limits: [{ limit: one, key: (job) => job.account }],
        run: (job) => inner(job)
      })
      const { client } = yield* openEngine({ workflows: [outer], steps: [inner] })
      yield* client.start(outer, { runId: "a", input: job("a") })
      const died = yield* Effect.flip(client.wait(outer, "a"))
      expect(died).toMatchObject({ _tag: "RunDied", cause: { _tag: "LimitFailed", limit: "one", reason: "nested" } })
    })
  )

  live("a key that is none ends the run; a run id of a limiter that is taken is told of", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [holding] })
      yield* client.start(holding, { runId: "a", input: job("a", "") })
      expect(yield* Effect.flip(client.wait(holding, "a"))).toMatchObject({ cause: { reason: "invalidKey" } })
      const plain = defineWorkflow("plain", {
        input: Schema.Null,
        output: Schema.Null,
        run: () => Effect.succeed(null)
      })
      yield* client.start(plain, { runId: limiterOf("one", "taken"), input: null })
      yield* client.start(holding, { runId: "b", input: job("b", "taken") })
      expect(yield* Effect.flip(client.wait(holding, "b"))).toMatchObject({ cause: { reason: "taken" } })
    })
  )

  live("what a run came to is not told to its limiter", () =>
    Effect.gen(function* () {
      const { steps, workflow } = limitedWorkflow(new Gauge())
      const { client } = yield* openEngine({ workflows: [workflow], steps })
      yield* client.start(workflow, { runId: "a", input: job("a secret name") })
      expect(yield* client.wait(workflow, "a")).toBe("a secret name")
      const events = yield* eventually(
        "the limiter is told of the end",
        Effect.map(
          client.history(limiterOf("two")),
          (all) => all.some(({ message }) => message.kind === "child") && all
        )
      )
      expect(JSON.stringify(events)).not.toContain("secret")
      expect((yield* client.get(limiterOf("two"))).workflow).toBe(limitWorkflow.workflowName)
    })
  )
})
