import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { maxBodyValues, maxEmittedAtOnce, maxValueLength, nextEmitted } from "../../src/actor/history/output/emitted.ts"
import { advance, replay } from "../../src/actor/turn.ts"
import { defineSignal, defineStream, defineWorkflow } from "../../src/index.ts"
import { TestRuntime } from "../../src/testing.ts"

const numbers = defineStream("numbers", Schema.Int)
const texts = defineStream("texts", Schema.String)
const next = defineSignal("next", Schema.Int)

/** Emits as many numbers as each signal says, and the first of them before all signals. */
const counts = (first: number) =>
  defineWorkflow("counts", {
    input: Schema.Null,
    output: Schema.Null,
    run: Effect.fn(function* () {
      let number = 0
      for (let more = first; more >= 0; more = yield* next.receive)
        for (let i = 0; i < more; i++) yield* numbers.emit(number++)
      return null
    })
  })

const at = 1_000
const start = {
  kind: "start",
  at,
  workflow: "counts",
  definitionVersion: "1",
  fingerprint: "f",
  input: { json: "null" }
} as const
const signal = (id: string, more: number) =>
  ({ kind: "signal", at, name: "next", id, payload: { json: String(more) } }) as const

describe("What a body emits", () => {
  it("is handed over once, numbered from the first", () => {
    const actor = new Actor({ workflow: counts(2), runId: "r" })
    advance(actor, [start])
    expect(actor.emits.isEmpty).toBe(false)
    expect(actor.emits.take()).toEqual([{ stream: "numbers", from: 0, values: ["0", "1"] }])
    expect(actor.emits.isEmpty).toBe(true)
    advance(actor, [signal("a", 0)])
    expect(actor.emits.take()).toEqual([])
    advance(actor, [signal("b", 1), signal("c", 2)])
    expect(actor.emits.take()).toEqual([{ stream: "numbers", from: 2, values: ["2", "3", "4"] }])
  })

  it("is counted by heads: what follows the last commit, and what has followed one before", () => {
    const first = nextEmitted([], [{ stream: "a", from: 0, values: ["1", "2"] }])
    expect(first).toEqual([{ stream: "a", count: 2, from: 0 }])
    const second = nextEmitted(first, [{ stream: "b", from: 0, values: ["1"] }])
    expect(second).toEqual([
      { stream: "a", count: 2, from: 2 },
      { stream: "b", count: 1, from: 0 }
    ])
  })

  const history = () => {
    const actor = new Actor({ workflow: counts(2), runId: "r" })
    const inbox = [start, signal("a", 3), signal("b", 1)]
    advance(actor, inbox)
    const { history } = advance(actor, [])
    return { history, inbox: new Map(inbox.map((message) => [messageKey(message), message])) }
  }

  it("is held by a replay as far as it follows the last commit, and goes on where the head has counted to", () => {
    const { history: recorded, inbox } = history()
    const emitted = [{ stream: "numbers", count: 6, from: 5 }]
    const actor = replay({ workflow: counts(2), runId: "r", emitted }, recorded, inbox)
    expect(actor.emits.ofLastCommit).toEqual([{ stream: "numbers", from: 5, values: ["5"] }])
    expect(actor.emits.isEmpty).toBe(true)
    advance(actor, [signal("c", 1)])
    expect(actor.emits.take()).toEqual([{ stream: "numbers", from: 6, values: ["6"] }])
  })

  it("breaks no run under way where code of today emits more or less in the part that is over", () => {
    const { history: recorded, inbox } = history()
    const emitted = [{ stream: "numbers", count: 6, from: 6 }]
    for (const first of [0, 1, 9]) {
      const actor = replay({ workflow: counts(first), runId: "r", emitted }, recorded, inbox)
      expect(actor.parked).toBeUndefined()
      expect(actor.emits.ofLastCommit).toEqual([])
      advance(actor, [signal("c", 1)])
      expect(actor.emits.take()).toEqual([{ stream: "numbers", from: 6, values: [String(first + 4)] }])
    }
  })
})

describe("The limits of what a body emits", () => {
  const said = async (body: Effect.Effect<unknown, unknown, any>) => {
    const workflow = defineWorkflow("says", {
      input: Schema.Null,
      output: Schema.String,
      run: () => Effect.as(body, "fine").pipe(Effect.catch((error: any) => Effect.succeed(String(error._tag)))) as any
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(workflow, { input: null })
    await runtime.advance("1 second")
    return run.outcome?.tag === "succeeded" ? run.outcome.value : (run.outcome as any)?.defect?.name
  }
  const long = (length: number) => "x".repeat(length - 2)
  const many = (times: number, effect: Effect.Effect<unknown, unknown, any>) =>
    Effect.replicateEffect(effect, times, { discard: true })

  it("are typed errors of emitOrFail, and defects of emit", async () => {
    expect(await said(texts.emitOrFail(long(maxValueLength)))).toBe("fine")
    expect(await said(texts.emitOrFail(long(maxValueLength + 1)))).toBe("EmitTooLarge")
    expect(await said(texts.emit(long(maxValueLength + 1)))).toBe("EmitTooLarge")
    expect(await said(numbers.emitOrFail(0.5))).toBe("EmitInvalid")
    expect(await said(numbers.emit("1" as never))).toBe("EmitInvalid")
  })

  it("count what comes without a wait, and all there ever was", async () => {
    const atOnce = Math.floor(maxEmittedAtOnce / maxValueLength)
    const one = texts.emitOrFail(long(maxValueLength))
    expect(await said(many(atOnce, one))).toBe("fine")
    expect(await said(many(atOnce + 1, one))).toBe("EmitTooLarge")
    expect(await said(Effect.andThen(Effect.andThen(many(atOnce, one), Effect.sleep(1)), one))).toBe("fine")
    expect(await said(many(maxBodyValues, numbers.emitOrFail(1)))).toBe("fine")
    expect(await said(many(maxBodyValues + 1, numbers.emitOrFail(1)))).toBe("StreamFull")
  })

  it("are refused outside of a run, and wrong definitions throw", async () => {
    await expect(Effect.runPromise(numbers.emit(1) as Effect.Effect<void>)).rejects.toThrow(
      /stream numbers outside of a run/
    )
    expect(() => defineStream("a/b", Schema.Int)).toThrow(/stream name "a\/b"/)
    expect(() => defineStream("a", undefined as never)).toThrow(/stream a: value is undefined, no schema/)
    expect(() => defineStream("a", Schema.Int, { flushEvery: -1 })).toThrow(/stream a: flushEvery is -1/)
    expect(() => defineStream("a", Schema.Int, { every: 1 } as never)).toThrow(/no option "every"/)
  })
})
