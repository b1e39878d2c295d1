import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow, RetryAfter, type StepOptions } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live, openEngine } from "./engine.ts"

class Busy extends Schema.TaggedError<Busy>()("Busy", { line: Schema.String }) {}

type Options = StepOptions<void, number, Busy, never>

/** One step with this code, and a workflow that tells how it ended. */
const single = (run: Options["run"], options: Partial<Options> = {}) => {
  const attempts: Array<{ readonly attempt: number; readonly at: number }> = []
  const step = defineStep("step", {
    input: Schema.Void,
    output: Schema.Number,
    error: Busy,
    ...options,
    run: (input, context) => {
      attempts.push({ attempt: context.attempt, at: Date.now() })
      return run(input, context)
    }
  })
  const more = defineSignal("more", Schema.Void)
  const workflow = defineWorkflow("tells", {
    input: Schema.Void,
    output: Schema.String,
    run: Effect.fn(function* () {
      const told = yield* Effect.match(step.orFail(), {
        onFailure: (error) => (error._tag === "Busy" ? "Busy" : `${error.reason} after ${error.attempts}`),
        onSuccess: String
      })
      if (told === "7") yield* more.receive
      return told
    })
  })
  return { steps: [step], workflows: [workflow], workflow, attempts, more }
}

describe.each([false, true])("RetryAfter (inline: %s)", (inline) => {
  live.each(["failed with", "thrown"])("says when the next attempt is, whatever the policy's delays are: %s", (how) =>
    Effect.gen(function* () {
      const later = () => new RetryAfter({ after: 120 })
      const code: Options["run"] =
        how === "thrown"
          ? async (_, { attempt }) => {
              if (attempt < 3) throw later()
              return attempt
            }
          : (_, { attempt }) => (attempt < 3 ? later() : Effect.succeed(attempt))
      const one = single(code, { inline, retry: { initial: 1, max: 1 } })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("3")
      const gaps = one.attempts.slice(1).map(({ at }, index) => at - (one.attempts[index]?.at ?? 0))
      // Without it: a millisecond at most.
      for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(119)
    })
  )

  live("until a date, and at once if that has passed", () =>
    Effect.gen(function* () {
      const code: Options["run"] = (_, { attempt }) =>
        attempt === 1
          ? new RetryAfter({ after: new Date(0) })
          : attempt === 2
            ? new RetryAfter({ after: new Date(Date.now() + 120) })
            : Effect.succeed(attempt)
      const one = single(code, { inline, retry: { initial: "1 minute" } })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("3")
      expect((one.attempts[2]?.at ?? 0) - (one.attempts[1]?.at ?? 0)).toBeGreaterThanOrEqual(119)
    })
  )

  live("counts as an attempt; in the end its cause is what the step fails with, if it is declared", () =>
    Effect.gen(function* () {
      const retry = { attempts: 2, initial: 1 }
      const declared = single(() => new RetryAfter({ after: 1, cause: new Busy({ line: "4" }) }), { inline, retry })
      const first = yield* openEngine(declared)
      expect(yield* first.client.execute(declared.workflow, { input: undefined })).toBe("Busy")
      expect(declared.attempts.map(({ attempt }) => attempt)).toEqual([1, 2])
      const bare = single(() => new RetryAfter({ after: 1 }), { inline, retry })
      const second = yield* openEngine(bare)
      expect(yield* second.client.execute(bare.workflow, { input: undefined })).toBe("defect after 2")
    })
  )

  live("is not kept from it by lists", () =>
    Effect.gen(function* () {
      const one = single((_, { attempt }) => (attempt === 1 ? new RetryAfter({ after: 1 }) : Effect.succeed(attempt)), {
        inline,
        retry: { retryable: ["Busy"], nonRetryable: () => true }
      })
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("2")
    })
  )
})

describe.each([false, true])("What is tried again (inline: %s)", (inline) => {
  const busy = () => Effect.fail(new Busy({ line: "4" }))
  const broken = () => Effect.die(new TypeError("x"))
  const never = () => Effect.never
  const cases: ReadonlyArray<readonly [Options["run"], Options["retry"], string, number]> = [
    [busy, { retryable: ["Busy"] }, "Busy", 3],
    [broken, { retryable: ["Busy"] }, "defect after 1", 1],
    [broken, { retryable: ["defect"] }, "defect after 3", 3],
    [busy, { nonRetryable: ["defect"] }, "Busy", 3],
    [broken, { nonRetryable: ["defect"] }, "defect after 1", 1],
    [never, { nonRetryable: ["timeout"] }, "timeout after 1", 1],
    [never, { retryable: ["timeout"] }, "timeout after 3", 3],
    [never, { retryable: ["Busy"] }, "timeout after 1", 1],
    [busy, { retryable: (error: unknown) => error instanceof Busy && error.line === "4" }, "Busy", 3],
    [busy, { retryable: (error: unknown) => error instanceof Busy && error.line === "5" }, "Busy", 1],
    [busy, { nonRetryable: (error: unknown) => error instanceof Busy && error.line === "4" }, "Busy", 1],
    [broken, { nonRetryable: (error: unknown) => error instanceof Busy }, "defect after 3", 3],
    // Forbidding goes before allowing.
    [busy, { retryable: ["Busy"], nonRetryable: ["Busy"] }, "Busy", 1],
    [busy, { retryable: () => Promise.resolve(true) as never }, "Busy", 1],
    [
      busy,
      {
        nonRetryable: () => {
          throw new Error("a predicate that is broken forbids nothing")
        }
      },
      "Busy",
      3
    ]
  ]
  for (const [index, [code, rules, told, times]] of cases.entries()) {
    live(
      `case ${index}: ${Object.entries(rules ?? {})
        .flat()
        .join(" ")}, ${told}, ${times} times`,
      () =>
        Effect.gen(function* () {
          const one = single(code, { inline, timeout: 40, retry: { attempts: 3, initial: 1, ...rules } })
          const { client } = yield* openEngine(one)
          expect(yield* client.execute(one.workflow, { input: undefined })).toBe(told)
          expect(one.attempts.length).toBe(times)
        })
    )
  }
})

