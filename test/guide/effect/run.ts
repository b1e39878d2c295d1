import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { defineWorkflow, type RunDescription } from "../../../src/index.ts"
import { eventually, openEngine } from "../../streams/engine.ts"
import type { Code } from "./program.ts"

/** Something before and something after, so that a run that is rebuilt goes through the program again. */
const surrounded = (code: Code): Effect.Effect<unknown> =>
  Effect.sleep(1).pipe(
    Effect.andThen(Effect.exit(Effect.scoped(code))),
    Effect.map((exit) => toJson(exit)),
    Effect.tap(Effect.sleep(1))
  )

const isGoingOn = (status: RunDescription["status"]): boolean => status === "accepted" || status === "running"

/** What is there to be seen of an answer. */
const toJson = (exit: Exit.Exit<unknown, unknown>): unknown =>
  JSON.parse(JSON.stringify(Exit.isSuccess(exit) ? { answer: exit.value ?? null } : { failure: exit.cause }))

/** As plain Effect, under a virtual clock. */
export const runPlain = (code: Code): Effect.Effect<unknown> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(surrounded(code))
    for (let seconds = 0; seconds < 100 && fiber.pollUnsafe() === undefined; seconds++)
      yield* TestClock.adjust("1 second")
    const exit = fiber.pollUnsafe()
    if (exit === undefined) return yield* Effect.die(new Error("has no end within 100 s"))
    return yield* exit
  }).pipe(Effect.provide(TestClock.layer()))

/** All of them as bodies on one embedded host, side by side. */
export const runBodies = (codes: ReadonlyMap<string, Code>, options: { readonly warmRuns?: number }) =>
  Effect.gen(function* () {
    const all = [...codes].map(([name, code], index) => ({
      name,
      runId: `${index}`,
      workflow: defineWorkflow(`program-${index}`, {
        input: Schema.Null,
        output: Schema.Any,
        run: () => surrounded(code)
      })
    }))
    const { client } = yield* openEngine({
      ...options,
      budget: 200_000,
      turnLimitMs: 60_000,
      workflows: all.map(({ workflow }) => workflow)
    })
    for (const { runId, workflow } of all) yield* client.start(workflow, { runId, input: null })
    const results = new Map<string, unknown>()
    for (const { name, runId, workflow } of all) {
      const over = yield* eventually(
        `${name} is over`,
        // One that no turn has taken yet is not over either: whoever waits for it would wait for ever if it is refused.
        Effect.map(client.get(runId), (run) => (isGoingOn(run.status) ? undefined : run)),
        60_000
      )
      results.set(
        name,
        over.status === "parked"
          ? { parked: over.parked?.message }
          : yield* Effect.exit(client.wait(workflow, runId)).pipe(
              Effect.map((exit) => (Exit.isSuccess(exit) ? exit.value : toJson(exit)))
            )
      )
    }
    return results
  })
