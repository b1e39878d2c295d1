import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { WaitingFor } from "../../src/index.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually, live } from "../streams/engine.ts"
import { heldOf } from "./held.ts"
import { holding, Job, job, one, release } from "./parts.ts"

/** Fails as often as it is told to, or stays. */
const openWork = () => {
  const told = { fails: 0, stays: 0 }
  const work = defineStep("work", {
    input: Job,
    output: Schema.String,
    error: Schema.String,
    retry: { attempts: 1 },
    run: (job) =>
      Effect.suspend((): Effect.Effect<string, string> => {
        if (told.fails-- > 0) return Effect.fail("broken")
        return told.stays-- > 0 ? Effect.never : Effect.succeed(job.name)
      })
  })
  const limitedWork = defineStep("limitedWork", {
    input: Job,
    output: Schema.String,
    limit: one.by((job: Job) => job.account),
    run: (job) => (told.stays-- > 0 ? Effect.never : Effect.succeed(job.name))
  })
  /** Holds its place through a step that may fail, and behind it. */
  const fragile = defineWorkflow("fragile", {
    input: Job,
    output: Schema.String,
    error: Schema.String,
    limits: [one.by((job: Job) => job.account)],
    run: (job) => Effect.andThen(work(job), Effect.as(release.receive, job.name))
  })
  const stepping = defineWorkflow("stepping", {
    input: Job,
    output: Schema.String,
    run: (job) => Effect.andThen(release.receive, limitedWork(job))
  })
  return { told, fragile, stepping, steps: [work, limitedWork] }
}

onEachStore("limits and copies", (newStore) => {
  const opened = Effect.gen(function* () {
    const open = yield* newStore
    const { fragile, stepping, steps, told } = openWork()
    const { client } = yield* open({ workflows: [holding, fragile, stepping], steps, stepConcurrency: 8 })
    const waits = (runId: string, kind: WaitingFor["kind"]) => waitsFor(client, runId, kind)
    const held = (count: number) => heldOf(client, one, "acct_1", count)
    return { client, told, fragile, stepping, waits, held }
  })

  live("a fork of a run that waits has a place in line of its own, and so has one that has not asked yet", () =>
    Effect.gen(function* () {
      const { client, held, waits } = yield* opened
      yield* client.start(holding, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits("b", "limit")
      const all = (yield* client.history("b")).length
      yield* client.fork(holding, "b", { at: all, runId: "late" })
      yield* client.fork(holding, "b", { at: 1, runId: "early" })
      for (const runId of ["late", "early"]) yield* waits(runId, "limit")
      yield* eventually(
        "three wait",
        Effect.map(client.limits.get(one.limitName, "acct_1"), ({ queued }) => queued === 3)
      )
      for (const runId of ["a", "b"]) {
        yield* waits(runId, "signal")
        yield* client.signal(runId, release, null)
        yield* client.wait(holding, runId)
      }
      const others = new Set(["late", "early"])
      while (others.size > 0) {
        const next = yield* eventually(
          "one of them is next",
          Effect.map(
            Effect.filter([...others], (runId) =>
              Effect.map(client.get(runId), ({ waitingFor }) => waitingFor.some(({ kind }) => kind === "signal"))
            ),
            (ready) => ready[0]
          )
        )
        expect(yield* held(1)).toMatchObject({ holders: [next], queued: others.size - 1 })
        yield* client.signal(next, release, null)
        expect(yield* client.wait(holding, next)).toBe("b")
        others.delete(next)
      }
      yield* held(0)
    })
  )

  live("a retry goes on with what held a place, and counts: nobody else is given one before there is", () =>
    Effect.gen(function* () {
      const { client, fragile, held, told, waits } = yield* opened
      told.fails = 1
      yield* client.start(fragile, { runId: "a", input: job("a") })
      yield* Effect.flip(client.wait(fragile, "a"))
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits("b", "signal")
      yield* client.retry(fragile, "a")
      yield* held(2)
      yield* waits("a", "signal")
      yield* client.start(holding, { runId: "c", input: job("c") })
      yield* waits("c", "limit")
      yield* client.signal("b", release, null)
      yield* client.wait(holding, "b")
      expect(yield* held(1)).toMatchObject({ holders: ["a"], queued: 1 })
      yield* client.signal("a", release, null)
      expect(yield* client.wait(fragile, "a")).toBe("a")
      yield* waits("c", "signal")
    })
  )

  live("a reset gives back what was held behind its message, and what it comes to ask for it is given", () =>
    Effect.gen(function* () {
      const { client, held, stepping, told, waits } = yield* opened
      told.stays = 1
      yield* client.start(stepping, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      yield* client.signal("a", release, null)
      yield* waits("a", "step")
      yield* held(1)
      yield* client.reset(stepping, "a", { at: 1 })
      expect(yield* client.wait(stepping, "a")).toBe("a")
      yield* held(0)
    })
  )

  live("a reset in the middle of a step goes on with the place that it had", () =>
    Effect.gen(function* () {
      const { client, held, stepping, told, waits } = yield* opened
      told.stays = 1
      yield* client.start(stepping, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      yield* client.signal("a", release, null)
      yield* waits("a", "step")
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits("b", "limit")
      const all = (yield* client.history("a")).length
      yield* client.reset(stepping, "a", { at: all })
      expect(yield* client.wait(stepping, "a")).toBe("a")
      yield* waits("b", "signal")
      expect(yield* held(1)).toMatchObject({ holders: ["b"] })
    })
  )
})
