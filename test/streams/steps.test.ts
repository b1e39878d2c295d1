import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import type { RetryOptions } from "../../src/actor/definitions/retryPolicy.ts"
import { defineStep, defineWorkflow, type StepContext, type StepOptions } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile, withSql } from "./engine.ts"

class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}

type Code = StepOptions<void, number, Declined, never>["run"]

/** One step with this code, and a workflow that tells how it ended. */
const single = (
  code: Code,
  options: { retry?: RetryOptions<"Declined" | "TypeError">; timeout?: number; inline?: boolean } = {}
) => {
  const times: Array<number> = []
  const attempts: Array<number> = []
  const step = defineStep("step", {
    input: Schema.Void,
    output: Schema.Number,
    error: Declined,
    ...options,
    run: (input, context) => {
      times.push(performance.now())
      attempts.push(context.attempt)
      return code(input, context)
    }
  })
  const workflow = defineWorkflow("tells", {
    input: Schema.Void,
    output: Schema.String,
    run: () =>
      Effect.match(step.orFail(), {
        onFailure: (error) => (error instanceof Declined ? "Declined" : `${error.reason} after ${error.attempts}`),
        onSuccess: String
      })
  })
  return { steps: [step], workflows: [workflow], workflow, times, attempts }
}

describe.each([false, true])("retries (inline: %s)", (inline) => {
  live("end with the first success", () =>
    Effect.gen(function* () {
      const one = single((_, { attempt }) => (attempt < 3 ? Effect.die("no") : Effect.succeed(7)), {
        inline,
        retry: { initial: 5 }
      })
      const { client, table } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { runId: "r", input: undefined })).toBe("7")
      expect(one.attempts).toEqual([1, 2, 3])
      expect(yield* table.readMessage("r", "step/step#0")).toMatchObject({ attempts: 3 })
    })
  )

  live("end after the attempts allowed, with the last error", () =>
    Effect.gen(function* () {
      const fails = single(() => Effect.fail(new Declined({ message: "x" })), {
        inline,
        retry: { attempts: 3, initial: 2 }
      })
      const first = yield* openEngine(fails)
      expect(yield* first.client.execute(fails.workflow, { input: undefined })).toBe("Declined")
      expect(fails.attempts).toEqual([1, 2, 3])
      const dies = single(() => Effect.die("x"), { inline, retry: { attempts: 2, initial: 2 } })
      const second = yield* openEngine(dies)
      expect(yield* second.client.execute(dies.workflow, { input: undefined })).toBe("defect after 2")
      expect(dies.attempts).toEqual([1, 2])
    })
  )

  live("wait as the policy says: initial, factor, at most max", () =>
    Effect.gen(function* () {
      const one = single(() => Effect.die("x"), {
        inline,
        retry: { attempts: 5, initial: 40, factor: 2, max: 100, jitter: 0 }
      })
      const { client } = yield* openEngine(one)
      yield* client.execute(one.workflow, { input: undefined })
      const gaps = one.times.slice(1).map((time, i) => time - (one.times[i] ?? 0))
      for (const [i, least] of [40, 80, 100, 100].entries()) {
        expect(gaps[i]).toBeGreaterThanOrEqual(least - 1)
        // Well below the next longer delay of the policy, were it not for a busy machine.
        expect(gaps[i]).toBeLessThan(least + 1_000)
      }
    })
  )

  live("with jitter wait no longer than without, and no shorter than it allows", () =>
    Effect.gen(function* () {
      const one = single(() => Effect.die("x"), { inline, retry: { attempts: 8, initial: 60, factor: 1, jitter: 0.5 } })
      const { client } = yield* openEngine(one)
      yield* client.execute(one.workflow, { input: undefined })
      const gaps = one.times.slice(1).map((time, i) => time - (one.times[i] ?? 0))
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(29)
      // Seven draws from 30 to 60: all of them in the upper tenth is one chance in ten million.
      expect(Math.min(...gaps)).toBeLessThan(57)
    })
  )

  live.each(["Declined", "TypeError"] as const)("are not made for what the policy names: %s", (tag) =>
    Effect.gen(function* () {
      const retry = { attempts: 5, initial: 1, nonRetryable: [tag] }
      const failing = tag === "Declined" ? Effect.fail(new Declined({ message: "" })) : Effect.die(new TypeError("x"))
      const one = single(() => failing, { inline, retry })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe(
        tag === "Declined" ? "Declined" : "defect after 1"
      )
      expect(one.attempts).toEqual([1])
    })
  )

  live("are made for async functions that throw", () =>
    Effect.gen(function* () {
      const code: Code = async (_, { attempt }) => {
        if (attempt === 1) throw new Error("x")
        return attempt
      }
      const one = single(code, { inline, retry: { initial: 1 } })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("2")
    })
  )

  live("hand the same idempotency key to each execution", () =>
    Effect.gen(function* () {
      const keys: Array<string> = []
      const code: Code = (_, { attempt, idempotencyKey }) =>
        Effect.suspend(() => {
          keys.push(idempotencyKey)
          return attempt < 3 ? Effect.die("x") : Effect.succeed(1)
        })
      const one = single(code, { inline, retry: { initial: 1 } })
      const { client } = yield* openEngine(one)
      yield* client.execute(one.workflow, { runId: "r", input: undefined })
      expect(keys).toEqual(Array.from({ length: 3 }, () => "r/step#0"))
    })
  )
})

