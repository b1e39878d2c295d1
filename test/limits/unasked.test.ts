import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { askId, placeChannel, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import type { WaitingFor } from "../../src/index.ts"
import { continueAsNew, defineStep, defineWorkflow } from "../../src/index.ts"
import { askLimiter } from "../../src/store/limits/askLimiter.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually, live } from "../streams/engine.ts"
import { heldOf } from "./held.ts"
import { holding, Job, job, one, release } from "./parts.ts"

const second = defineStep("second", {
  input: Job,
  output: Schema.String,
  limit: one.by((job: Job) => job.account),
  run: (job) => Effect.succeed(job.name)
})

const waiting = defineWorkflow("waiting", { input: Job, output: Job, run: (job) => Effect.as(release.receive, job) })

/** Asks for a place when it is released, and has waited once more behind that. */
const later = defineWorkflow("later", {
  input: Job,
  output: Schema.String,
  run: (job) =>
    Effect.andThen(
      release.receive,
      Effect.flatMap(second(job), (name) => Effect.as(release.receive, name))
    )
})

/** Holds the place of one account, then that of another. */
const moving = defineWorkflow("moving", {
  input: Job,
  output: Schema.String,
  limits: [one.by((job: Job) => job.account)],
  run: (job) =>
    Effect.andThen(
      release.receive,
      job.rank === 0 ? continueAsNew({ ...job, account: "acct_2", rank: 1 }) : Effect.succeed(job.account)
    )
})

onEachStore("limits", (newStore) => {
  const opened = Effect.gen(function* () {
    const open = yield* newStore
    const { client, services, table } = yield* open({
      workflows: [waiting, holding, later, moving],
      steps: [second],
      stepConcurrency: 2
    })
    const waits = (runId: string, kind: WaitingFor["kind"]) => waitsFor(client, runId, kind)
    const held = (account: string, count: number) => heldOf(client, one, account, count)
    /** As a turn does that asks, and whose commit another is ahead of: the run then goes another way. */
    const askFor = Effect.fnUntraced(function* (run: string, workflow: string, n: number) {
      const since = (yield* table.readHead(run))?.since ?? 0
      const [limit, key] = [one.limitName, "acct_1"]
      const place = placeName(limit, key)
      const who = {
        id: askId(run, place, String(n)),
        run,
        workflow,
        since,
        scope: "step" as const,
        channel: placeChannel(place, String(n)),
        priority: 0,
        at: Date.now()
      }
      expect(yield* Effect.provide(askLimiter({ limit, key, place, spec: one.spec, who }), services)).toBe(null)
    })
    const given = (run: string) =>
      eventually(
        `${run} is given a place`,
        Effect.map(client.history(run), (all) =>
          all.some(({ message }) => message.kind === "signal" && message.name.endsWith("limit.place"))
        )
      )
    return { client, waits, held, askFor, given }
  })

  live("a place that only a lost turn has asked for is given back as it comes", () =>
    Effect.gen(function* () {
      const { askFor, client, given, held, waits } = yield* opened
      yield* client.start(waiting, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      yield* askFor("a", waiting.workflowName, 0)
      yield* given("a")
      yield* held("acct_1", 0)
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits("b", "signal")
      expect((yield* client.get("a")).status).toBe("running")
      yield* client.signal("a", release, null)
      expect(yield* client.wait(waiting, "a")).toEqual(job("a"))
    })
  )

  live("who has given a place back before it came to ask for it asks anew, and has it", () =>
    Effect.gen(function* () {
      const { askFor, client, given, held, waits } = yield* opened
      yield* client.start(later, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      // The question that the run will come to, asked and answered ahead of it.
      yield* askFor("a", later.workflowName, 0)
      yield* given("a")
      yield* held("acct_1", 0)
      yield* client.signal("a", release, null)
      yield* client.signal("a", release, null)
      expect(yield* client.wait(later, "a")).toBe("a")
      expect(yield* held("acct_1", 0)).toMatchObject({ queued: 0, total: 2 })
    })
  )

  live("a run that goes on by another key gives back the place of the one before", () =>
    Effect.gen(function* () {
      const { client, held, waits } = yield* opened
      yield* client.start(moving, { runId: "a", input: job("a") })
      yield* waits("a", "signal")
      yield* client.start(holding, { runId: "b", input: job("b") })
      yield* waits("b", "limit")
      yield* client.signal("a", release, null)
      yield* waits("b", "signal")
      expect(yield* held("acct_1", 1)).toMatchObject({ holders: ["b"] })
      expect(yield* held("acct_2", 1)).toMatchObject({ holders: ["a"] })
      yield* client.signal("a", release, null)
      expect(yield* client.wait(moving, "a")).toBe("acct_2")
      yield* held("acct_2", 0)
    })
  )
})
