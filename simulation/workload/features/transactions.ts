import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import type { StepContext } from "../../../src/actor/definitions/definition.ts"
import { defineStep } from "../../../src/actor/definitions/step.ts"
import { attempts, type Body, Declined, type Feature, type Meaning, retryInitialMs } from "../feature.ts"
import { Input } from "../programs.ts"
import { CurrentStepWatch } from "../stepWatch.ts"

/** Steps whose effect is an entry in a ledger, written together with their outcome. */

interface Args {
  readonly how: number
  /** The run waits for no longer. */
  readonly withinMs: number | null
}

export const ledger = "ledger"

/** Whether its condition holds: in each attempt, from the second on, or in none; and with an error of its own, or not. */
const hows = ["holds", "holds", "holds later", "never holds", "never holds, and is told"] as const

const neverHolds = {
  ConditionCheck: {
    TableName: ledger,
    Key: { id: "nothing" },
    ConditionExpression: "attribute_exists(id)"
  }
}

const plan = (input: Input, context: StepContext) => {
  const how = hows[input.site % hows.length]
  const holds = how === "holds" || (how === "holds later" && context.attempt > 1)
  return {
    items: [
      {
        Update: {
          TableName: ledger,
          Key: { id: context.idempotencyKey },
          UpdateExpression: "ADD times :one",
          ExpressionAttributeValues: { ":one": 1 }
        }
      },
      ...(holds ? [] : [neverHolds])
    ],
    output: (input.value + context.attempt) % 100,
    ...(how === "never holds, and is told" ? { onCancelled: () => new Declined({ code: input.value }) } : {})
  }
}

export const settles = defineStep("settles", {
  input: Input,
  output: Schema.Number,
  error: Declined,
  retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 },
  timeout: "45 seconds",
  transaction: (input, context) =>
    Effect.flatMap(CurrentStepWatch, (watch) => {
      const planned = plan(input, context)
      const code = watch.execute("settles", context, (_, pause) => Effect.as(pause(200), planned.output))
      return Effect.as(code, planned)
    })
})

const call = ({ how, withinMs }: Args, value: number, { trace }: Body): Meaning => {
  const input: Input = { site: how, value }
  const answer = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    trace.askedAt = now
    trace.asked.push({ step: "settles", input })
    return Effect.catch(settles.orFail(input), ({ _tag }) => Effect.succeed(-_tag.length))
  })
  return withinMs === null
    ? answer
    : Effect.map(
        Effect.timeoutOption(answer, withinMs),
        Option.getOrElse(() => -1)
      )
}

export const writesTogether: Feature<Args> = {
  name: "writesTogether",
  args: fc.record({ how: fc.constantFrom(0, 1, 2, 2, 3, 4), withinMs: fc.constantFrom(null, null, null, 5_000) }),
  call,
  steps: [settles]
}
