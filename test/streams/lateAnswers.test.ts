import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { callback, defineStep, defineWorkflow } from "../../src/index.ts"
import { ChangeFeed, type FeedBatch } from "../../src/store/changeFeed.ts"
import type { Store } from "../../src/store/sqlite/sqliteStore.ts"
import { eventually, live, openEngine, type StoreLayer } from "./engine.ts"

/** Answers do not ring until `mayRing` says so: their doorbells are on their way. */
const withLateAnswers =
  (mayRing: () => boolean) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.map(Effect.context<Store>(), (context) => {
        const held: Array<FeedBatch["doorbells"][number]> = []
        const feed = Context.get(context, ChangeFeed)
        const late: ChangeFeed["Service"] = {
          poll: (options) =>
            Effect.map(feed.poll({ ...options, waitMs: Math.min(options.waitMs, 50) }), (batch) => {
              held.push(...batch.doorbells.filter(({ key }) => key.startsWith("callback/")))
              const now = mayRing() ? held.splice(0) : []
              return {
                ...batch,
                doorbells: [...batch.doorbells.filter(({ key }) => !key.startsWith("callback/")), ...now]
              }
            })
        }
        return Context.add(context, ChangeFeed, late)
      })
    ).pipe(Layer.provide(store))

const tokens: Array<string> = []
const handOut = defineStep("handOut", {
  input: Schema.String,
  output: Schema.Null,
  run: async (token) => {
    tokens.push(token)
    return null
  }
})

const asks = defineWorkflow("asks", {
  input: Schema.Struct({ timeoutMs: Schema.NullOr(Schema.Number), heartbeatMs: Schema.NullOr(Schema.Number) }),
  output: Schema.String,
  run: Effect.fn(function* ({ timeoutMs, heartbeatMs }) {
    const { receive, token } = yield* callback("answer", {
      payload: Schema.String,
      timeout: timeoutMs ?? "Infinity",
      heartbeat: heartbeatMs ?? "Infinity"
    })
    yield* handOut(token)
    return yield* Effect.catchTags(receive, {
      CallbackTimedOut: ({ _tag }) => Effect.succeed(_tag),
      CallbackHeartbeatMissed: ({ _tag }) => Effect.succeed(_tag)
    })
  })
})

const answerAtOnce = Effect.fnUntraced(function* (
  input: { readonly timeoutMs: number | null; readonly heartbeatMs: number | null },
  mayRing: () => boolean
) {
  const { client } = yield* openEngine({ workflows: [asks], steps: [handOut], wrap: withLateAnswers(mayRing) })
  const before = tokens.length
  yield* client.start(asks, { runId: "r", input })
  const token = yield* eventually(
    "the token",
    Effect.sync(() => tokens[before])
  )
  yield* eventually(
    "it waits",
    Effect.map(client.get("r"), ({ waitingFor }) => waitingFor.every(({ kind }) => kind !== "step"))
  )
  yield* client.completeCallback(token, "in time")
  return client
})

describe("An answer whose doorbell is late", () => {
  live("counts by its own time, though the time-out is heard of first", () =>
    Effect.gen(function* () {
      const client = yield* answerAtOnce({ timeoutMs: 3_000, heartbeatMs: null }, () => false)
      expect(yield* client.wait(asks, "r")).toBe("in time")
    })
  )

  live("is a sign of life", () =>
    Effect.gen(function* () {
      let looks = 0
      // A heartbeat later, at the least, as there are some polls a second.
      const client = yield* answerAtOnce({ timeoutMs: null, heartbeatMs: 1_000 }, () => ++looks > 60)
      expect(yield* client.wait(asks, "r")).toBe("in time")
    })
  )
})
