import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { type Client, callback, continueAsNew, defineCallback, defineStep, defineWorkflow } from "../../src/index.ts"
import { newRunId } from "../store/samples.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const Approval = Schema.Struct({ by: Schema.String, at: Schema.Date })
class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}

const approval = defineCallback("approval", { payload: Approval, error: Refused, timeout: "1 hour" })

const handedOut: Array<{ readonly runId: string; readonly token: string }> = []
const handOut = defineStep("handOut", {
  input: Schema.String,
  output: Schema.Null,
  run: async (token, { runId }) => {
    handedOut.push({ runId, token })
    return null
  }
})

const asks = defineWorkflow("asks", {
  input: Schema.Null,
  output: Schema.String,
  error: Refused,
  run: Effect.fn(function* () {
    const { receive, token } = yield* callback(approval)
    yield* handOut(token)
    const { by, at } = yield* receive.pipe(Effect.catchTag("CallbackTimedOut", (late) => Effect.die(late)))
    return `${by} at ${at.toISOString()}`
  })
})

const listens = defineWorkflow("listens", {
  input: Schema.Null,
  output: Schema.String,
  run: Effect.fn(function* () {
    const { receive, token } = yield* callback("answer", { payload: Schema.String, heartbeat: "700 millis" })
    yield* handOut(token)
    return yield* receive.pipe(Effect.catchTag("CallbackHeartbeatMissed", ({ _tag }) => Effect.succeed(_tag)))
  })
})

const tokenOf = (runId: string) =>
  eventually(
    `the token of ${runId}`,
    Effect.sync(() => handedOut.find((one) => one.runId === runId)?.token)
  )

/** Its first generation asks and does not wait. */
const goesOn = defineWorkflow("goesOn", {
  input: Schema.Int,
  output: Schema.String,
  run: Effect.fn(function* (generation: number) {
    const { receive, token } = yield* callback("answer", { payload: Schema.String })
    yield* handOut(token)
    return generation === 0 ? yield* continueAsNew(1) : yield* receive
  })
})

/** It waits for the answer and the time-out, and for nothing else. */
const untilStill = (client: Client["Service"], runId: string) =>
  eventually(
    `${runId} waits for the answer`,
    Effect.map(
      client.get(runId),
      ({ waitingFor }) => waitingFor.map(({ kind }) => kind).join() === "callback,timer" || undefined
    )
  )

const options = { workflows: [asks], steps: [handOut] }

const ada = { by: "Ada", at: new Date(0) }

