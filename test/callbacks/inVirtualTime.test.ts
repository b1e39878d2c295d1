import { succeeds, TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  CallbackFailed,
  CallbackHeartbeatMissed,
  CallbackTimedOut,
  callback,
  compensateWith,
  defineCallback,
  defineStep,
  defineWorkflow,
  waitForCallback
} from "../../src/index.ts"

const Approval = Schema.Struct({ by: Schema.String, on: Schema.Date })
class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}
const Late = Schema.Union([CallbackTimedOut, CallbackHeartbeatMissed])

const approval = defineCallback("approval", {
  payload: Approval,
  error: Refused,
  timeout: "1 hour",
  heartbeat: "10 minutes"
})

const handOut = defineStep("handOut", { input: Schema.String, output: Schema.Null, run: async () => null })
const undo = defineStep("undo", { input: Schema.Null, output: Schema.Null, run: async () => null })

const asks = defineWorkflow("asks", {
  input: Schema.Struct({ firstMs: Schema.Number }),
  output: Schema.String,
  error: Schema.Union([Refused, Late]),
  run: Effect.fn(function* ({ firstMs }) {
    const { receive } = yield* callback(approval)
    yield* Effect.sleep(firstMs)
    const { by } = yield* receive
    return by
  })
})

const start = async (firstMs = 0) => {
  const runtime = new TestRuntime()
  const run = await runtime.start(asks, { runId: "run", input: { firstMs } })
  const [made] = run.callbacks
  if (made === undefined) throw new Error("no callback is open")
  return { runtime, run, token: made.token }
}

const ada = { by: "Ada", on: new Date(7) }

const minute = 60_000

