import { checkWorkflow, replayHistory, TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { callback, compensateWith, defineCallback, defineStep, defineWorkflow } from "../../src/index.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}
const approval = defineCallback("approval", {
  payload: Schema.Struct({ amount: Schema.Int }),
  error: Refused,
  timeout: "3 days",
  heartbeat: "1 day"
})
const ask = defineStep("ask", { input: Schema.String, output: Schema.Null, run: async () => null })
const ship = defineStep("ship", { input: Schema.Int, output: Schema.Null, run: async () => null })
const reserve = defineStep("reserve", { input: Schema.Null, output: Schema.Null, run: async () => null })
const release = defineStep("release", { input: Schema.Null, output: Schema.Null, run: async () => null })

const order = (goesOn: "never" | "whenLate" | "whenSilent" | "whenRefused") =>
  defineWorkflow("order", {
    input: Schema.Null,
    output: Schema.Boolean,
    run: Effect.fn(function* () {
      yield* reserve(null).pipe(compensateWith(() => Effect.asVoid(release.orFail(null)).pipe(Effect.ignore)))
      const { receive, token } = yield* callback(approval)
      yield* ask(token)
      const approved = yield* receive.pipe(
        Effect.map(() => true),
        Effect.catchTags({
          CallbackTimedOut: () => Effect.succeed(goesOn === "whenLate"),
          CallbackHeartbeatMissed: () => Effect.succeed(goesOn === "whenSilent"),
          Refused: () => Effect.succeed(goesOn === "whenRefused")
        })
      )
      if (approved) yield* ship(1)
      return approved
    })
  })

const onlyIfApproved = {
  facts: {
    approved: (run: { readonly callbackAnswers: ReadonlyArray<{ readonly outcome: string }> }) =>
      run.callbackAnswers.some(({ outcome }) => outcome === "succeeded")
  },
  always: (run: { readonly onlyAfter: (later: string, earlier: string) => boolean }) =>
    run.onlyAfter("ship", "approved")
}

describe("checkWorkflow", () => {
  it("finds nothing wrong with a workflow that ships what was approved", async () => {
    const report = await checkWorkflow(order("never"), { ...onlyIfApproved, schedules: 300 })
    expect(report.outcomes.succeeded).toBeGreaterThan(0)
    expect(Object.keys(report.waitedFor)).toEqual([])
  })

  it.each(["whenLate", "whenSilent", "whenRefused"] as const)("finds one that ships %s", async (goesOn) => {
    await expect(checkWorkflow(order(goesOn), { ...onlyIfApproved, schedules: 300 })).rejects.toMatchObject({
      kind: "property"
    })
  })

  it("tells of the answer in its story", async () => {
    const failure = await checkWorkflow(order("whenRefused"), { ...onlyIfApproved, schedules: 300 }).catch(String)
    expect(failure).toContain('callback approval#0 is failed with {"_tag":"Refused"')
  })

  it("completes callbacks with what it is given", async () => {
    const amounts = new Set<unknown>()
    await checkWorkflow(order("never"), {
      schedules: 50,
      callbacks: { approval: { amount: 7 } },
      atEnd: (run) => {
        for (const { outcome, answer } of run.callbackAnswers) if (outcome === "succeeded") amounts.add(answer.amount)
      }
    })
    expect([...amounts]).toEqual([7])
  })

  it("refuses a callback that the workflow never makes", async () => {
    const check = checkWorkflow(order("never"), { schedules: 100, callbacks: { aproval: { amount: 7 } } })
    await expect(check).rejects.toThrow("callbacks.aproval")
  })
})

describe("a recorded history", () => {
  it("with a callback is replayed by the code that made it, and by no other", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(order("never"), { input: null })
    await runtime.completeCallback(run.callbacks[0]?.token ?? "", { amount: 1 }, { as: approval })
    expect(run.outcome).toEqual({ tag: "succeeded", value: true })
    const history = run.recordHistory()
    expect(replayHistory(order("never"), history)).toMatchObject({ messages: expect.any(Number) })
    const without = defineWorkflow("order", {
      input: Schema.Null,
      output: Schema.Boolean,
      run: () => Effect.as(reserve(null), true)
    })
    expect(() => replayHistory(without, history)).toThrow(/approval/)
  })
})