onEachStore("callbacks", (newStore) => {
  live("completing one resumes its run with a typed value, and works once", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(options)
      const runId = `${newRunId()}/ü x`
      yield* client.start(asks, { runId, input: null })
      const token = yield* tokenOf(runId)
      const waiting = yield* eventually(
        "the callback stands in the head",
        Effect.map(client.get(runId), (run) => run.waitingFor.find(({ kind }) => kind === "callback"))
      )
      expect(waiting).toMatchObject({
        kind: "callback",
        key: "approval#0",
        name: "approval",
        expires: expect.any(Date)
      })
      yield* client.completeCallback(token, ada, { as: approval, id: "1" })
      expect(yield* client.wait(asks, runId)).toBe("Ada at 1970-01-01T00:00:00.000Z")
      yield* client.completeCallback(token, ada, { as: approval, id: "1" })
      const again = yield* Effect.flip(client.completeCallback(token, ada, { as: approval }))
      expect(again).toMatchObject({ _tag: "CallbackUsed", isSame: true, runId })
      expect(again.message).not.toContain(token)
    })
  )

  live("failing one resumes its run with a typed error", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(options)
      const runId = newRunId()
      yield* client.start(asks, { runId, input: null })
      yield* client.failCallback(yield* tokenOf(runId), new Refused({ why: "no" }), { as: approval })
      expect(yield* Effect.flip(client.wait(asks, runId))).toMatchObject({ _tag: "Refused", why: "no" })
    })
  )

  live("a host that begins later takes the answer that came meanwhile", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const first = yield* open(options)
      const runId = newRunId()
      yield* first.client.start(asks, { runId, input: null })
      const token = yield* tokenOf(runId)
      yield* untilStill(first.client, runId)
      yield* first.close
      const second = yield* open({ workflows: [asks], steps: [handOut], warmRuns: 0 })
      yield* second.client.completeCallback(token, ada, { as: approval })
      expect(yield* second.client.wait(asks, runId)).toContain("Ada")
    })
  )

  live("each answer that is not taken says why, and changes nothing", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)(options)
      const runId = newRunId()
      yield* client.start(asks, { runId, input: null })
      const token = yield* tokenOf(runId)
      yield* untilStill(client, runId)
      const before = yield* table.readRun(runId)
      const [format, id, text, signature] = token.split(".")
      const tried: ReadonlyArray<readonly [string, string]> = [
        ["CallbackForged", "s3cret-of-nobody"],
        ["CallbackForged", [format, "another-key", text, signature].join(".")],
        ["CallbackAltered", [format, id, text, `${signature}x`].join(".")],
        ["CallbackAltered", token.slice(0, -1)]
      ]
      for (const [tag, other] of tried) {
        const errors = yield* Effect.all([
          Effect.flip(client.completeCallback(other, ada, { as: approval })),
          Effect.flip(client.failCallback(other)),
          Effect.flip(client.heartbeatCallback(other))
        ])
        expect(errors.map(({ _tag }) => _tag)).toEqual([tag, tag, tag])
        for (const { message } of errors) expect(message).not.toContain(other)
      }
      yield* client.heartbeatCallback(token)
      expect(yield* table.readRun(runId)).toEqual(before)
      yield* client.cancel(runId)
      yield* Effect.flip(client.wait(asks, runId))
      const over = yield* Effect.flip(client.completeCallback(token, ada, { as: approval }))
      expect(over).toMatchObject({ _tag: "RunFinished", status: "cancelled" })
    })
  )

  live("heartbeats lengthen the wait without a turn, and a missed one ends it", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [listens], steps: [handOut] })
      const runId = newRunId()
      yield* client.start(listens, { runId, input: null })
      const token = yield* tokenOf(runId)
      const begun = Date.now()
      const beats = Effect.forever(Effect.andThen(client.heartbeatCallback(token), Effect.sleep(50)))
      yield* Effect.timeoutOption(beats, 1_500)
      expect(yield* client.wait(listens, runId)).toBe("CallbackHeartbeatMissed")
      expect(Date.now() - begun).toBeGreaterThan(1_500)
      expect(yield* Effect.flip(client.heartbeatCallback(token))).toMatchObject({ _tag: "RunFinished" })
    })
  )

  live("the callback of a generation that is over is closed, and that of the next one is open", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [goesOn], steps: [handOut] })
      const runId = newRunId()
      yield* client.start(goesOn, { runId, input: 0 })
      const tokens = yield* eventually(
        "both generations have handed out a token",
        Effect.sync(() => {
          const own = handedOut.filter((one) => one.runId === runId)
          return own.length < 2 ? undefined : own.map(({ token }) => token)
        })
      )
      const [first = "", second = ""] = tokens
      const late = yield* Effect.flip(client.completeCallback(first, "late"))
      expect(late).toMatchObject({ _tag: "CallbackClosed", runId })
      expect(yield* Effect.flip(client.heartbeatCallback(first))).toMatchObject({ _tag: "CallbackClosed", runId })
      yield* client.heartbeatCallback(second)
      yield* client.completeCallback(second, "in time")
      expect(yield* client.wait(goesOn, runId)).toBe("in time")
      // Over is over, for the callbacks of all generations.
      for (const token of [first, second]) {
        const status = token === first ? { _tag: "RunFinished", runId, status: "succeeded" } : { _tag: "CallbackUsed" }
        expect(yield* Effect.flip(client.completeCallback(token, "late"))).toMatchObject(status)
      }
    })
  )
})
