import { Context, Effect, Layer, Schema } from "effect"

export const ToolCall = Schema.Struct({
  id: Schema.String,
  tool: Schema.Literals(["searchFlights", "bookFlight"]),
  argument: Schema.String
})
export type ToolCall = typeof ToolCall.Type

export const Turn = Schema.Struct({
  role: Schema.Literals(["user", "model", "tool"]),
  text: Schema.String
})
export type Turn = typeof Turn.Type

/** What the model came to: no calls, and it is done. */
export const Reply = Schema.Struct({
  text: Schema.String,
  calls: Schema.Array(ToolCall),
  costCents: Schema.Finite
})
export type Reply = typeof Reply.Type

export class ModelBusy extends Schema.TaggedError<ModelBusy>()("ModelBusy", {}) {}

/** Any model that can be asked: give `say` what comes, as it comes. */
export class Model extends Context.Service<
  Model,
  {
    readonly reply: (
      conversation: ReadonlyArray<Turn>,
      say: (words: string) => Effect.Effect<void>
    ) => Effect.Effect<Reply, ModelBusy>
  }
>()("examples/Model") {}

/**
 * A stand-in that says what is written down: the first of `script` in the first turn, and so on. `busyAfter`: in its first answer it
 * breaks off after so many words, once.
 */
export const scriptedModel = (script: ReadonlyArray<Reply>, options: { readonly busyAfter?: number } = {}) =>
  Layer.sync(Model, () => {
    let { busyAfter = Number.POSITIVE_INFINITY } = options
    return {
      reply: (conversation, say) =>
        Effect.gen(function* () {
          const turn = conversation.filter(({ role }) => role === "model").length
          const reply = script[turn] ?? { text: "I have nothing more to say.", calls: [], costCents: 0 }
          for (const [index, word] of reply.text.split(" ").entries()) {
            if (index >= busyAfter) {
              busyAfter = Number.POSITIVE_INFINITY
              return yield* new ModelBusy()
            }
            yield* say(word)
          }
          return reply
        })
    }
  })
