import { compensateWith, defineSignal, defineState, defineStep, defineWorkflow, setTags } from "dynactor"
import { TestRuntime } from "dynactor/testing"
import type * as Duration from "effect/Duration"
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

const word = defineSignal("word", Schema.String)
const shown = defineState("shown", Schema.String)
const step = (name: string) => defineStep(name, { ...text, run: async (input) => input })
const [book, unbook, notify] = [step("book"), step("unbook"), step("notify")]

const careful = defineWorkflow("careful", {
  ...text,
  run: Effect.fn(function* (name) {
    yield* book(name).pipe(compensateWith(unbook))
    yield* shown.set(name)
    return `${name} ${yield* word.receive}`
  })
})

const middleWorkflow = defineWorkflow("middle", {
  ...text,
  run: (name) => Effect.ensuring(careful.child(name), notify(name))
})
const family = defineWorkflow("family", {
  ...text,
  run: (name) =>
    Effect.match(middleWorkflow.childOrFail(name), {
      onFailure: ({ reason }) => reason as string,
      onSuccess: () => "none"
    })
})
const stuck = defineWorkflow("stuck", {
  ...text,
  run: Effect.fn(function* (name) {
    if (name === "now") yield* Effect.sync(() => crypto.randomUUID())
    return yield* word.receive
  })
})
const waiting = defineWorkflow("waiting", {
  ...text,
  run: Effect.fn(function* (name) {
    const first = Effect.race(word.receive, Effect.as(Effect.sleep("1 day"), "timer"))
    const [booked, what] = yield* Effect.all([book(name), first], { concurrency: 2 })
    yield* notify(what)
    return `${booked} ${what}`
  })
})

describe("a start by a policy", () => {
  it("replaces a run, whose compensations run first, and each start has its own end", async () => {
    const runtime = new TestRuntime()
    const first = await runtime.start(careful, { runId: "c", input: "a", policy: "replace" })
    const second = await runtime.start(careful, { runId: "c", input: "b", policy: "replace" })
    expect([first.outcome?.tag, first.timesSucceeded(unbook)]).toEqual(["cancelled", 1])
    expect(second).toMatchObject({ hasBegun: true, input: "b", generation: 1, waitsFor: ["signal word"] })
    expect([first.state(shown), second.state(shown)]).toEqual(["a", "b"])
    // What is sent to a run is for the start that it is in.
    await first.signal(word, "x")
    expect(second.outcome).toEqual({ tag: "succeeded", value: "b x" })
    expect(first.outcome?.tag).toBe("cancelled")
  })

  it("comes after what runs, in the order in which it was asked for, and at once after what has ended", async () => {
    const runtime = new TestRuntime()
    const input = (name: string) => ({ runId: "c", input: name, policy: "afterFinish" }) as const
    const runs = [
      await runtime.start(careful, input("a")),
      await runtime.start(careful, { ...input("b"), delay: "1 day", tags: { of: "b" } }),
      await runtime.start(careful, input("c"))
    ] as const
    expect(runs.map(({ hasBegun }) => hasBegun)).toEqual([true, false, false])
    await runs[0].signal(word, "1")
    expect(runs.map(({ hasBegun }) => hasBegun)).toEqual([true, true, false])
    expect(runs[1]).toMatchObject({ tags: { of: "b" }, waitsFor: ["timer dynactor.begin#0"] })
    expect(runs[1].state(shown)).toBe(undefined)
    await runtime.advance("1 day")
    await runs[1].signal(word, "2")
    await runs[2].signal(word, "3")
    const last = await runtime.start(careful, input("d"))
    await last.signal(word, "4")
    const values = [...runs, last].map(({ outcome }) => outcome)
    expect(values).toEqual(["a 1", "b 2", "c 3", "d 4"].map((value) => ({ tag: "succeeded", value })))
  })

  it("is not heard of again once a later one has replaced it", async () => {
    const runtime = new TestRuntime()
    await runtime.start(careful, { runId: "c", input: "a" })
    const passed = await runtime.start(careful, { runId: "c", input: "b", policy: "afterFinish" })
    const last = await runtime.start(careful, { runId: "c", input: "c", policy: "replace" })
    await last.signal(word, "x")
    expect(last.outcome).toEqual({ tag: "succeeded", value: "c x" })
    expect([passed.hasBegun, passed.outcome]).toEqual([false, undefined])
  })

  it("is refused where it asked for that, or where the run is another workflow's", async () => {
    const runtime = new TestRuntime()
    await runtime.start(careful, { runId: "c", input: "a", policy: "reject" })
    const again = (policy?: "reject" | "replace") =>
      runtime.start(careful, { runId: "c", input: "a", ...(policy === undefined ? {} : { policy }) })
    await expect(again("reject")).rejects.toMatchObject({ _tag: "RunExists", runId: "c", workflow: "careful" })
    await expect(again()).rejects.toThrow(RangeError)
    const other = runtime.start(child, { runId: "c", input: "a", policy: "replace" })
    await expect(other).rejects.toMatchObject({ _tag: "RunConflict", workflow: "careful" })
    const existing: any = "existing"
    await expect(again(existing)).rejects.toThrow(/one of reject, replace.* afterFinish.* debounce, not existing/)
  })
})

