import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { describe, expect } from "vitest"
import { defineSignal, defineWorkflow, type Run } from "../../src/index.ts"
import { type Engine, eventually, live, openEngine } from "./engine.ts"

// What a module holds is every run's. No run takes the value of another for its own, however often it is tried again.

const nudge = defineSignal("nudge", Schema.Null)

const workflowOf = (name: string, body: () => Effect.Effect<unknown, never, Run>) =>
  defineWorkflow(name, { input: Schema.Null, output: Schema.Any, run: body })

const parkedRun = ({ client }: Engine, runId: string) =>
  eventually(
    `${runId} is parked`,
    Effect.map(client.get(runId), (run) => (run.status === "parked" ? run : undefined))
  )

/** A message for it: that it has been answered is seen by the host's lines, of which each try in vain gives one. */
const tryAgain = (engine: Engine, runId: string) =>
  Effect.gen(function* () {
    const lines = () => engine.logged.filter((line) => line.includes(`run ${runId} is parked`)).length
    const before = lines()
    yield* engine.client.signal(runId, nudge, null)
    yield* eventually(
      "it is tried again",
      Effect.sync(() => lines() > before)
    )
    return yield* parkedRun(engine, runId)
  })

describe("a run that waits at what a module holds", () => {
  live("alone is parked, and does not go on with what another run has put there", () =>
    Effect.gen(function* () {
      const secret = Deferred.makeUnsafe<string>()
      const waits = workflowOf("waits", () => Deferred.await(secret))
      const gives = workflowOf("gives", () => Effect.as(Deferred.succeed(secret, "of another"), null))
      const engine = yield* openEngine({ workflows: [waits, gives] })
      yield* engine.client.start(waits, { runId: "waits", input: null })
      expect((yield* parkedRun(engine, "waits")).parked?.message).toContain(
        "a Semaphore, Queue or Deferred of a module"
      )
      yield* engine.client.execute(gives, { runId: "gives", input: null })
      for (let time = 0; time < 3; time++) {
        const { parked } = yield* tryAgain(engine, "waits")
        expect(parked).toMatchObject({ violation: "shared" })
        expect(parked?.message).toContain("the run stood still here before")
      }
    })
  )

  live("beside a timer is parked when another run lets it go on, and stays so", () =>
    Effect.gen(function* () {
      const latch = Latch.makeUnsafe(false)
      const waits = workflowOf("waits", () =>
        Effect.as(Effect.all([Effect.sleep("1 day"), latch.await], { concurrency: "unbounded" }), "went on")
      )
      const opens = workflowOf("opens", () => Effect.as(latch.open, null))
      const engine = yield* openEngine({ workflows: [waits, opens] })
      yield* engine.client.start(waits, { runId: "waits", input: null })
      yield* eventually(
        "it sleeps",
        Effect.map(engine.client.get("waits"), (run) => run.waitingFor.length > 0)
      )
      yield* engine.client.execute(opens, { runId: "opens", input: null })
      for (let time = 0; time < 3; time++) {
        const { parked } = yield* tryAgain(engine, "waits")
        expect(parked).toMatchObject({ violation: "shared" })
        expect(parked?.message).toContain("run opens let this run go on")
        expect(parked?.message).not.toContain("promise")
      }
      // The cancellation is kept, and ends it where a replay comes as far as the run had come.
      yield* Effect.ignore(engine.client.cancel("waits", { reason: "enough" }))
      expect(yield* Effect.flip(engine.client.wait(waits, "waits"))).toMatchObject({ _tag: "RunCancelled" })
    })
  )

  live("is no harm to who holds it", () =>
    Effect.gen(function* () {
      const semaphore = Semaphore.makeUnsafe(1)
      const holds = workflowOf("holds", () => Effect.as(semaphore.withPermit(nudge.receive), "held"))
      const engine = yield* openEngine({ workflows: [holds] })
      yield* engine.client.start(holds, { runId: "holder", input: null })
      yield* eventually(
        "it waits",
        Effect.map(engine.client.get("holder"), (run) => run.status === "running" && run.waitingFor.length > 0)
      )
      yield* engine.client.start(holds, { runId: "waiter", input: null })
      const { parked } = yield* parkedRun(engine, "waiter")
      expect(parked?.message).toContain("a Semaphore, Queue or Deferred of a module")
      yield* engine.client.signal("holder", nudge, null)
      expect(yield* engine.client.wait(holds, "holder")).toBe("held")
    })
  )
})
