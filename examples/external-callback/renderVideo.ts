import {
  CallbackHeartbeatMissed,
  CallbackTimedOut,
  defineCallback,
  defineStep,
  defineWorkflow,
  waitForCallback
} from "dynactor"
import { Effect, Schema } from "effect"

export class RenderFailed extends Schema.TaggedError<RenderFailed>()("RenderFailed", { reason: Schema.String }) {}
class FarmRefuses extends Schema.TaggedError<FarmRefuses>()("FarmRefuses", { status: Schema.Int }) {}

/** What the render farm answers with, over HTTP, when it is through. It says every few seconds that it is at it. */
export const rendered = defineCallback("rendered", {
  payload: Schema.Struct({ address: Schema.String, seconds: Schema.Finite }),
  error: RenderFailed,
  timeout: "2 hours",
  heartbeat: "1 minute"
})

/** Asks the render farm for a film. It answers at once that it will do it, and later, to `answerTo`, that it has. */
export const startRender = defineStep("startRender", {
  input: Schema.Struct({ farm: Schema.String, scene: Schema.String, answerTo: Schema.String }),
  output: Schema.Null,
  error: FarmRefuses,
  retry: { attempts: 4, initial: "1 second" },
  run: ({ answerTo, farm, scene }, { idempotencyKey }) =>
    Effect.gen(function* () {
      const { ok, status } = yield* Effect.promise((signal) =>
        fetch(`${farm}/films`, {
          method: "POST",
          headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
          body: JSON.stringify({ scene, answerTo }),
          signal
        })
      )
      return ok ? null : yield* new FarmRefuses({ status })
    })
})

export const renderVideo = defineWorkflow("renderVideo", {
  input: Schema.Struct({ farm: Schema.String, scene: Schema.String }),
  output: Schema.String,
  error: Schema.Union([RenderFailed, FarmRefuses, CallbackTimedOut, CallbackHeartbeatMissed]),
  run: Effect.fn(function* ({ farm, scene }) {
    const { address } = yield* waitForCallback(rendered, ({ url = "" }) => startRender({ farm, scene, answerTo: url }))
    return address
  })
})
