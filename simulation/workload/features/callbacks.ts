import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { callback, waitForCallback } from "../../../src/actor/calls/callback.ts"
import { defineCallback } from "../../../src/actor/definitions/callbacks/callback.ts"
import type { StepContext } from "../../../src/actor/definitions/definition.ts"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { claimOfToken } from "../../../src/store/callbacks/callbackToken.ts"
import { attempts, type Body, Declined, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import type { Input } from "../programs.ts"

/** Questions to the outside, whose tokens steps hand out, and what the outside does with them. */

export interface Answer {
  readonly do: "complete" | "fail" | "beat"
  readonly afterMs: number
  /** Not the token itself, but something like it. */
  readonly wrong: "altered" | "cut" | "forged" | null
  /** Sent again with the same id, as by who has not heard of the first. */
  readonly isRepeated: boolean
}

interface Args {
  readonly how: "callback" | "waitFor" | "left"
  readonly isInline: boolean
  readonly timeoutMs: number | null
  readonly heartbeatMs: number | null
  /** Before it is waited for. */
  readonly firstMs: number
  readonly answers: ReadonlyArray<Answer>
}

export type HandOut = (name: string, input: Input, context: StepContext) => Effect.Effect<number, Declined>

/** A step's code as the world sees it; of the process that it runs in. */
export const CurrentHandOut = Context.Reference<HandOut>("dynactor/testing/CurrentHandOut", {
  defaultValue: () => () => Effect.succeed(0)
})

const HandOutInput = Schema.Struct({
  site: Schema.Number,
  value: Schema.Number,
  token: Schema.String,
  /** What is to become of it, as JSON. */
  answers: Schema.String
})

const define = (name: string, inline: boolean) =>
  defineStep(name, {
    input: HandOutInput,
    output: Schema.Number,
    error: Declined,
    inline,
    retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 },
    timeout: "20 seconds",
    run: (input, context) => Effect.flatMap(CurrentHandOut, (handOut) => handOut(name, input, context))
  })

const handOut = define("handOut", false)
const handOutInline = define("handOutInline", true)

/** What a step was told to hand out. */
export const handedOut = (
  input: object
): { readonly token: string; readonly answers: ReadonlyArray<Answer> } | undefined =>
  "token" in input && "answers" in input
    ? { token: String(input.token), answers: JSON.parse(String(input.answers)) }
    : undefined

const asked = ({ trace }: Body): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    trace.askedAt = now
  })

const call = (args: Args, value: number, body: Body): Meaning =>
  Effect.suspend(() => {
    const { timeoutMs, heartbeatMs } = args
    const question = defineCallback("question", {
      payload: Schema.Number,
      error: Declined,
      timeout: timeoutMs ?? "Infinity",
      heartbeat: heartbeatMs ?? "Infinity"
    })
    // The runtime asks for something of its own on the way, and timers that are set meanwhile count from there.
    body.trace.isCatchingUp = true
    let key = ""
    const submit = ({ token }: { readonly token: string }) =>
      Effect.suspend(() => {
        key = claimOfToken(token).key
        const step = args.isInline ? handOutInline : handOut
        const input = { site: 0, value: value % 1_000, token, answers: JSON.stringify(args.answers) }
        body.trace.asked.push({ step: step.stepName, input })
        return Effect.andThen(asked(body), step.orFail(input))
      })
    const told = <E, R>(wait: Effect.Effect<number, E, R>) =>
      Effect.tap(wait, (answer) => Effect.sync(() => body.trace.answers.push({ key, value: answer })))
    let askedAt = Number.NEGATIVE_INFINITY
    const late = Effect.fnUntraced(function* (limit: number) {
      const at = yield* Clock.currentTimeMillis
      // What was missed before it was waited for is told at once, and nobody sees since when.
      body.trace.late.push({ key, limit, at, heartbeatMs: at === askedAt ? null : heartbeatMs })
      return -1
    })
    const caught = <R>(wait: Effect.Effect<number, any, R>) =>
      Effect.catchTags(wait, {
        CallbackTimedOut: ({ expiredAt }: { readonly expiredAt: number }) => late(expiredAt),
        CallbackHeartbeatMissed: ({ lastHeartbeatAt }: { readonly lastHeartbeatAt: number | null }) =>
          late((lastHeartbeatAt ?? 0) + (heartbeatMs ?? 0)),
        Declined: ({ code }: Declined) => Effect.succeed(code),
        StepFailed: () => Effect.succeed(-3)
      } as never) as unknown as Effect.Effect<number, never, R>
    if (args.how === "waitFor") return caught(told(waitForCallback(question, submit))) as Meaning
    return Effect.gen(function* () {
      const made = yield* callback(question)
      yield* asked(body)
      const failed = yield* Effect.match(submit(made), { onFailure: () => true, onSuccess: () => false })
      if (failed) yield* made.close
      if (args.firstMs > 0) yield* Effect.sleep(args.firstMs)
      askedAt = yield* Clock.currentTimeMillis
      return failed || args.how === "left" ? value : yield* caught(told(made.receive))
    }) as Meaning
  })

const answer = fc.record({
  do: fc.constantFrom("complete", "complete", "complete", "fail", "beat"),
  afterMs: fc.constantFrom(0, 0, 5, 1_000, 15_000, 40_000, 70_000),
  wrong: fc.constantFrom(null, null, null, null, null, "altered", "cut", "forged"),
  isRepeated: fc.boolean()
}) as fc.Arbitrary<Answer>

export const callbacks: Feature<Args> = {
  name: "callbacks",
  args: fc.record({
    how: fc.constantFrom("callback", "callback", "waitFor", "left"),
    isInline: fc.boolean(),
    // Somebody may never answer: what waits without an end waits for ever.
    timeoutMs: fc.constantFrom(20_000, 60_000, 60_000, null),
    heartbeatMs: fc.constantFrom(null, null, 30_000),
    firstMs: fc.constantFrom(0, 0, 5, 20_000),
    answers: fc.array(answer, { minLength: 1, maxLength: 4 })
  }) as fc.Arbitrary<Args>,
  call,
  steps: [handOut, handOutInline]
}
