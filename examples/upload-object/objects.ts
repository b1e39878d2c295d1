import { Context, type Effect, Schema } from "effect"

/** The store has no time for us now, and says when it will. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", {
  message: Schema.String,
  retryAfterMs: Schema.Number
}) {}

/** An object store that takes objects in parts: S3, a disk, a test's own. To put a part again puts the same. */
export class Objects extends Context.Service<
  Objects,
  {
    readonly putPart: (key: string, part: number, text: string) => Effect.Effect<void, Throttled>
    readonly get: (key: string) => Effect.Effect<string | undefined>
  }
>()("examples/Objects") {}