describe("starts by debounce", () => {
  const begun = (run: { readonly state: (of: typeof shown) => string | undefined }) => run.state(shown)
  const debounced = (delay: Duration.Input, maxDelay?: Duration.Input) => (input: string) =>
    ({ runId: "d", input, policy: "debounce", delay, ...(maxDelay === undefined ? {} : { maxDelay }) }) as const

  it("has the last one in a window begin, when nothing has come for as long as its delay", async () => {
    const runtime = new TestRuntime()
    const input = debounced("10 seconds")
    const first = await runtime.start(careful, input("a"))
    await runtime.advance("9 seconds")
    const second = await runtime.start(careful, input("ab"))
    expect(first.outcome?.tag).toBe("cancelled")
    await runtime.advance("9 seconds")
    const third = await runtime.start(careful, input("abc"))
    await runtime.advance("9999 millis")
    expect([first, second, third].map(begun)).toEqual([undefined, undefined, undefined])
    await runtime.advance("1 millis")
    expect([first, second, third].map(begun)).toEqual([undefined, undefined, "abc"])
    expect([second.outcome?.tag, second.succeeded(book), third.timesSucceeded(book)]).toEqual(["cancelled", true, 1])
    await third.signal(word, "x")
    expect(third.outcome).toEqual({ tag: "succeeded", value: "abc x" })
  })

  it("waits no longer than maxDelay from the first of them, or ten times its delay", async () => {
    for (const [maxDelay, begins] of [
      ["25 seconds", 25],
      [undefined, 100],
      ["Infinity", undefined]
    ] as const) {
      const runtime = new TestRuntime()
      const from = runtime.now
      const begunAt: number[] = []
      let number = 0
      let last = await runtime.start(careful, debounced("10 seconds", maxDelay)("0"))
      // One every nine seconds, for as long as none has begun.
      while (begun(last) === undefined && number < 20) {
        for (let second = 0; second < 9 && begun(last) === undefined; second++) await runtime.advance("1 second")
        if (begun(last) !== undefined) begunAt.push((runtime.now - from) / 1_000)
        else last = await runtime.start(careful, debounced("10 seconds", maxDelay)(String(++number)))
      }
      expect(begunAt).toEqual(begins === undefined ? [] : [begins])
      expect(begun(last)).toBe(begins === undefined ? undefined : String(Math.floor(begins / 9)))
    }
  })

  it("comes after a run that has begun, where the last of those who wait has its window, and drops none by afterFinish", async () => {
    const runtime = new TestRuntime()
    const input = debounced("10 seconds")
    const first = await runtime.start(careful, input("a"))
    await runtime.advance("10 seconds")
    const between = await runtime.start(careful, { ...input("b"), policy: "afterFinish" })
    const passed = await runtime.start(careful, input("c"))
    const last = await runtime.start(careful, input("d"))
    await runtime.advance("1 day")
    expect([begun(first), begun(between), first.outcome]).toEqual(["a", undefined, undefined])
    await first.signal(word, "1")
    await runtime.advance("10 seconds")
    await between.signal(word, "2")
    expect(begun(last)).toBe("d")
    await last.signal(word, "3")
    expect([first, between, last].map(({ outcome }) => outcome)).toEqual(
      ["a 1", "b 2", "d 3"].map((value) => ({ tag: "succeeded", value }))
    )
    expect([passed.hasBegun, passed.outcome]).toEqual([false, undefined])
  })

  it("is refused as the client refuses it", async () => {
    const runtime = new TestRuntime()
    const start = (options: object) => runtime.start(careful, { runId: "d", input: "a", ...options })
    for (const [options, message] of [
      [{ policy: "debounce" }, /debounce has a delay/],
      [{ policy: "replace", delay: "1 second", maxDelay: "1 minute" }, /maxDelay is for starts by debounce/],
      [{ policy: "debounce", delay: "1 minute", maxDelay: "1 second" }, /no shorter than its delay/]
    ] as const)
      await expect(start(options)).rejects.toMatchObject({
        _tag: "StartInvalid",
        message: expect.stringMatching(message)
      })
    await expect(
      runtime.start(careful, { runId: "d-2", input: "a", delay: "soon" as "1 second" })
    ).rejects.toMatchObject({
      _tag: "StartInvalid"
    })
    await expect(start({ policy: "debounce", delay: "Infinity" })).rejects.toThrow(RangeError)
    expect(() => runtime.run("d")).toThrow(/there is no run d/)
  })
})

