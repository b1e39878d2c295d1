import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"
import { Gauge, holding, Job, job, limitedWorkflow, one, release, two } from "./parts.ts"

onEachStore("limits", (newStore) => {
  live("no more runs of a key go on at once than its limit says, and all of them come to their end", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const gauge = new Gauge()
      // However busy the machine is, two of them meet.
      const meeting = eventually(
        "two are under way",
        Effect.sync(() => gauge.most >= 2)
      )
      const { steps, workflow } = limitedWorkflow(gauge, Effect.andThen(meeting, Effect.sleep("30 millis")))
      const { client } = yield* open({ workflows: [workflow], steps, stepConcurrency: 16 })
      const ids = Array.from({ length: 9 }, (_, i) => `run-${i}`)
      yield* Effect.forEach(ids, (id) => client.start(workflow, { runId: id, input: job(id) }), { concurrency: 3 })
      const done = yield* Effect.forEach(ids, (id) => client.wait(workflow, id), { concurrency: "unbounded" })
      expect(done).toEqual(ids)
      expect(gauge.most).toBe(2)
    })
  )

  live("other keys have places of their own", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [holding] })
      for (const account of ["a", "b"]) yield* client.start(holding, { runId: account, input: job(account, account) })
      for (const account of ["a", "b"])
        yield* eventually(
          `${account} has its place`,
          Effect.map(client.get(account), ({ waitingFor }) =>
            waitingFor.some((one) => one.kind === "signal" && one.name === "release")
          )
        )
    })
  )

  live("the highest priority comes first, and of one priority who came first", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const order: Array<string> = []
      const noted = defineStep("noted", {
        input: Job,
        output: Schema.Null,
        run: (job) =>
          Effect.as(
            Effect.sync(() => order.push(job.name)),
            null
          )
      })
      const ranked = defineWorkflow("ranked", {
        input: Job,
        output: Schema.Null,
        limits: [{ limit: one, key: (job) => job.account, priority: (job) => job.rank }],
        run: (job) => noted(job)
      })
      const { client } = yield* open({ workflows: [ranked, holding], steps: [noted] })
      yield* client.start(holding, { runId: "first", input: job("first") })
      yield* waitsForRelease(client, "first")
      const jobs = [job("low-1"), job("low-2"), job("high", "acct_1", 5), job("middle", "acct_1", 2), job("low-3")]
      for (const one of jobs) {
        yield* client.start(ranked, { runId: one.name, input: one })
        yield* eventually(
          `${one.name} waits`,
          Effect.map(client.get(one.name), ({ waitingFor }) => waitingFor.length > 0)
        )
      }
      yield* client.signal("first", release, null)
      yield* Effect.forEach(jobs, ({ name }) => client.wait(ranked, name), { concurrency: "unbounded" })
      expect(order).toEqual(["high", "middle", "low-1", "low-2", "low-3"])
    })
  )

  live.each(["cancelled", "terminated", "failed"] as const)(
    "a run that is %s gives its place back, and one that waited leaves the line",
    (how) =>
      Effect.gen(function* () {
        const open = yield* newStore
        const failing = defineWorkflow("failing", {
          input: Job,
          output: Schema.Null,
          limits: [{ limit: one, key: (job) => job.account }],
          run: () => Effect.andThen(release.receive, Effect.die(new Error("it fails")))
        })
        const first = how === "failed" ? failing : holding
        const { client } = yield* open({ workflows: [failing, holding] })
        yield* client.start(first as typeof holding, { runId: "first", input: job("first") })
        yield* waitsForRelease(client, "first")
        for (const name of ["second", "third"]) {
          yield* client.start(holding, { runId: name, input: job(name) })
          yield* eventually(
            `${name} waits`,
            Effect.map(client.get(name), ({ waitingFor }) => waitingFor.length > 0)
          )
        }
        if (how === "terminated") yield* client.terminate("second")
        else yield* client.cancel("second")
        if (how === "failed") yield* client.signal("first", release, null)
        else yield* how === "terminated" ? client.terminate("first") : client.cancel("first")
        yield* waitsForRelease(client, "third")
        yield* client.signal("third", release, null)
        expect(yield* client.wait(holding, "third")).toBe("third")
      })
  )

  live("steps hold a place until they have an outcome, and no longer", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const gauge = new Gauge()
      let failures = 0
      const charge = defineStep("charge", {
        input: Job,
        output: Schema.String,
        limit: { limit: two, key: (job) => job.account },
        retry: { attempts: 3, initial: "10 millis" },
        run: (job) =>
          gauge.within(
            job.name,
            Effect.andThen(
              Effect.sleep("10 millis"),
              Effect.suspend(() =>
                failures++ % 3 === 0 ? Effect.die(new Error("once more")) : Effect.succeed(job.name)
              )
            )
          )
      })
      const fanOut = defineWorkflow("fanOut", {
        input: Schema.Array(Job),
        output: Schema.Array(Schema.String),
        run: (jobs) => Effect.forEach(jobs, (one) => charge(one, { key: one.name }), { concurrency: "unbounded" })
      })
      const { client } = yield* open({ workflows: [fanOut], steps: [charge], stepConcurrency: 16 })
      const jobs = Array.from({ length: 6 }, (_, i) => job(`job-${i}`))
      for (const runId of ["one", "two"]) yield* client.start(fanOut, { runId, input: jobs })
      for (const runId of ["one", "two"])
        expect(yield* client.wait(fanOut, runId)).toEqual(jobs.map(({ name }) => name))
      expect(gauge.most).toBeLessThanOrEqual(2)
      expect(gauge.order.length).toBeGreaterThanOrEqual(12)
    })
  )
})

type Clients = import("../../src/index.ts").Client["Service"]

const waitsForRelease = (client: Clients, runId: string) =>
  eventually(
    `${runId} has its place`,
    Effect.map(client.get(runId), ({ waitingFor }) =>
      waitingFor.some((one) => one.kind === "signal" && one.name === "release")
    )
  )
