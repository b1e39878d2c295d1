import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { expect } from "vitest"
import { type Published, printPublished } from "../../src/cli/commands/runs/published/printPublished.ts"
import { Output } from "../../src/cli/framework/output.ts"
import { styleWith } from "../../src/cli/framework/style.ts"
import { Target } from "../../src/cli/targets/target.ts"

/** What is told of a run that has published under these names, minute by minute while it goes on. */
const told = Effect.fnUntraced(function* (values: Stream.Stream<string>, isLive = true) {
  const notes: Array<string> = []
  const printed: Array<string> = []
  const published: Published<string> = {
    runId: "r",
    kind: "stream",
    name: "wrods",
    isLive,
    values,
    print: (value) => Effect.sync(() => void printed.push(value))
  }
  const names = { states: ["progress"], streams: ["words", "log"] }
  const output = { note: (text: (style: unknown) => string) => Effect.sync(() => notes.push(text(styleWith(false)))) }
  const fiber = yield* Effect.forkChild(
    printPublished(published).pipe(
      Effect.provideService(Target, {
        runs: { publishedBy: () => Effect.succeed(names) }
      } as unknown as Target["Service"]),
      Effect.provideService(Output, output as unknown as Output["Service"])
    )
  )
  return { notes, printed, fiber }
})

it.effect("who waits for what never comes is told so, once, and of which names there are", () =>
  Effect.gen(function* () {
    const { fiber, notes } = yield* told(Stream.never)
    yield* TestClock.adjust("2 seconds")
    expect(notes).toEqual([])
    for (let i = 0; i < 5; i++) yield* TestClock.adjust("1 minute")
    expect(notes).toEqual([
      "nothing of stream wrods of run r so far: this waits until the run has ended; of others there are words, log"
    ])
    yield* Fiber.interrupt(fiber)
  })
)

it.effect("who has had something is told nothing, however long the next one takes", () =>
  Effect.gen(function* () {
    const { fiber, notes, printed } = yield* told(Stream.concat(Stream.make("one"), Stream.never))
    yield* TestClock.adjust("1 hour")
    expect(printed).toEqual(["one"])
    expect(notes).toEqual([])
    yield* Fiber.interrupt(fiber)
  })
)

it.effect("at the end of a run that has published nothing there, too", () =>
  Effect.gen(function* () {
    for (const isLive of [true, false]) {
      const { fiber, notes } = yield* told(Stream.empty, isLive)
      yield* Fiber.join(fiber)
      expect(notes).toEqual(["nothing of stream wrods of run r; of others there are words, log"])
    }
  })
)