describe.each([false, true])("a step that takes too long (inline: %s)", (inline) => {
  live("is interrupted, retried, and at last a typed failure", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const code: Code = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted++))
      const one = single(code, { inline, timeout: 30, retry: { attempts: 2, initial: 1 } })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("timeout after 2")
      expect(one.attempts).toEqual([1, 2])
      expect(interrupted).toBe(2)
    })
  )

  for (const [what, signalOf] of [
    ["its signal", (context: StepContext) => context.signal],
    ["the signal of a copy of its context", (context: StepContext) => ({ ...context }).signal]
  ] as const) {
    live(`is told by ${what}, and left behind if it does not listen`, () =>
      Effect.gen(function* () {
        let aborted = 0
        const code: Code = (_, context) => {
          signalOf(context).addEventListener("abort", () => void aborted++)
          return new Promise(() => undefined)
        }
        const one = single(code, { inline, timeout: 30, retry: { attempts: 1 } })
        const { client } = yield* openEngine(one)
        expect(yield* client.execute(one.workflow, { input: undefined })).toBe("timeout after 1")
        expect(aborted).toBe(1)
      })
    )
  }

  live("may answer at its next attempt", () =>
    Effect.gen(function* () {
      const code: Code = (_, { attempt }) => (attempt === 1 ? Effect.never : Effect.succeed(attempt))
      const one = single(code, { inline, timeout: 30, retry: { initial: 1 } })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("2")
    })
  )
})

describe("visibility", () => {
  live("is renewed for a step that takes longer", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      // The second attempt is claimed from the table, hidden for 150 ms, and takes seven times as long.
      const code: Code = (_, { attempt }) =>
        attempt === 1 ? Effect.die("x") : Effect.delay(Effect.succeed(attempt), 1_000)
      const one = single(code, { retry: { initial: 10 } })
      const engine = yield* openEngine({ ...one, filename, visibility: 150 })
      // Another host that would take what becomes visible.
      yield* openEngine({ ...one, filename, visibility: 150 })
      expect(yield* engine.client.execute(one.workflow, { input: undefined })).toBe("2")
      expect(one.attempts).toEqual([1, 2])
    })
  )

  live("ends for a step whose host is gone, and another host runs it", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = single(() => Effect.succeed(5))
      const turns = yield* openEngine({ workflows: one.workflows, steps: [], filename, unknownStepReceives: 1_000 })
      yield* turns.client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "the step is open",
        Effect.map(turns.client.get("r"), ({ waitingFor }) => waitingFor.length === 1)
      )
      yield* turns.close
      // As if a process that is still there had claimed it and were never heard of again.
      const claim = "update queue set owner = '1:someone', receives = 1, visible_at = ?"
      yield* withSql(filename, (sql) => sql.prepare(claim).run(Date.now() + 400))
      const engine = yield* openEngine({ ...one, filename })
      expect(yield* engine.client.wait(one.workflow, "r")).toBe("5")
    })
  )
})