describe("A predicate of what is tried again that does not count", () => {
  for (const [rule, predicate, told] of [
    [
      "nonRetryable",
      (error: any) => error.response.status === 400,
      /: Busy; its nonRetryable does not count: TypeError: Cannot read/
    ],
    [
      "retryable",
      (error: any) => error.response.status === 400,
      /: Busy; its retryable does not count: TypeError: Cannot read/
    ],
    ["retryable", async () => true, /: Busy; its retryable does not count: TypeError: it answers with object/]
  ] as const) {
    live(`is told in the log of the attempt: ${rule}, ${told}`, () =>
      Effect.gen(function* () {
        const one = single(() => Effect.fail(new Busy({ line: "4" })), {
          retry: { attempts: 2, initial: 1, [rule]: predicate }
        })
        const { client, logged } = yield* openEngine(one)
        expect(yield* client.execute(one.workflow, { input: undefined })).toBe("Busy")
        const lines = logged.filter((line) => line.startsWith("Warn"))
        expect(lines).toHaveLength(rule === "retryable" ? 1 : 2)
        for (const line of lines) expect(line).toMatch(told)
      })
    )
  }
})

onEachStore("What is told of attempts that failed", (newStore, store) => {
  live("while they happen and afterwards: how many, how the last one failed, when the next one is", () =>
    Effect.gen(function* () {
      const secret = "a line nobody is to know"
      const gate = { open: false }
      const one = single(
        (_, { attempt }) =>
          attempt < 3
            ? Effect.fail(new Busy({ line: secret }))
            : gate.open
              ? Effect.succeed(7)
              : new RetryAfter({ after: 50 }),
        { retry: { attempts: 1_000, initial: 1 } }
      )
      const open = yield* newStore
      const { client } = yield* open(one)
      const before = Date.now()
      yield* client.start(one.workflow, { runId: "r", input: undefined })
      const step = yield* eventually(
        "a third attempt has failed",
        Effect.map(client.get("r"), ({ waitingFor }) =>
          waitingFor.find((one) => one.kind === "step" && (one.attempt ?? 0) > 3)
        )
      )
      expect(step).toMatchObject({ kind: "step", key: "step#0", lastError: expect.stringContaining("RetryAfter") })
      if (step.kind !== "step") throw new Error("no step")
      expect(step.nextTry?.getTime()).toBeGreaterThanOrEqual(before)
      expect((yield* client.get("r")).retriedSteps).toBeUndefined()
      gate.open = true
      const after = yield* eventually(
        "the step is answered",
        Effect.map(client.get("r"), (run) => run.waitingFor.some(({ kind }) => kind === "signal") && run)
      )
      const times = one.attempts.length
      expect(after.retriedSteps).toEqual([
        { key: "step#0", attempts: times, lastError: expect.stringContaining("RetryAfter"), at: expect.any(Number) }
      ])
      const history = yield* client.history("r")
      const message = history.find(({ key }) => key === "step/step#0")?.message
      if (message?.kind !== "step") throw new Error("no step")
      expect(message.attempts).toBe(times)
      // The last three, oldest first.
      expect(message.tries?.map(({ attempt }) => attempt)).toEqual([times - 3, times - 2, times - 1])
      for (const { at, error } of message.tries ?? []) {
        expect(at).toBeGreaterThanOrEqual(before)
        expect(error).toMatch(times < 6 ? /Busy|RetryAfter/ : /RetryAfter/)
      }
      expect(JSON.stringify([history, after])).not.toContain(secret)
      yield* client.signal("r", one.more, undefined)
      expect(yield* client.wait(one.workflow, "r")).toBe("7")
      expect((yield* client.get("r")).retriedSteps?.length).toBe(1)
    })
  )

  live("is nothing of a step that has not failed", () =>
    Effect.gen(function* () {
      const one = single(() => Effect.succeed(1))
      const open = yield* newStore
      const { client } = yield* open(one)
      yield* client.execute(one.workflow, { runId: "r", input: undefined })
      expect(yield* client.get("r")).not.toHaveProperty("retriedSteps")
      const [, step] = yield* client.history("r")
      expect(step?.message).toMatchObject({ kind: "step", attempts: 1 })
      expect(step?.message).not.toHaveProperty("tries")
    })
  )

  if (store === "aws") return
  live("of an inline step stands in its outcome as well", () =>
    Effect.gen(function* () {
      const one = single((_, { attempt }) => (attempt < 3 ? Effect.die(new TypeError("x")) : Effect.succeed(1)), {
        inline: true,
        retry: { initial: 1 }
      })
      const open = yield* newStore
      const { client } = yield* open(one)
      yield* client.execute(one.workflow, { runId: "r", input: undefined })
      expect((yield* client.get("r")).retriedSteps).toMatchObject([
        { key: "step#0", attempts: 3, lastError: "TypeError: x" }
      ])
    })
  )
})
