import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { collect } from "../../../src/actor/calls/collect.ts"
import { defineSignal } from "../../../src/actor/definitions/signal.ts"
import { defineWorkflow } from "../../../src/actor/definitions/workflow.ts"
import { Declined, type Feature, type Meaning } from "../feature.ts"
import type { Trace } from "../trace.ts"

/** A question that is asked, and the one that an answer is for. Null: none in particular. */
export type Question = "one" | "two" | null

export const answered = defineSignal("answered", Schema.Number)

/** Ends when it has been answered twice. */
export const inquiry = defineWorkflow("inquiry", {
  input: Schema.Number,
  output: Schema.Number,
  error: Declined,
  run: (count) => Effect.map(collect(answered, { count, within: 60_000 }), ({ values }) => values.length)
})

type Args =
  | { readonly call: "receive"; readonly question: Question; readonly timeoutMs: number | null }
  | {
      readonly call: "collect"
      readonly question: Question
      readonly count: number
      readonly withinMs: number | null
      readonly cutMs: number | null
    }
  | { readonly call: "either" }

const question = fc.constantFrom<Question>("one", "one", "two", null)

/** Signals for one thing, of which so many are collected, or one of several is received. */
export const answers: Feature<Args> = {
  name: "answers",
  args: fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        call: fc.constant("receive" as const),
        question,
        timeoutMs: fc.constantFrom(5, 30_000, 60_000, null)
      })
    },
    {
      weight: 3,
      arbitrary: fc.record({
        call: fc.constant("collect" as const),
        question,
        count: fc.integer({ min: 1, max: 3 }),
        withinMs: fc.constantFrom(5, 30_000, 60_000, null),
        cutMs: fc.constantFrom(null, null, 20_000, 40_000)
      })
    },
    { weight: 1, arbitrary: fc.constant<Args>({ call: "either" }) }
  ),
  call: (args, value, { trace }) => {
    switch (args.call) {
      case "receive":
        return atMost(args.timeoutMs, receive(trace, args.question))
      case "either":
        return Effect.race(receive(trace, "one"), receive(trace, "two"))
      case "collect":
        return atMost(args.cutMs, collectAll(trace, args, value))
    }
  },
  acts: fc.record({
    do: fc.constantFrom("answer", "answer", "answer", "inquire"),
    question,
    // Few: some are the same id for another question.
    id: fc.nat(5)
  }),
  workflows: [inquiry]
}

const sourceOf = (asked: Question) => (asked === null ? answered : answered.for(asked))

const channelOf = (asked: Question): string => (asked === null ? "answered" : `answered/${asked}`)

const receive = (trace: Trace, asked: Question): Meaning =>
  Effect.tap(sourceOf(asked).receive, (value) =>
    Effect.sync(() => void trace.received.push({ name: channelOf(asked), value }))
  )

const collectAll = (trace: Trace, args: Extract<Args, { readonly call: "collect" }>, value: number): Meaning => {
  const { count, question: asked, withinMs } = args
  const channel = channelOf(asked)
  const change = (by: number) => void trace.collecting.set(channel, (trace.collecting.get(channel) ?? 0) + by)
  const deadline = withinMs === null ? {} : { within: withinMs }
  return Effect.suspend(() => {
    change(1)
    return collect(sourceOf(asked), { count, ...deadline }).pipe(
      Effect.map(({ isComplete, values }) => {
        for (const one of values) trace.received.push({ name: channel, value: one })
        if (isComplete ? values.length !== count : values.length >= count || withinMs === null)
          trace.astray ??= `of ${count} signals ${values.length} were collected, and that is told to be ${isComplete ? "" : "not "}all`
        return value + values.length
      }),
      Effect.ensuring(Effect.sync(() => change(-1)))
    )
  })
}

const atMost = (ms: number | null, meaning: Meaning): Meaning =>
  ms === null
    ? meaning
    : Effect.map(
        Effect.timeoutOption(meaning, ms),
        Option.getOrElse(() => -1)
      )
