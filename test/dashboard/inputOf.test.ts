import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { type Get, inputOf } from "../../dashboard/pages/start/inputOf.ts"
import { continueAsNew, defineWorkflow } from "../../src/index.ts"
import { served } from "../http/served.ts"
import { openEngine } from "../streams/engine.ts"

/** Ends in a generation of its own, begun with another input than was asked for. */
const counting = defineWorkflow("counting", {
  input: Schema.Struct({ left: Schema.Int, note: Schema.String }),
  output: Schema.String,
  run: Effect.fn(function* ({ left, note }) {
    if (left > 0) return yield* continueAsNew({ left: left - 1, note: "in between" })
    return note
  })
})

const opened = Effect.gen(function* () {
  const engine = yield* openEngine({ workflows: [counting] })
  const { ask } = yield* served(engine, { workflows: [counting] })
  const get: Get = (path, query) => {
    const asked = new URLSearchParams(query as Record<string, string>)
    const answer = ask("GET", `/${path.map(encodeURIComponent).join("/")}?${asked}`)
    return Effect.runPromise(Effect.map(answer, ({ body }) => body))
  }
  const shown = Effect.promise(() => inputOf("r", get))
  const run = (input: { readonly left: number; readonly note: string }) =>
    engine.client.execute(counting, { runId: "r", input, policy: "replace" })
  return { run, shown }
})

it.live("a run like another begins with the input of its newest start, whatever it has continued with", () =>
  Effect.gen(function* () {
    const { run, shown } = yield* opened
    yield* run({ left: 0, note: "first" })
    expect(yield* shown).toEqual({ input: { left: 0, note: "first" } })
    yield* run({ left: 2, note: "second" })
    expect(yield* shown).toEqual({ input: { left: 2, note: "second" } })
    yield* run({ left: 0, note: "third" })
    expect(yield* shown).toEqual({ input: { left: 0, note: "third" } })
  })
)

it.live("an input too large for a timeline is read whole", () =>
  Effect.gen(function* () {
    const { run, shown } = yield* opened
    const note = "long ".repeat(4_000)
    yield* run({ left: 1, note })
    expect(yield* shown).toEqual({ input: { left: 1, note } })
  })
)