describe("whoever looks after runs", () => {
  it("terminates one: nothing is compensated, its children are cancelled, and its parent is told", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(family, { runId: "f", input: "a" })
    const middle = runtime.run("f:middle#0", middleWorkflow)
    const leaf = runtime.run("f:middle#0:careful#0", careful)
    await middle.terminate("stuck")
    await middle.terminate("twice")
    expect(middle.outcome).toEqual({ tag: "terminated", reason: "stuck" })
    expect([middle.ended, middle.timesSucceeded(notify)]).toEqual([true, 0])
    expect(leaf.outcome?.tag).toBe("cancelled")
    expect(run.outcome).toEqual({ tag: "succeeded", value: "terminated" })
    await expect(run.terminate()).rejects.toMatchObject({ _tag: "RunFinished", status: "succeeded" })
    await expect(middle.pause()).rejects.toMatchObject({ _tag: "RunFinished", status: "terminated" })
  })

  it("terminates one that is parked, or that another start waits for, which begins", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(stuck, { runId: "s", input: "now" })
    expect(run.parked).toMatch(/crypto in workflow code/)
    const next = await runtime.start(stuck, { runId: "s", input: "later", policy: "afterFinish" })
    expect(next.hasBegun).toBe(false)
    await run.terminate()
    expect([run.outcome, run.parked]).toEqual([{ tag: "terminated", reason: null }, undefined])
    expect(next).toMatchObject({ hasBegun: true, waitsFor: ["signal word"] })
    const last = await runtime.start(stuck, { runId: "s", input: "later", policy: "afterFinish" })
    await next.terminate("enough")
    expect(next.outcome).toEqual({ tag: "terminated", reason: "enough" })
    expect(last).toMatchObject({ hasBegun: true, generation: 2, waitsFor: ["signal word"] })
  })

  it("pauses one: time goes on, steps come to their ends, and what has come is handed over when it is resumed", async () => {
    for (const [sentAfter, comes] of [
      ["0 millis", "x"],
      ["2 days", "timer"]
    ] as const) {
      let tries = 0
      const bookLater = () => (++tries < 3 ? Promise.reject(new Error("away")) : "booked")
      const runtime = new TestRuntime({ steps: { book: bookLater } })
      const run = await runtime.start(waiting, { input: "a" })
      expect(tries).toBe(1)
      await run.pause()
      expect(run.isPaused).toBe(true)
      await runtime.advance(sentAfter)
      await run.signal(word, "x")
      await runtime.advance("3 days")
      expect([run.succeeded(book), run.executed(notify), run.outcome]).toEqual([true, false, undefined])
      expect(run.waitsFor).toContain("signal word")
      await run.resume()
      expect([run.isPaused, run.outcome]).toEqual([false, { tag: "succeeded", value: `booked ${comes}` }])
      await expect(run.resume()).rejects.toMatchObject({ _tag: "RunFinished" })
    }
  })

  it("has a pause end by a cancellation and by a replacement, behind what came before", async () => {
    const runtime = new TestRuntime()
    for (const end of ["cancel", "replace"] as const) {
      const run = await runtime.start(careful, { runId: end, input: "a" })
      await run.pause()
      if (end === "cancel") await run.cancel()
      else await runtime.start(careful, { runId: end, input: "b", policy: "replace" })
      expect([run.isPaused, run.outcome?.tag, run.timesSucceeded(unbook)]).toEqual([false, "cancelled", 1])
    }
    const run = await runtime.start(careful, { runId: "read", input: "a" })
    await run.pause()
    await run.signal(word, "x")
    await run.cancel()
    expect(run.outcome).toEqual({ tag: "succeeded", value: "a x" })
  })
})
