import { defineSignal, defineWorkflow, setTags } from "dynactor"
import { TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const text = { input: Schema.String, output: Schema.String }
const go = defineSignal("go", Schema.Null)

const child = defineWorkflow("child", { ...text, run: (name) => Effect.as(go.receive, name) })
const tagging = defineWorkflow("tagging", {
  ...text,
  run: Effect.fn(function* (name) {
    yield* setTags({ phase: "begun", region: null })
    const tags = name === "wrong" ? { "no name": "x" } : { of: name }
    const answer = yield* child.child(name, { tags })
    yield* setTags({ phase: "done" })
    return answer
  })
})

describe("a start in a TestRuntime", () => {
  it("has tags, which its body changes, and gives others to its children", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(tagging, { runId: "t", input: "a", tags: { region: "eu", customer: "c-17" } })
    expect(run.tags).toEqual({ customer: "c-17", phase: "begun" })
    const started = runtime.run("t:child#0", child)
    expect(started.tags).toEqual({ of: "a" })
    await started.signal(go, null)
    expect(run).toMatchObject({ tags: { customer: "c-17", phase: "done" }, outcome: { tag: "succeeded", value: "a" } })
    expect((await runtime.start(child, { input: "plain" })).tags).toEqual({})
  })

  it("is told of tags that cannot be, from outside and of a child", async () => {
    const runtime = new TestRuntime()
    await expect(runtime.start(child, { input: "a", tags: { "no name": "x" } })).rejects.toThrow(RangeError)
    const run = await runtime.start(tagging, { input: "wrong" })
    const message = expect.stringMatching(/^child run child: .*no name/)
    expect(run.outcome).toMatchObject({ tag: "died", defect: { _tag: "ChildFailed", message } })
  })

  it("does not begin before its delay is over, and can be cancelled until then", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(tagging, { input: "late", delay: "2 days" })
    const other = await runtime.start(tagging, { input: "never", delay: "3 days" })
    await runtime.advance("47 hours")
    expect([run.tags, run.waitsFor]).toEqual([{}, ["timer dynactor.begin#0"]])
    await runtime.advance("1 hour")
    expect(run.tags).toEqual({ phase: "begun" })
    await other.cancel("changed my mind")
    await runtime.advance("365 days")
    expect([other.tags, other.outcome?.tag]).toEqual([{}, "cancelled"])
    await expect(runtime.start(child, { input: "a", delay: "Infinity" })).rejects.toThrow(/would never begin/)
  })
})
