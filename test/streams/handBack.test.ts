import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

const setup = () => {
  const seen = { executions: 0, mayEnd: false }
  const long = defineStep("long", {
    input: Schema.Void,
    output: Schema.String,
    timeout: "Infinity",
    retry: { attempts: 1 },
    run: () =>
      Effect.suspend(() => {
        seen.executions++
        return seen.mayEnd ? Effect.succeed("done") : Effect.never
      })
  })
  const workflow = defineWorkflow("longs", {
    input: Schema.Void,
    output: Schema.String,
    run: () => Effect.catch(long.orFail(undefined), ({ message, reason }) => Effect.succeed(`${reason}: ${message}`))
  })
  return { seen, workflow, workflows: [workflow], steps: [long] }
}

describe("a long step", () => {
  live("ends with its outcome though it was handed back by more shutdowns than a message may be received", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = setup()
      const options = { ...one, filename, grace: 1, store: { maxReceives: 3 } }
      for (let shutdown = 1; shutdown <= 5; shutdown++) {
        const engine = yield* openEngine(options)
        if (shutdown === 1) yield* engine.client.start(one.workflow, { runId: "r", input: undefined })
        yield* eventually(
          `the step is under way, time ${shutdown}`,
          Effect.sync(() => one.seen.executions === shutdown),
          2_000
        )
        yield* engine.close
      }
      one.seen.mayEnd = true
      const last = yield* openEngine(options)
      expect(yield* Effect.timeout(last.client.wait(one.workflow, "r"), 2_000)).toBe("done")
      expect(one.seen.executions).toBe(6)
    })
  )

  live("handed back is taken up at once by a host that is there already", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = setup()
      const options = { ...one, filename, grace: 1 }
      const first = yield* openEngine(options)
      yield* first.client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "the step is under way",
        Effect.sync(() => first.host.stepsUnderWay() === 1)
      )
      const second = yield* openEngine(options)
      one.seen.mayEnd = true
      yield* first.close
      expect(yield* Effect.timeout(second.client.wait(one.workflow, "r"), 2_000)).toBe("done")
    })
  )
})
