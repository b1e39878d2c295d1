import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { defineStream } from "../../../src/actor/calls/stream.ts"
import type { StepContext } from "../../../src/actor/definitions/definition.ts"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { attempts, type Body, Declined, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import { Input } from "../programs.ts"
import { CurrentRunStep } from "../runStep.ts"
import type { Trace } from "../trace.ts"

/**
 * Output streams. What is emitted says what it is: of a body its number among those of the body, of an execution of a step its number
 * among those of the execution, and at its end the same below zero.
 */

type Args =
  | { readonly do: "emit"; readonly stream: "words" | "log"; readonly times: number; readonly atEnd: boolean }
  | { readonly do: "say"; readonly words: number; readonly pauseMs: number; readonly inline: boolean }

/** Of steps and bodies. */
export const words = defineStream("words", Schema.Number, { flushEvery: 40 })
/** Of bodies alone. */
export const log = defineStream("log", Schema.Number)

const retry = { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 }

const speak = Effect.fnUntraced(function* (from: number, to: number, pauseMs: number, { emit }: StepContext) {
  for (let word = from; word < to; word++) {
    yield* emit(words, word)
    if (pauseMs > 0) yield* Effect.sleep(pauseMs)
  }
})

/** `site`: how many words; `value`: how long between two of them. */
const say = defineStep("say", {
  input: Input,
  output: Schema.Number,
  error: Declined,
  retry,
  timeout: "20 seconds",
  run: (input, context) =>
    Effect.gen(function* () {
      const half = Math.ceil(input.site / 2)
      yield* speak(0, half, input.value, context)
      const runStep = yield* CurrentRunStep
      let spoken = half
      const last = Effect.suspend(() => context.emit(words, -1 - spoken))
      const result = yield* runStep("say", input, context).pipe(Effect.onError(() => last))
      yield* speak(half, input.site, input.value, context)
      spoken = input.site
      yield* last
      return result
    })
})

const sayInline = defineStep("sayInline", {
  input: Input,
  output: Schema.Number,
  inline: true,
  run: (input, context) =>
    Effect.gen(function* () {
      yield* speak(0, input.site, input.value, context)
      yield* context.emit(words, -1 - input.site)
      return input.site
    })
})

const counts = new WeakMap<Trace, Map<string, number>>()

const call = (args: Args, value: number, body: Body): Meaning => {
  if (args.do === "say") {
    const step = args.inline ? sayInline : say
    const input = { site: args.words, value: args.pauseMs }
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      body.trace.askedAt = now
      body.trace.asked.push({ step: step.stepName, input })
      return Effect.catch(step.orFail(input), () => Effect.succeed(-3))
    })
  }
  const stream = args.stream === "words" ? words : log
  const counted = counts.get(body.trace) ?? new Map<string, number>()
  counts.set(body.trace, counted)
  const once = Effect.suspend(() => {
    const number = counted.get(args.stream) ?? 0
    counted.set(args.stream, number + 1)
    return stream.emit(number)
  })
  const all = Effect.replicateEffect(once, args.times, { discard: true })
  // What the last commit of a run has emitted has no commit behind it that would make sure of it.
  return Effect.as(args.atEnd ? Effect.addFinalizer(() => all) : all, value)
}

export const output: Feature<Args> = {
  name: "output",
  args: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("emit" as const),
        stream: fc.constantFrom("words", "words", "log"),
        times: fc.integer({ min: 1, max: 3 }),
        atEnd: fc.nat(2).map((draw) => draw === 0)
      })
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("say" as const),
        words: fc.nat(5),
        pauseMs: fc.constantFrom(0, 5, 60),
        inline: fc.nat(4).map((draw) => draw === 0)
      })
    }
  ),
  call,
  acts: fc.record({
    from: fc.constantFrom(0, 0, 0, 2),
    tries: fc.constantFrom("standing", "standing", "all"),
    forMs: fc.constantFrom(5_000, 60_000)
  }),
  steps: [say, sayInline]
}