describe("a callback", () => {
  it("is open before anybody waits for it, and is told of", async () => {
    const { run, runtime } = await start(minute)
    // One timer is the body's own, and one for the heartbeat that is due.
    expect(run.waitsFor).toEqual(["callback approval#0", "timer 60000ms#0", "timer 600000ms#0"])
    expect(run.waitingFor[0]).toEqual({
      kind: "callback",
      key: "approval#0",
      name: "approval",
      expires: new Date(runtime.now + 60 * minute)
    })
  })

  it("is completed with a typed value", async () => {
    const { runtime, run, token } = await start()
    await runtime.completeCallback(token, ada, { as: approval })
    expect(run.outcome).toEqual({ tag: "succeeded", value: "Ada" })
  })

  it("is failed with a typed error", async () => {
    const { runtime, run, token } = await start()
    await runtime.failCallback(token, new Refused({ why: "too dear" }), { as: approval })
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "Refused", why: "too dear" } })
  })

  it("takes JSON from those who do not know its schemas", async () => {
    const { runtime, run, token } = await start()
    await runtime.failCallback(token, { _tag: "Refused", why: "by hand" })
    expect(run.outcome).toMatchObject({ tag: "failed", error: { why: "by hand" } })
  })

  it.each([
    ["completeCallback", "payload"],
    ["failCallback", "error"]
  ] as const)("answered by %s with what does not fit is a defect that says so", async (method, reason) => {
    const { runtime, run, token } = await start()
    await runtime[method](token, { other: 1 })
    expect(run.outcome).toMatchObject({ tag: "died", defect: { _tag: "CallbackFailed", reason, cause: { other: 1 } } })
  })

  it("keeps an answer until somebody waits for it", async () => {
    const { runtime, run, token } = await start(30 * minute)
    await runtime.advance(minute)
    await runtime.completeCallback(token, { by: "Ada", on: "1970-01-01T00:00:00.007Z" })
    expect(run.outcome).toBeUndefined()
    expect(run.callbacks).toEqual([])
    await runtime.advance(30 * minute)
    expect(run.outcome).toEqual({ tag: "succeeded", value: "Ada" })
  })

  it("times out as long after it was made as it says, whoever waits and when", async () => {
    const { runtime, run, token } = await start(50 * minute)
    for (let minutes = 0; minutes < 55; minutes += 5) {
      await runtime.advance(5 * minute)
      await runtime.heartbeatCallback(token)
    }
    expect(run.outcome).toBeUndefined()
    await runtime.advance(5 * minute - 1)
    expect(run.outcome).toBeUndefined()
    await runtime.advance(1)
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "CallbackTimedOut", callback: "approval" } })
    await expect(runtime.completeCallback(token, ada, { as: approval })).rejects.toMatchObject({
      _tag: "CallbackExpired"
    })
  })

  it("counts its time from when it was made, and not from the wait, where there are no heartbeats either", async () => {
    const patient = defineCallback("patient", { payload: Approval, timeout: "1 hour" })
    const waits = defineWorkflow("waits", {
      input: Schema.Null,
      output: Schema.String,
      run: Effect.fn(function* () {
        const { receive } = yield* callback(patient)
        yield* Effect.sleep(50 * minute)
        return yield* Effect.match(receive, { onFailure: ({ _tag }) => _tag, onSuccess: ({ by }) => by })
      })
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(waits, { runId: "run", input: null })
    await runtime.advance(60 * minute - 1)
    expect(run.outcome).toBeUndefined()
    await runtime.advance(1)
    expect(run.outcome).toEqual({ tag: "succeeded", value: "CallbackTimedOut" })
  })

  it("has timed out already for who waits later", async () => {
    const { runtime, run, token } = await start(61 * minute)
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await runtime.heartbeatCallback(token)
      await runtime.advance(5 * minute)
    }
    await expect(runtime.completeCallback(token, ada)).rejects.toMatchObject({ _tag: "CallbackExpired" })
    await runtime.advance(minute)
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "CallbackTimedOut" } })
  })

  it("fails when a heartbeat is missed, and not before", async () => {
    const { runtime, run, token } = await start()
    await runtime.advance(9 * minute)
    await runtime.heartbeatCallback(token)
    await runtime.advance(10 * minute - 1)
    expect(run.outcome).toBeUndefined()
    await runtime.advance(1)
    expect(run.outcome).toMatchObject({
      tag: "failed",
      error: { _tag: "CallbackHeartbeatMissed", lastHeartbeatAt: runtime.now - 10 * minute }
    })
    await expect(runtime.heartbeatCallback(token)).rejects.toMatchObject({ _tag: "RunFinished" })
  })

  it("fails when there was never a heartbeat", async () => {
    const { runtime, run } = await start()
    await runtime.advance(10 * minute)
    expect(run.outcome).toMatchObject({ error: { _tag: "CallbackHeartbeatMissed", lastHeartbeatAt: null } })
  })

  it("misses a heartbeat whoever waits: it is closed then, and whoever waits later is told", async () => {
    const { runtime, run, token } = await start(45 * minute)
    await runtime.advance(5 * minute)
    await runtime.heartbeatCallback(token)
    const heardAt = runtime.now
    await runtime.advance(10 * minute - 1)
    expect(run.callbacks).toHaveLength(1)
    await runtime.advance(1)
    expect(run.callbacks).toEqual([])
    // A silence that has ended by the time that somebody waits was one all the same.
    await expect(runtime.heartbeatCallback(token)).rejects.toMatchObject({ _tag: "CallbackClosed" })
    await expect(runtime.completeCallback(token, ada, { as: approval })).rejects.toMatchObject({
      _tag: "CallbackClosed"
    })
    expect(run.outcome).toBeUndefined()
    await runtime.advance(30 * minute)
    expect(run.outcome).toMatchObject({
      tag: "failed",
      error: { _tag: "CallbackHeartbeatMissed", lastHeartbeatAt: heardAt }
    })
  })

  it("looks for no heartbeat once it is answered, closed or over", async () => {
    const { runtime, run, token } = await start(45 * minute)
    await runtime.completeCallback(token, ada, { as: approval })
    expect(run.waitsFor).toEqual(["timer 2700000ms#0"])
    await runtime.advance(45 * minute)
    expect(run.outcome).toEqual({ tag: "succeeded", value: "Ada" })
  })

  it("is watched though whoever has made it has ended", async () => {
    const parts = defineWorkflow("parts", {
      input: Schema.Null,
      output: Schema.String,
      run: Effect.fn(function* () {
        const { receive, token } = yield* Effect.map(
          Effect.all([callback("answer", { payload: Schema.String, heartbeat: "1 minute" })], {
            concurrency: "unbounded"
          }),
          ([made]) => made
        )
        yield* handOut(token)
        yield* Effect.sleep("10 minutes")
        return yield* Effect.catchTag(receive, "CallbackHeartbeatMissed", ({ _tag }) => Effect.succeed(_tag))
      })
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(parts, { input: null })
    await runtime.advance("1 minute")
    await expect(runtime.completeCallback(run.steps[0]?.input, "late")).rejects.toMatchObject({
      _tag: "CallbackClosed"
    })
    await runtime.advance("9 minutes")
    expect(run.outcome).toEqual({ tag: "succeeded", value: "CallbackHeartbeatMissed" })
  })

  it("is turned by no heartbeat", async () => {
    const { runtime, run, token } = await start()
    const before = run.recordHistory()
    await runtime.advance(minute)
    for (let beats = 0; beats < 100; beats++) await runtime.heartbeatCallback(token)
    expect(run.recordHistory()).toEqual(before)
  })

  it("works once, and says whether the answer that stands is the same", async () => {
    const { runtime, run, token } = await start(minute)
    await runtime.completeCallback(token, ada, { as: approval, id: "delivery-7" })
    await runtime.completeCallback(token, ada, { as: approval, id: "delivery-7" })
    const again = runtime.completeCallback(token, ada, { as: approval })
    await expect(again).rejects.toMatchObject({ _tag: "CallbackUsed", isSame: true })
    const other = runtime.completeCallback(token, { ...ada, by: "Bob" }, { as: approval, id: "delivery-7" })
    await expect(other).rejects.toMatchObject({ _tag: "CallbackUsed", isSame: false })
    await expect(runtime.failCallback(token)).rejects.toMatchObject({ _tag: "CallbackUsed", isSame: false })
    await expect(runtime.heartbeatCallback(token)).rejects.toMatchObject({ _tag: "CallbackUsed" })
    await runtime.advance(minute)
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: "Ada" })
    await runtime.completeCallback(token, ada, { as: approval, id: "delivery-7" })
  })

  it("takes no answer for a run that is over", async () => {
    const { runtime, run, token } = await start()
    await run.cancel()
    await expect(runtime.completeCallback(token, ada, { as: approval })).rejects.toMatchObject({
      _tag: "RunFinished",
      status: "cancelled"
    })
  })

  it("takes no answer that does not fit the definition that is given with it", async () => {
    const { runtime, token } = await start()
    const unfit = { by: 7 } as unknown as typeof Approval.Type
    await expect(runtime.completeCallback(token, unfit, { as: approval })).rejects.toMatchObject({
      _tag: "CallbackInvalid"
    })
    const other = defineCallback("other", { payload: Schema.String })
    await expect(runtime.completeCallback(token, "x", { as: other })).rejects.toMatchObject({ _tag: "CallbackInvalid" })
    await expect(runtime.completeCallback(token, () => 7)).rejects.toMatchObject({ _tag: "CallbackInvalid" })
    await expect(runtime.completeCallback(token, ada, { as: approval, id: "" })).rejects.toMatchObject({
      _tag: "CallbackInvalid"
    })
  })
})

