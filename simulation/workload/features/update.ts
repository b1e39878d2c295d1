import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { defineUpdate } from "../../../src/actor/definitions/outside/update.ts"
import { Declined, type Feature } from "../feature.ts"
import type { Term } from "../programs.ts"

export const updateNames = ["change", "adjust"] as const
export type UpdateName = (typeof updateNames)[number]

const codecs = { input: Schema.Number, output: Schema.Number, error: Declined }
export const updates = { change: defineUpdate("change", codecs), adjust: defineUpdate("adjust", codecs) }

interface Args {
  readonly update: UpdateName
  /** What the validator refuses: inputs that leave this when divided by five. */
  readonly refuses: number
  readonly body: Term
  /** Goes on when the first of them has been answered, or after a minute. */
  readonly waits: boolean
}

const step = (name: "reserve" | "notify" | "lookUp"): Term => ({
  do: "step",
  step: name,
  input: 2,
  on: "catchTyped",
  key: false
})

/** What handlers do. */
const bodies: ReadonlyArray<Term> = [
  { do: "add", value: 1 },
  { do: "fail", code: 4 },
  step("reserve"),
  step("lookUp"),
  { do: "seq", terms: [step("lookUp"), step("notify")] },
  { do: "sleep", ms: 5 },
  { do: "sleep", ms: 60_000 },
  { do: "timeout", ms: 5_000, body: step("reserve") },
  { do: "receive", signal: "changed", timeoutMs: null }
]

/** Takes updates from here on, and goes on with the value. */
export const takesUpdates: Feature<Args> = {
  name: "update",
  args: fc.record({
    update: fc.constantFrom(...updateNames),
    refuses: fc.nat(5),
    body: fc.constantFrom(...bodies),
    waits: fc.boolean()
  }),
  call: ({ body, refuses, update, waits }, value, { go, trace }) =>
    Effect.gen(function* () {
      const first = yield* Deferred.make<number>()
      yield* updates[update].handle(
        (input, { id }) =>
          Effect.suspend(() => {
            trace.handled.push({ key: `update/${update}/${id}`, isRefused: input % 5 === refuses })
            return go(body, input)
          }).pipe(
            Effect.onExit((exit) =>
              Effect.sync(() => {
                if (exit._tag === "Success" && trace.hasEnded) trace.outlived++
              })
            ),
            Effect.tap((answer) => Deferred.succeed(first, answer))
          ),
        { validate: (input) => (input % 5 === refuses ? Effect.fail(new Declined({ code: 5 })) : Effect.void) }
      )
      if (!waits) return value
      return Option.getOrElse(yield* Effect.timeoutOption(Deferred.await(first), "1 minute"), () => value)
    }),
  acts: fc.record({ update: fc.constantFrom(...updateNames), input: fc.nat(9), id: fc.nat(3) })
}
