import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { AnyStep, StepContext } from "../../src/actor/definitions/definition.ts"
import { defineStep, defineStream } from "../../src/index.ts"
import { executeStep } from "../../src/streams/steps/executeStep.ts"

const words = defineStream("words", Schema.String)

it.effect("what code first emits when its execution is over is not taken, however it had its `emit`", () =>
  Effect.gen(function* () {
    const kept: Array<StepContext<never>["emitOrFail"]> = []
    const late = defineStep("late", {
      input: Schema.Null,
      output: Schema.Null,
      run: (_, context) => {
        const { emitOrFail } = context
        kept.push(emitOrFail, (stream, value) => context.emitOrFail(stream, value), { ...context }.emitOrFail)
        return Effect.succeed(null)
      }
    })
    const request = { runId: "late", key: "late#0", input: { json: "null" }, attempt: 1 }
    const execution = yield* executeStep(late as unknown as AnyStep, request, Context.empty())
    expect(execution._tag).toBe("Done")
    expect(kept.length).toBe(3)
    for (const emitOrFail of kept) {
      const refused = yield* Effect.flip(emitOrFail(words, "too late"))
      expect(refused._tag).toBe("StreamEnded")
    }
  })
)