describe("receive", () => {
  const of = (
    body: (made: {
      readonly receive: Effect.Effect<string, never, any>
      readonly close: Effect.Effect<void, never, any>
    }) => Effect.Effect<any, any, any>
  ) =>
    defineWorkflow("receives", {
      input: Schema.Null,
      output: Schema.Json,
      run: () => Effect.flatMap(callback("answer", { payload: Schema.String }), (made) => body(made)) as never
    })
  const run = async (workflow: ReturnType<typeof of>) => {
    const runtime = new TestRuntime()
    const started = await runtime.start(workflow, { input: null })
    return { runtime, run: started, token: started.callbacks[0]?.token ?? "" }
  }

  it("leaves it open when it is interrupted", async () => {
    const asked = await run(
      of(({ receive }) =>
        Effect.gen(function* () {
          const first = yield* Effect.timeoutOption(receive, "1 minute")
          return [first._tag, yield* receive, yield* receive]
        })
      )
    )
    await asked.runtime.advance(minute)
    await asked.runtime.completeCallback(asked.token, "yes")
    expect(asked.run.outcome).toEqual({ tag: "succeeded", value: ["None", "yes", "yes"] })
  })

  it("tells all who wait", async () => {
    const asked = await run(of(({ receive }) => Effect.all([receive, receive], { concurrency: "unbounded" })))
    await asked.runtime.completeCallback(asked.token, "yes")
    expect(asked.run.outcome).toEqual({ tag: "succeeded", value: ["yes", "yes"] })
  })

  it("dies where somebody else closes it meanwhile", async () => {
    const asked = await run(
      of(({ close, receive }) =>
        Effect.all([receive, Effect.andThen(Effect.sleep(minute), close)], { concurrency: "unbounded" })
      )
    )
    await asked.runtime.advance(minute)
    expect(asked.run.parked).toBeUndefined()
    expect(asked.run.outcome).toMatchObject({ tag: "died", defect: { _tag: "CallbackFailed", reason: "closed" } })
  })

  it("dies in a compensation of a callback that has ended with its body", async () => {
    const asked = await run(
      of(({ receive }) =>
        Effect.andThen(
          Effect.void.pipe(compensateWith(() => Effect.asVoid(receive))),
          Effect.die(new Error("the body's own"))
        )
      )
    )
    expect(asked.run.parked).toBeUndefined()
    expect(asked.run.outcome).toMatchObject({
      tag: "died",
      defect: { _tag: "CompensationFailed", failures: [{ _tag: "CallbackFailed", reason: "closed" }] }
    })
  })

  it("dies of a callback that was closed, and who answers is told", async () => {
    const asked = await run(
      of(({ close, receive }) => Effect.andThen(close, Effect.andThen(Effect.sleep(minute), receive)))
    )
    await expect(asked.runtime.completeCallback(asked.token === "" ? "x" : asked.token, "yes")).rejects.toMatchObject({
      _tag: "CallbackForged"
    })
    await asked.runtime.advance(minute)
    expect(asked.run.outcome).toMatchObject({ tag: "died", defect: { _tag: "CallbackFailed", reason: "closed" } })
  })
})

