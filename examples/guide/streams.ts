import { Client, defineStep, defineStream, defineWorkflow } from "dynactor"
import { eventStream } from "dynactor/http"
import { Console, Effect, Schema, Stream } from "effect"

export const tokens = defineStream("tokens", Schema.String)

export const write = defineStep("write", {
  input: Schema.String,
  output: Schema.Struct({ words: Schema.Int }),
  run: (topic, { emit }) =>
    Effect.gen(function* () {
      const words = `Once upon a time there was ${topic}`.split(" ")
      for (const word of words) yield* emit(tokens, word)
      return { words: words.length }
    })
})

/** The same in an async function. */
export const illustrate = defineStep("illustrate", {
  input: Schema.String,
  output: Schema.Null,
  run: async (topic, context) => {
    await context.emit(tokens, `[a picture of ${topic}]`)
    return null
  }
})

export const tellStory = defineWorkflow("tellStory", {
  input: Schema.String,
  output: Schema.Int,
  run: Effect.fn(function* (topic) {
    const { words } = yield* write(topic)
    yield* illustrate(topic)
    yield* tokens.emit("The end.")
    return words
  })
})

/** Anywhere with a client: live, from the first word, until the run has ended. */
export const follow = Effect.fn(function* (runId: string) {
  const client = yield* Client
  yield* client
    .stream(runId, tokens)
    .pipe(
      Stream.runForEach((item) =>
        item._tag === "Value" ? Console.log(item.value) : Console.log(`(${item.step} begins again)`)
      )
    )
})

/** `GET /story?run=...` of any server that answers with the web's `Response`. In the browser: `new EventSource("/story?run=...")`. */
export const storyEvents = (request: Request) =>
  eventStream(request, new URL(request.url).searchParams.get("run") ?? "", tokens)
