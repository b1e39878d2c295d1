import { appendFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineStep, defineWorkflow } from "../../src/index.ts"

/** What the worker processes of tests run, and the tests wait for. `ledger` is told of each execution before anything else. */
export const definitions = (ledger?: string) => {
  const note = (line: string) => {
    if (ledger !== undefined) appendFileSync(ledger, `${line}\n`)
  }
  /** Takes its process down each time. */
  const deadly = defineStep("deadly", {
    input: Schema.Void,
    output: Schema.Number,
    run: () =>
      Effect.sync(() => {
        note("deadly begun")
        process.kill(process.pid, "SIGKILL")
        return 0
      })
  })
  const harmless = defineStep("harmless", {
    input: Schema.Number,
    output: Schema.Number,
    run: (n) => Effect.succeed(n)
  })
  const slow = defineStep("slow", {
    input: Schema.Number,
    output: Schema.Number,
    retry: { attempts: 1 },
    run: (ms) =>
      Effect.gen(function* () {
        note("slow begun")
        yield* Effect.onInterrupt(Effect.sleep(ms), () => Effect.sync(() => note("slow interrupted")))
        note("slow ended")
        return ms
      })
  })
  const survives = defineWorkflow("survives", {
    input: Schema.Void,
    output: Schema.String,
    run: () =>
      Effect.match(deadly.orFail(), {
        onFailure: ({ attempts, reason }) => `${reason} ${attempts}`,
        onSuccess: () => "none"
      })
  })
  const patient = defineWorkflow("patient", {
    input: Schema.Number,
    output: Schema.Number,
    run: (ms) => Effect.flatMap(slow(ms), harmless)
  })
  /** Loops for ever once ten others have shown that the workflow behaves. */
  const loops = defineWorkflow("loops", {
    input: Schema.Number,
    output: Schema.Number,
    run: Effect.fn(function* (n: number) {
      const m = yield* harmless(n)
      while (m < 0) {}
      return m
    })
  })
  const sleeps = defineWorkflow("sleeps", {
    input: Schema.Number,
    output: Schema.String,
    run: (ms) => Effect.as(Effect.sleep(ms), "awake")
  })
  const workflows = [survives, patient, loops, sleeps]
  return { workflows, steps: [deadly, harmless, slow], survives, patient, loops, sleeps }
}
