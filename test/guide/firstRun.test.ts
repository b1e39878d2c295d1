import * as Effect from "effect/Effect"
import { expect, vi } from "vitest"
import { app, approve, begin } from "../../examples/guide/firstRun.ts"
import { eventually, live, tempFile } from "../streams/engine.ts"

live("the guide's first run goes as it says, over a restart", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const said: Array<string> = []
    const spy = vi.spyOn(console, "log").mockImplementation((line) => void said.push(String(line)))
    yield* Effect.addFinalizer(() => Effect.sync(() => spy.mockRestore()))
    const runId = "expense-1"
    const token = yield* Effect.gen(function* () {
      expect(yield* begin(runId)).toEqual({ was: 1_200 })
      return yield* eventually(
        "the mail",
        Effect.sync(() => said.map((line) => line.match(/^Please approve with (\S+)$/)?.[1]).find(Boolean))
      )
    }).pipe(Effect.provide(app(filename)))
    expect(yield* Effect.provide(approve(runId, token), app(filename))).toEqual({ by: "Ada", cents: 1_500 })
  })
)
