import { defineStep, defineWorkflow, RetryAfter } from "dynactor"
import { Effect, Schema } from "effect"
import { Objects } from "./objects.ts"

/** What came back is not what was put. */
class Corrupted extends Schema.TaggedError<Corrupted>()("Corrupted", { message: Schema.String }) {}

const partLength = 1_000

/**
 * Puts the parts one after the other and says after each how far it is. An execution that takes over from one that failed, or whose worker died,
 * goes on behind the last part that it was told of.
 */
export const putObject = defineStep("putObject", {
  input: Schema.Struct({ key: Schema.String, text: Schema.String }),
  output: Schema.Struct({ parts: Schema.Int }),
  heartbeat: "30 seconds",
  details: Schema.Struct({ parts: Schema.Int }),
  timeout: "1 hour",
  run: Effect.fn(function* ({ key, text }, { heartbeat, lastDetails }) {
    const objects = yield* Objects
    const parts = Math.max(1, Math.ceil(text.length / partLength))
    for (let part = lastDetails?.parts ?? 0; part < parts; part++) {
      const put = objects.putPart(key, part, text.slice(part * partLength, (part + 1) * partLength))
      // The store says when: that takes the place of our own delay between two attempts.
      yield* Effect.mapError(put, (cause) => new RetryAfter({ after: cause.retryAfterMs, cause }))
      yield* heartbeat({ parts: part + 1 })
    }
    return { parts }
  })
})

export const getObject = defineStep("getObject", {
  input: Schema.String,
  output: Schema.String,
  error: Corrupted,
  retry: { nonRetryable: ["Corrupted"] },
  run: Effect.fn(function* (key) {
    const objects = yield* Objects
    const text = yield* objects.get(key)
    return text ?? (yield* new Corrupted({ message: `there is no object ${key}` }))
  })
})

const Upload = Schema.Struct({ key: Schema.String, text: Schema.String })

/** Waits for a quiet hour, puts an object, and makes sure that it can be had. */
export const uploadObject = defineWorkflow("uploadObject", {
  input: Upload,
  output: Schema.Struct({ key: Schema.String, parts: Schema.Int, characters: Schema.Int }),
  error: Corrupted,
  run: Effect.fn(function* (upload) {
    yield* Effect.sleep("1 hour")
    const { parts } = yield* putObject(upload)
    const text = yield* getObject(upload.key)
    if (text !== upload.text) return yield* new Corrupted({ message: `${upload.key} is not what was put` })
    return { key: upload.key, parts, characters: text.length }
  })
})
