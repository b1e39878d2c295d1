import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type { Run } from "../../src/index.ts"
import {
  type Client,
  defineState,
  defineStep,
  defineUpdate,
  type StateInvalid,
  type UpdateFailed
} from "../../src/index.ts"

class TooLate extends Schema.TaggedError<TooLate>()("TooLate", {}) {}

const change = defineUpdate("change", { input: Schema.Int, output: Schema.Date, error: TooLate })
const plain = defineUpdate("plain", { input: Schema.Void, output: Schema.Void })
const progress = defineState("progress", Schema.Struct({ at: Schema.Date }))
const step = defineStep("step", { input: Schema.Int, output: Schema.Date, run: async () => new Date(0) })
declare const client: Client["Service"]

describe("an update", () => {
  it("takes its input, and gives its output or its errors", () => {
    const asked = client.update("r", change, 1)
    expectTypeOf<Effect.Success<typeof asked>>().toEqualTypeOf<Date>()
    expectTypeOf<TooLate | UpdateFailed>().toExtend<Effect.Error<typeof asked>>()
    expectTypeOf<Effect.Services<typeof asked>>().toBeNever()
    // @ts-expect-error another input
    client.update("r", change, "1")
  })

  it("is handled by a piece of the body", () => {
    const handled = change.handle((n) => step(n))
    expectTypeOf<Effect.Services<typeof handled>>().toEqualTypeOf<Run>()
    expectTypeOf<Effect.Error<typeof handled>>().toBeNever()
    change.handle(() => Effect.fail(new TooLate()), { validate: () => Effect.fail(new TooLate()) })
    // @ts-expect-error another output
    change.handle((n) => Effect.succeed(n))
    // @ts-expect-error an error that is none of its own
    plain.handle(() => Effect.fail(new TooLate()))
    // @ts-expect-error a validator runs no steps
    change.handle((n) => step(n), { validate: (n) => step(n) })
  })
})

describe("a state", () => {
  it("is set to what its schema holds, and read as that", () => {
    expectTypeOf(progress.set({ at: new Date(0) })).toEqualTypeOf<Effect.Effect<void, never, Run>>()
    expectTypeOf(progress.setOrFail({ at: new Date(0) })).toEqualTypeOf<Effect.Effect<void, StateInvalid, Run>>()
    // @ts-expect-error another value
    progress.set({ at: "now" })
    expectTypeOf<Effect.Success<ReturnType<typeof client.state<"progress", { readonly at: Date }>>>>().toEqualTypeOf<{
      readonly at: Date
    }>()
    const watched = client.watch("r", progress)
    expectTypeOf<typeof watched extends Stream.Stream<infer A, any, any> ? A : never>().toEqualTypeOf<{
      readonly at: Date
    }>()
  })
})