describe("a closed callback", () => {
  const closes = defineWorkflow("closes", {
    input: Schema.Null,
    output: Schema.Null,
    run: Effect.fn(function* () {
      const made = yield* callback("answer")
      yield* handOut(made.token)
      yield* Effect.sleep("1 minute")
      yield* made.close
      yield* Effect.sleep("1 minute")
      return null
    })
  })

  it("takes no answer, though its run goes on", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(closes, { input: null })
    const token = run.steps[0]?.input
    await runtime.advance("1 minute")
    await expect(runtime.completeCallback(token)).rejects.toMatchObject({ _tag: "CallbackClosed", runId: run.runId })
    await expect(runtime.heartbeatCallback(token)).rejects.toMatchObject({ _tag: "CallbackClosed" })
    await runtime.advance("1 minute")
    expect(run.outcome).toMatchObject({ tag: "succeeded" })
  })

  it("is closed while compensations run that nobody answers any more", async () => {
    const compensated = defineWorkflow("compensated", {
      input: Schema.Null,
      output: Schema.Null,
      error: Refused,
      run: Effect.fn(function* () {
        const made = yield* callback("answer")
        yield* handOut(made.token)
        yield* Effect.void.pipe(
          compensateWith(() => Effect.andThen(Effect.sleep("1 minute"), Effect.asVoid(undo(null))))
        )
        return yield* new Refused({ why: "no" })
      })
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(compensated, { input: null })
    expect(run.outcome).toBeUndefined()
    await expect(runtime.completeCallback(run.steps[0]?.input)).rejects.toMatchObject({ _tag: "CallbackClosed" })
    await runtime.advance("1 minute")
    expect(run.outcome).toMatchObject({ tag: "failed" })
  })
})

describe("waitForCallback", () => {
  const waits = defineWorkflow("waits", {
    input: Schema.Null,
    output: Schema.Json,
    error: Schema.Union([Refused, CallbackTimedOut]),
    run: () =>
      waitForCallback("answer", ({ token, url }) => handOut(`${token} ${url}`), {
        payload: Schema.String,
        error: Refused,
        timeout: "1 hour"
      })
  })
  const tokenOf = (input: string): string => input.split(" ")[0] ?? ""

  it("hands the token out, with where to post to, and waits", async () => {
    const runtime = new TestRuntime({ steps: { handOut: succeeds(null) } })
    const run = await runtime.start(waits, { input: null })
    const [token = "", url] = String(run.steps[0]?.input).split(" ")
    expect(url).toBe(`https://workflows.example/callbacks/${token}`)
    await runtime.completeCallback(token, "yes")
    expect(run.outcome).toEqual({ tag: "succeeded", value: "yes" })
  })

  it("has the callback open before the token is handed out", async () => {
    const runtime: TestRuntime = new TestRuntime({
      steps: {
        handOut: async (input: string) => {
          await runtime.completeCallback(tokenOf(input), "at once")
          return null
        }
      }
    })
    const run = await runtime.start(waits, { input: null })
    expect(run.outcome).toEqual({ tag: "succeeded", value: "at once" })
  })

  it("is closed by a submitter whose retries are used up", async () => {
    const survives = defineWorkflow("survives", {
      input: Schema.Null,
      output: Schema.String,
      run: Effect.fn(function* () {
        const answer = yield* waitForCallback("answer", ({ token }) => handOut.orFail(token), {
          payload: Schema.String
        }).pipe(Effect.catchTag("StepFailed", ({ reason }) => Effect.succeed(`not asked: ${reason}`)))
        yield* Effect.sleep("1 minute")
        return answer
      })
    })
    const runtime = new TestRuntime({
      steps: {
        handOut: async () => {
          throw new Error("no mail today")
        }
      }
    })
    const run = await runtime.start(survives, { input: null })
    const token = run.steps[0]?.input as string
    await runtime.advance("10 minutes")
    await expect(runtime.completeCallback(token, "yes")).rejects.toMatchObject({ _tag: "RunFinished" })
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: "not asked: defect" })
  })

  it("times out though its submitter is still at it", async () => {
    const runtime = new TestRuntime({
      steps: {
        handOut: async () => {
          throw new Error("no mail today")
        }
      }
    })
    const slow = defineStep("handOut", {
      input: Schema.String,
      output: Schema.Null,
      retry: { attempts: 100, initial: "30 minutes", max: "30 minutes" },
      run: async () => null
    })
    const workflow = defineWorkflow("waits", {
      input: Schema.Null,
      output: Schema.String,
      error: CallbackTimedOut,
      run: () => waitForCallback("answer", ({ token }) => slow(token), { payload: Schema.String, timeout: "1 hour" })
    })
    const run = await runtime.start(workflow, { input: null })
    await runtime.advance("1 hour")
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "CallbackTimedOut" } })
  })
})

describe("a key of one's own", () => {
  it("names the callback, and each only once at a time", async () => {
    const keyed = defineWorkflow("keyed", {
      input: Schema.Null,
      output: Schema.Json,
      run: Effect.fn(function* () {
        yield* callback("answer", { key: "a" })
        yield* callback("answer", { key: "b" })
        yield* callback("answer", { key: "a" })
        return null
      })
    })
    const run = await new TestRuntime().start(keyed, { input: null })
    expect(run.outcome).toMatchObject({ tag: "died", defect: { _tag: "CallbackFailed", reason: "duplicateKey" } })
    expect(CallbackFailed).toBeDefined()
  })
})
