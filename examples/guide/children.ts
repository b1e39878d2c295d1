import { defineSignal, defineStep, defineWorkflow, Run } from "dynactor"
import { Effect, Schema } from "effect"

export const translate = defineStep("translate", {
  input: Schema.String,
  output: Schema.String,
  run: async (text) => text.toUpperCase()
})

const done = defineSignal("done", Schema.Struct({ chapter: Schema.Int }))
export const hurry = defineSignal("hurry", Schema.Void)

/** One chapter. Tells its parent when it is through, if it has one. */
export const chapter = defineWorkflow("chapter", {
  input: Schema.Struct({ number: Schema.Int, text: Schema.String }),
  output: Schema.String,
  run: Effect.fn(function* ({ number, text }) {
    // A day for reading it over, unless there is no time.
    yield* Effect.raceFirst(Effect.sleep("1 day"), hurry.receive)
    const translated = yield* translate(text)
    const { parentRunId } = yield* Run
    if (parentRunId !== undefined) yield* done.send(parentRunId, { chapter: number })
    return translated
  })
})

/** Writes to the archive for as long as that takes, whoever waits for it. */
export const archive = defineWorkflow("archive", {
  input: Schema.Array(Schema.String),
  output: Schema.Int,
  run: (chapters) => Effect.as(Effect.sleep("3 days"), chapters.length)
})

export const book = defineWorkflow("book", {
  input: Schema.Array(Schema.String),
  output: Schema.Struct({ first: Schema.Int, pages: Schema.Array(Schema.String), wasTold: Schema.Boolean }),
  run: Effect.fn(function* (texts) {
    // All are started, and go on beside the body.
    const children = yield* Effect.forEach(texts, (text, number) =>
      chapter.start({ number, text }, { key: `${number}`, whenParentEnds: "wait" })
    )
    // The one that is through first: the others need not wait for their day.
    const first = yield* done.receive
    yield* Effect.forEach(children, (child) => child.signal(hurry, undefined), { discard: true })
    const pages = yield* Effect.forEach(children, (child) => child.await)
    // Nobody waits for this one: it goes on when the book has ended.
    yield* archive.start(pages, { runId: `archive of ${texts.length}`, whenParentEnds: "abandon" })
    // A run that somebody else has started, or not.
    const wasTold = yield* archive.await("archive of the publisher").pipe(
      Effect.as(true),
      Effect.catchTag("RunNotFound", () => Effect.succeed(false)),
      Effect.orDie
    )
    return { first: first.chapter, pages, wasTold }
  })
})
