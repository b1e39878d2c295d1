import {
  Client,
  callback,
  clientLayer,
  defineCallback,
  defineStep,
  defineUpdate,
  defineWorkflow,
  updatesSettled
} from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Console, Effect, Layer, Schema } from "effect"

const approval = defineCallback("approval", { payload: Schema.Struct({ by: Schema.String }) })
const changeAmount = defineUpdate("changeAmount", { input: Schema.Int, output: Schema.Struct({ was: Schema.Int }) })

const mailManager = defineStep("mailManager", {
  input: Schema.String,
  output: Schema.Void,
  run: (token) => Console.log(`Please approve with ${token}`)
})

const expense = defineWorkflow("expense", {
  input: Schema.Int,
  output: Schema.Struct({ by: Schema.String, cents: Schema.Int }),
  run: Effect.fn(function* (asked: number) {
    let cents = asked
    yield* changeAmount.handle((wanted) =>
      Effect.sync(() => {
        const was = cents
        cents = wanted
        return { was }
      })
    )
    const { receive, token } = yield* callback(approval)
    yield* mailManager(token)
    const { by } = yield* receive
    yield* updatesSettled
    return { by, cents }
  })
})

/** A host, which turns runs, and a client in one process. Either may be elsewhere as well: they meet in the store. */
export const app = (filename: string) =>
  clientLayer.pipe(
    Layer.provideMerge(hostLayer({ workflows: [expense], steps: [mailManager] })),
    Layer.provideMerge(sqliteStore({ filename }))
  )

export const begin = Effect.fn(function* (runId: string) {
  const client = yield* Client
  yield* client.start(expense, { runId, input: 1_200 })
  return yield* client.update(runId, changeAmount, 1_500, { id: "after-lunch" })
})

/** With the token from the mail: from another process, and next week, if need be. */
export const approve = Effect.fn(function* (runId: string, token: string) {
  const client = yield* Client
  yield* client.completeCallback(token, { by: "Ada" }, { as: approval })
  return yield* client.wait(expense, runId)
})

// await Effect.runPromise(begin("expense-1").pipe(Effect.provide(app("runs.db"))))
