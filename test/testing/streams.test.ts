import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineSignal, defineStep, defineStream, defineWorkflow } from "../../src/index.ts"
import { checkWorkflow, TestRuntime } from "../../src/testing.ts"

const tokens = defineStream("tokens", Schema.String)
const go = defineSignal("go", Schema.Null)

const say = defineStep("say", {
  input: Schema.String,
  output: Schema.Int,
  retry: { attempts: 3, initial: "1 second" },
  run: (text, { attempt, emit }) =>
    Effect.gen(function* () {
      const words = text.split(" ")
      for (const word of words) yield* emit(tokens, `${word}${attempt}`)
      if (attempt < 3) return yield* Effect.die(new Error("again"))
      return words.length
    })
})

const quick = defineStep("quick", {
  input: Schema.String,
  output: Schema.Null,
  inline: true,
  run: async (text, context) => {
    await context.emit(tokens, text)
    return null
  }
})

const talks = defineWorkflow("talks", {
  input: Schema.String,
  output: Schema.Int,
  run: Effect.fn(function* (text: string) {
    yield* tokens.emit("<")
    const count = yield* say(text)
    yield* quick("!")
    yield* go.receive
    yield* tokens.emit(">")
    return count
  })
})

describe("Output streams in virtual time", () => {
  it("are what the tries that stand have emitted, in order", async () => {
    const runtime = new TestRuntime({ steps: { say, quick } })
    const run = await runtime.start(talks, { input: "a b" })
    expect(run.emitted(tokens)).toEqual(["<", "a1", "b1"])
    await runtime.advance("1 minute")
    expect(run.emitted(tokens)).toEqual(["<", "a3", "b3", "!"])
    expect(run.emitted(defineStream("tokens", Schema.Int))).toEqual([])
    expect(run.emitted(defineStream("others", Schema.String))).toEqual([])
    await run.signal(go, null)
    expect(run.outcome).toEqual({ tag: "succeeded", value: 2 })
    expect(run.emitted(tokens)).toEqual(["<", "a3", "b3", "!", ">"])
  })

  it("hold in every schedule of a check, over crashes and retries", async () => {
    const report = await checkWorkflow(talks, {
      steps: { say, quick },
      input: "a b",
      schedules: 200,
      atEnd: (run) => {
        if (run.outcome?.tag !== "succeeded") return true
        const emitted = run.emitted(tokens)
        return emitted.length === 5 && emitted[0] === "<" && emitted.at(-1) === ">"
      }
    })
    expect(report.outcomes.succeeded).toBeGreaterThan(0)
    expect(report.faultsByKind.crash).toBeGreaterThan(0)
  })

  it("tell a body whose output is another in a replay", async () => {
    let calls = 0
    const counts = defineWorkflow("counts", {
      input: Schema.Null,
      output: Schema.Null,
      run: () =>
        Effect.as(
          Effect.andThen(
            Effect.suspend(() => tokens.emit(String(++calls))),
            go.receive
          ),
          null
        )
    })
    await expect(checkWorkflow(counts, { schedules: 20 })).rejects.toThrow(/emits "\d+" to stream tokens; live it was/)
  })
})
