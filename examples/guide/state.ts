import { Client, defineState, defineStep, defineWorkflow } from "dynactor"
import { Console, Effect, Schema, Stream } from "effect"

/** What a run shows of itself: a name, and a schema. */
export const progress = defineState("progress", Schema.Struct({ packed: Schema.Int, of: Schema.Int }))

export const pack = defineStep("pack", {
  input: Schema.String,
  output: Schema.Void,
  run: async (item) => void item
})

export const packAll = defineWorkflow("packAll", {
  input: Schema.Array(Schema.String),
  output: Schema.Void,
  run: Effect.fn(function* (items) {
    let packed = 0
    yield* progress.set({ packed, of: items.length })
    yield* Effect.forEach(
      items,
      Effect.fn(function* (item) {
        yield* pack(item, { key: item })
        packed += 1
        yield* progress.set({ packed, of: items.length })
      }),
      { concurrency: 5, discard: true }
    )
  })
})

/** Once: what it is now. */
export const percent = Effect.fn(function* (runId: string) {
  const client = yield* Client
  const { packed, of } = yield* client.state(runId, progress)
  return Math.round((100 * packed) / of)
})

/** Until the run ends. */
export const follow = Effect.fn(function* (runId: string) {
  const client = yield* Client
  yield* client.watch(runId, progress).pipe(Stream.runForEach(({ packed, of }) => Console.log(`${packed} of ${of}`)))
})
