import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { mostOfState, mostStates } from "../../src/actor/port/setState.ts"
import { advance, replay } from "../../src/actor/turn.ts"
import { defineSignal, defineState, defineWorkflow, type StateInvalid } from "../../src/index.ts"
import { TestRuntime } from "../../src/testing.ts"

const progress = defineState("progress", Schema.Struct({ done: Schema.Int }))
const next = defineSignal("next", Schema.Int)

const counts = defineWorkflow("counts", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (to: number) {
    for (let done = 0; done < to; done++) {
      yield* progress.set({ done })
      yield* next.receive
    }
    yield* progress.set({ done: -1 })
    yield* progress.set({ done: to })
    return to
  })
})

const published = (actor: Actor) => actor.states.all.map(({ name, payload }) => `${name} ${payload.json}`)

describe("A body's state", () => {
  it("is the last value that was set, and stays when the run has ended", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(counts, { input: 2 })
    expect(run.state(progress)).toEqual({ done: 0 })
    await run.signal(next, 1)
    expect(run.state(progress)).toEqual({ done: 1 })
    await run.signal(next, 1)
    expect(run.outcome).toEqual({ tag: "succeeded", value: 2 })
    expect(run.state(progress)).toEqual({ done: 2 })
  })

  it("is undefined before it is set, and by a schema that does not decode it", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(counts, { input: 1 })
    expect(run.state(defineState("other", Schema.Int))).toBeUndefined()
    expect(run.state(defineState("progress", Schema.Int))).toBeUndefined()
  })

  it("is the same in a replay, and a replay has no news", () => {
    const at = 1_000
    const start = {
      kind: "start",
      at,
      workflow: "counts",
      definitionVersion: "1",
      fingerprint: "f",
      input: { json: "3" }
    } as const
    const signal = { kind: "signal", at, name: "next", id: "1", payload: { json: "1" } } as const
    const options = { workflow: counts, runId: "r" }
    const live = new Actor(options)
    const { history } = advance(live, [start, signal])
    expect(live.states.hasNews).toBe(true)
    const again = replay(options, history, new Map([start, signal].map((message) => [messageKey(message), message])))
    expect(again.parked).toBeUndefined()
    expect(published(again)).toEqual(['progress {"done":1}'])
    expect(published(again)).toEqual(published(live))
    expect(again.states.hasNews).toBe(false)
  })

  it("set to what it is already is no news", async () => {
    const same = defineWorkflow("same", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* progress.set({ done: 1 })
        yield* next.receive
        yield* progress.set({ done: 1 })
        yield* next.receive
      })
    })
    const actor = new Actor({ workflow: same, runId: "r" })
    actor.deliver({
      kind: "start",
      at: 1,
      workflow: "same",
      definitionVersion: "1",
      fingerprint: "f",
      input: { json: "null" }
    })
    actor.states.settle()
    actor.deliver({ kind: "signal", at: 2, name: "next", id: "1", payload: { json: "1" } })
    expect(actor.states.hasNews).toBe(false)
  })
})

describe("What cannot be published", () => {
  const big = defineState("big", Schema.String)
  const refusing = (set: Effect.Effect<void, StateInvalid, any>) =>
    defineWorkflow("refusing", {
      input: Schema.Void,
      output: Schema.Unknown,
      run: () =>
        Effect.match(set as Effect.Effect<void, StateInvalid>, {
          onSuccess: () => "set",
          onFailure: (error) => error.reason
        })
    })
  const outcomeOf = async (set: Effect.Effect<void, StateInvalid, any>) =>
    (await new TestRuntime().start(refusing(set), { input: undefined })).outcome

  it.each([
    ["a value that does not fit", progress.setOrFail({ done: 1.5 }), "invalid"],
    ["one that is too large", big.setOrFail("a".repeat(mostOfState)), "tooLarge"],
    ["one beyond what any value may have", big.setOrFail("a".repeat(17 * 1024 * 1024)), "tooLarge"],
    [
      "one state too many",
      Effect.forEach(Array.from({ length: mostStates + 1 }), (_, i) => defineState(`s${i}`, Schema.Int).setOrFail(i)),
      "tooMany"
    ],
    ["the largest", big.setOrFail("a".repeat(mostOfState - 2)), "set"],
    [
      "a state that is there, among the most that there may be",
      Effect.forEach(Array.from({ length: mostStates + 1 }), (_, i) =>
        defineState(`s${i % mostStates}`, Schema.Int).setOrFail(i)
      ),
      "set"
    ]
  ] as const)("%s: %#", async (_, set, expected) => {
    expect(await outcomeOf(set as Effect.Effect<void, StateInvalid>)).toEqual({ tag: "succeeded", value: expected })
  })

  it("is a defect that says which state and why, and the value before it stands", async () => {
    const dies = defineWorkflow("dies", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* progress.set({ done: 1 })
        yield* progress.set({ done: 1.5 })
      })
    })
    const run = await new TestRuntime().start(dies, { input: undefined })
    expect(run.outcome).toMatchObject({
      tag: "died",
      defect: { _tag: "StateInvalid", message: expect.stringMatching(/state progress: .*schema.*done/s) }
    })
    expect(run.state(progress)).toEqual({ done: 1 })
  })

  it("has a name that is none, or no schema: the definition throws", () => {
    expect(() => defineState("a/b", Schema.Int)).toThrow(/state name "a\/b"/)
    expect(() => defineState("a", undefined as never)).toThrow(/state a: its schema is undefined/)
  })

  it("is set outside of a run", async () => {
    const exit = await Effect.runPromiseExit(progress.set({ done: 1 }) as Effect.Effect<void>)
    expect(String(exit)).toContain("state progress outside of a run")
  })
})
