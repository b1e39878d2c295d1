import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { limiterRunId, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { limitNews } from "../../src/actor/calls/limits/limitParts.ts"
import type { LimitNews } from "../../src/actor/calls/limits/limitSpec.ts"
import { addressOf } from "../../src/actor/history/generation.ts"
import { defineLimit, defineStep, defineWorkflow } from "../../src/index.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { type Engine, eventually, live, openEngine, tempFile } from "../streams/engine.ts"
import { holding, Job, job, one, release } from "./parts.ts"

// What a limiter knows goes on with it as it begins anew, in the middle of what goes on.

const shown = (engine: Engine, limit: string, what: string, isSo: (one: Shown) => boolean) =>
  eventually(
    `${limit}: ${what}`,
    Effect.map(
      Effect.option(engine.client.limits.get(limit, "acct_1")),
      (one) => one._tag === "Some" && isSo(one.value) && one.value
    )
  )

type Shown = Effect.Success<ReturnType<Engine["client"]["limits"]["get"]>>

const generationOf = (engine: Engine, limit: string) =>
  Effect.map(engine.client.get(limiterRunId(placeName(limit, "acct_1"))), ({ generation }) => generation)

const tell = (engine: Engine, generation: number, id: string, news: LimitNews) => {
  const { payload } = Result.getOrThrow(limitNews.codec().encode(news))
  const address = addressOf(limiterRunId(placeName("one", "acct_1")), generation)
  return engine.table.put(address, { kind: "signal", at: Date.now(), name: limitNews.name, id, payload })
}

describe("limits", () => {
  live("a limiter that goes on takes along who waits for its rate, and what it has given", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const define = (count: number) => {
        const slow = defineLimit("slow", { rate: { count, per: "1 day" } })
        const pass = defineStep("pass", {
          input: Job,
          output: Schema.String,
          limit: { limit: slow, key: ({ account }) => account },
          run: ({ name }) => Effect.succeed(name)
        })
        const many = defineWorkflow("many", {
          input: Schema.Array(Job),
          output: Schema.Array(Schema.String),
          run: (jobs) => Effect.forEach(jobs, (one) => pass(one, { key: one.name }), { concurrency: "unbounded" })
        })
        return { workflows: [many], steps: [pass], many }
      }
      const jobsOf = (runId: string) => Array.from({ length: 150 }, (_, i) => job(`${runId}-${i}`))
      const namesOf = (runId: string) => jobsOf(runId).map(({ name }) => name)
      const runIds = Array.from({ length: 8 }, (_, i) => `many-${i}`)
      const { many, ...few } = define(3)
      const first = yield* openEngine({ filename, ...few })
      for (const [i, runId] of runIds.entries()) {
        yield* first.client.start(many, { runId, input: jobsOf(runId) })
        const queued = 150 * (i + 1) - 3
        yield* shown(first, "slow", `${queued} wait`, (one) => one.queued === queued && one.total === 3)
      }
      expect(yield* generationOf(first, "slow")).toBeGreaterThan(1)
      yield* first.close
      const { many: again, ...enough } = define(10_000)
      const second = yield* openEngine({ filename, ...enough })
      yield* second.client.start(again, { runId: "last", input: [job("last")] })
      for (const runId of runIds) expect(yield* second.client.wait(again, runId)).toEqual(namesOf(runId))
      yield* shown(second, "slow", "each was given once", ({ queued, total }) => queued === 0 && total === 1_201)
    })
  )

  live("a limiter that goes on takes along who holds a place, who waits, and who has left before asking", () =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ workflows: [holding] })
      const { client } = engine
      const runIds = ["a", "b", "c", "d"]
      for (const runId of runIds) {
        yield* client.start(holding, { runId, input: job(runId) })
        yield* waitsFor(engine.client, runId, runId === "a" ? "signal" : "limit")
      }
      const from = yield* generationOf(engine, "one")
      for (const generation of [from, from + 1]) {
        yield* tell(engine, generation, `leave/late-${generation}`, {
          _tag: "leave",
          id: `late-${generation}`,
          spec: one.spec
        })
        const noise = Array.from({ length: 4_000 }, (_, i) =>
          tell(engine, generation, `leave/noise-${i % 500}-${i}`, {
            _tag: "leave",
            id: `noise-${i % 500}`,
            spec: one.spec
          })
        )
        yield* Effect.all(noise, { concurrency: 50, discard: true })
        yield* eventually(
          "the limiter has begun anew",
          Effect.map(generationOf(engine, "one"), (now) => now === generation + 1)
        )
        const who = { run: "nobody", workflow: "none", since: 0, scope: "step" as const, priority: 9, at: 0 }
        const id = `late-${generation}`
        yield* tell(engine, generation + 1, id, {
          _tag: "ask",
          who: { ...who, id, channel: "one/acct_1#1" },
          spec: one.spec
        })
      }
      for (const [i, runId] of runIds.entries()) {
        yield* waitsFor(engine.client, runId, "signal")
        const one = yield* shown(
          engine,
          "one",
          "all that wait are shown",
          ({ queued }) => queued === runIds.length - i - 1
        )
        expect(one).toMatchObject({ held: 1, total: i + 1, holders: [runId] })
        yield* client.signal(runId, release, null)
        expect(yield* client.wait(holding, runId)).toBe(runId)
      }
    })
  )
})
