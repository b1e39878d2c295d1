import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../../src/actor/definitions/workflow.ts"
import type { ChildFailed, StepFailed } from "../../../src/actor/errors.ts"
import { attempts, type Body, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import { CurrentRunStep } from "../runStep.ts"

/**
 * Values beyond what stands in a row, and of characters that take several bytes, as inputs, outcomes and errors: where all other programs have numbers, and pads that are small whatever
 * the limit (`isSurelySmall`).
 */
const pads = ["", "ü".repeat(20), "価".repeat(1_200), "価".repeat(1_800), "😀 ".repeat(400)] as const

interface Args {
  readonly what: "step" | "child"
  readonly input: number
  readonly output: number
  readonly fails: boolean
}

const Parcel = Schema.Struct({ value: Schema.Number, pad: Schema.String, output: Schema.Number, fails: Schema.Boolean })
type Parcel = typeof Parcel.Type
const Weighed = Schema.Struct({ value: Schema.Number, pad: Schema.String })

class TooHeavy extends Schema.TaggedError<TooHeavy>()("TooHeavy", { value: Schema.Number, pad: Schema.String }) {}

const weighed = ({ fails, output, value }: Parcel) => {
  const told = { value: value + 1, pad: pads[output % pads.length] as string }
  return fails ? Effect.fail(new TooHeavy(told)) : Effect.succeed(told)
}

const weigh = defineStep("weigh", {
  input: Parcel,
  output: Weighed,
  error: TooHeavy,
  retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0, nonRetryable: ["TooHeavy"] },
  timeout: "45 seconds",
  run: (parcel, context) =>
    Effect.gen(function* () {
      const runStep = yield* CurrentRunStep
      yield* Effect.ignore(runStep("weigh", { site: 0, value: parcel.value }, context))
      return yield* weighed(parcel)
    })
})

const carrier = defineWorkflow("carrier", { input: Parcel, output: Weighed, error: TooHeavy, run: weighed })

const call = ({ fails, input, output, what }: Args, value: number, { trace }: Body): Meaning =>
  Effect.gen(function* () {
    const parcel: Parcel = { value, pad: pads[input % pads.length] as string, output, fails }
    trace.askedAt = yield* Clock.currentTimeMillis
    if (what === "step") trace.asked.push({ step: "weigh", input: parcel as never })
    const told: Result.Result<typeof Weighed.Type, TooHeavy | ChildFailed | StepFailed> =
      what === "step" ? yield* Effect.result(weigh.orFail(parcel)) : yield* Effect.result(carrier.childOrFail(parcel))
    if (told._tag === "Failure" && !(told.failure instanceof TooHeavy)) return -told.failure._tag.length
    const { pad, value: is } = told._tag === "Success" ? told.success : (told.failure as TooHeavy)
    if (pad !== pads[output % pads.length]) trace.astray ??= `a ${what} has told ${pad.length} characters`
    return is
  })

export const carries: Feature<Args> = {
  name: "carries",
  args: fc.record({
    what: fc.constantFrom("step", "child", "child"),
    input: fc.nat(pads.length - 1),
    output: fc.nat(pads.length - 1),
    fails: fc.boolean()
  }),
  call,
  workflows: [carrier],
  steps: [weigh]
}
