import {
  callback,
  compensateWith,
  continueAsNew,
  defineCallback,
  defineLimit,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  setTags,
  sleepUntil
} from "dynactor"
import { replayHistory, type TestRun, TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const text = { input: Schema.String, output: Schema.String }
const go = defineSignal("go", Schema.String)

/** Steps that note the keys of their executions, and fail as long as they are told to. */
const openShop = () => {
  const executed: Array<string> = []
  const broken = new Set<string>()
  const step = (name: string) =>
    defineStep(name, {
      ...text,
      retry: { attempts: 3, initial: "1 minute" },
      run: async (input, { idempotencyKey }) => {
        executed.push(idempotencyKey)
        if (broken.has(name)) throw new Error(`${name} is closed`)
        return `${name} of ${input}`
      }
    })
  const [book, store, unbook] = [step("book"), step("store"), step("unbook")]
  /** Books, waits for a word, and stores. */
  const order = defineWorkflow("order", {
    ...text,
    run: Effect.fn(function* (item) {
      const booked = yield* book(item)
      const word = yield* go.receive
      return `${yield* store(`${word}, ${booked}`)}`
    })
  })
  const careful = defineWorkflow("careful", {
    ...text,
    run: (item) => Effect.flatMap(book(item).pipe(compensateWith(unbook)), store)
  })
  return { broken, careful, executed, order, runtime: new TestRuntime({ steps: { book, store, unbook } }), store }
}

const outcomeOf = ({ outcome }: TestRun) =>
  outcome === undefined ? "open" : outcome.tag === "succeeded" ? outcome.value : outcome.tag

describe("a run of a TestRuntime that is retried", () => {
  it("goes on from the step that has failed for good: what has succeeded is not run again", async () => {
    const { broken, executed, order, runtime } = openShop()
    broken.add("store")
    const run = await runtime.start(order, { runId: "r", input: "bike", tags: { shelf: "3" } })
    await run.signal(go, "pay")
    await runtime.advance("1 hour")
    expect(outcomeOf(run)).toBe("died")
    expect(executed).toEqual(["r/book#0", "r/store#0", "r/store#0", "r/store#0"])
    const plan = await run.retry({ dryRun: true })
    expect(plan).toMatchObject({
      how: "retry",
      isNew: false,
      at: 3,
      dropped: ["step/store#0"],
      asked: ["step/store#0"]
    })
    expect([run.generation, run.outcome?.tag]).toEqual([0, "died"])

    broken.clear()
    const repair = await run.retry({ reason: "it is open" })
    expect(repair).toMatchObject({ how: "retry", runId: "r", generation: 1, isNew: true, at: 3, again: [] })
    expect(run).toMatchObject({ generation: 1, outcome: { tag: "succeeded", value: "store of pay, book of bike" } })
    // Under the key that it had: it may have taken effect half-way.
    expect(executed.slice(4)).toEqual(["r/store#0"])
    expect(run.steps.map(({ executions, generation, key }) => [key, generation, executions])).toEqual([
      ["book#0", 0, 1],
      ["store#0", 0, 3],
      ["store#0", 1, 1]
    ])
    expect(run.tags).toEqual({ shelf: "3" })
    expect(run.story).toContain("as a retry of r at message 3")
    expect(replayHistory(order, run.recordHistory())).toMatchObject({ outcome: "same", messages: 4 })
  })

  it("is done once under a request id, at the same time as well, and another request under it is refused", async () => {
    const { broken, order, runtime } = openShop()
    broken.add("store")
    const run = await runtime.start(order, { runId: "r", input: "bike" })
    await run.signal(go, "pay")
    await runtime.advance("1 hour")
    broken.clear()
    const asked = await Promise.all(["once", "once", "once"].map((requestId) => run.retry({ requestId })))
    expect(asked.map(({ generation, isNew }) => [generation, isNew])).toEqual([
      [1, true],
      [1, false],
      [1, false]
    ])
    await expect(run.reset({ at: 1, requestId: "once" })).rejects.toMatchObject({ _tag: "RepairInvalid" })
    await expect(run.retry({ requestId: "" })).rejects.toMatchObject({ _tag: "RepairInvalid" })
    expect(run.generation).toBe(1)
  })

  it("is refused with the client's reasons", async () => {
    const { order, runtime } = openShop()
    const run = await runtime.start(order, { runId: "r", input: "bike" })
    const refused = (reason: string) => ({ _tag: "RepairRefused", runId: "r", reason })
    await expect(run.retry()).rejects.toMatchObject(refused("status"))
    await expect(run.reset({ at: 9 })).rejects.toMatchObject(refused("message"))
    await expect(run.reset({ at: "step/none#0" })).rejects.toMatchObject(refused("message"))
    const outcomes = { "step/none#0": { succeeded: "x" } }
    await expect(run.fork({ at: 2, outcomes })).rejects.toMatchObject(refused("outcomes"))
    await expect(run.fork({ at: 2, outcomes: { "step/book#0": { succeeded: 7 } } })).rejects.toMatchObject(
      refused("code")
    )
    await expect(run.fork({ at: 1, runId: "r" })).rejects.toMatchObject({ _tag: "RunConflict" })
    await expect(run.fork({ at: 1, runId: "" })).rejects.toMatchObject({ _tag: "RunIdInvalid" })
    await run.signal(go, "pay")
    await expect(run.retry()).rejects.toMatchObject(refused("status"))
    expect(run.generation).toBe(0)
  })

  it("says what its compensations have undone, and runs it once more or counts it as done", async () => {
    const { broken, careful, executed, runtime } = openShop()
    broken.add("store")
    const runs = [
      await runtime.start(careful, { runId: "rerun", input: "a" }),
      await runtime.start(careful, { runId: "keep", input: "b" })
    ] as const
    await runtime.advance("1 hour")
    broken.clear()
    await expect(runs[0].retry()).rejects.toMatchObject({ reason: "compensated", keys: ["step/unbook#0"] })
    await runs[0].retry({ compensated: "rerun" })
    await runs[1].retry({ compensated: "keep" })
    expect(runs.map(outcomeOf)).toEqual(["store of book of a", "store of book of b"])
    expect(executed.filter((key) => key.endsWith("/book#0"))).toEqual(["rerun/book#0", "keep/book#0", "rerun^1/book#0"])
  })

  it("is the start that it was, whatever came before that", async () => {
    const { broken, order, runtime } = openShop()
    const first = await runtime.start(order, { runId: "r", input: "old" })
    const second = await runtime.start(order, { runId: "r", input: "new", policy: "replace" })
    broken.add("store")
    await second.signal(go, "pay")
    await runtime.advance("1 hour")
    broken.clear()
    await second.retry()
    expect([first, second].map(outcomeOf)).toEqual(["cancelled", "store of pay, book of new"])
    expect([first.generation, second.generation]).toEqual([0, 2])
  })

  it("hands over once more what came for it: an update that nobody had answered is answered", async () => {
    const ask = defineUpdate("ask", text)
    const { broken, runtime, store } = openShop()
    const asked = defineWorkflow("asked", {
      ...text,
      run: Effect.fn(function* (item) {
        yield* ask.handle((question) => Effect.map(go.receive, (word) => `${question} ${word}`))
        return yield* store(item)
      })
    })
    broken.add("store")
    const run = await runtime.start(asked, { input: "bike" })
    const update = await run.update(ask, "where?")
    await runtime.advance("1 hour")
    expect(update.outcome).toMatchObject({ tag: "died", defect: { reason: "runEnded" } })
    await run.retry()
    expect(update.outcome).toBeUndefined()
    await run.signal(go, "here")
    expect(update.outcome).toEqual({ tag: "succeeded", value: "where? here" })
  })
})

describe("a run of a TestRuntime that is reset", () => {
  it("runs what was dropped under new keys, and has what was sent to it", async () => {
    const { executed, order, runtime } = openShop()
    const run = await runtime.start(order, { runId: "r", input: "bike" })
    await run.signal(go, "pay")
    expect(outcomeOf(run)).toBe("store of pay, book of bike")
    const reset = await run.reset({ at: "step/book#0", reason: "the wrong bike" })
    expect(reset).toMatchObject({ how: "reset", generation: 1, again: ["book#0", "store#0"] })
    expect(outcomeOf(run)).toBe("store of pay, book of bike")
    expect(executed).toEqual(["r/book#0", "r/store#0", "r^1/book#0", "r^1/store#0"])
  })

  it("drops attempts that were to come, also while it is paused, and keeps what has come for it", async () => {
    const { broken, executed, order, runtime } = openShop()
    broken.add("book")
    const run = await runtime.start(order, { runId: "r", input: "bike" })
    await run.pause()
    await run.signal(go, "pay")
    broken.clear()
    await run.reset({ at: 1 })
    expect(run.isPaused).toBe(false)
    expect(outcomeOf(run)).toBe("store of pay, book of bike")
    await runtime.advance("1 day")
    expect(executed).toEqual(["r/book#0", "r/book#0", "r/store#0"])
  })

  it("is one that is parked as well, and has what came since", async () => {
    let isOff = true
    const parking = defineWorkflow("parking", {
      ...text,
      run: Effect.fn(function* (item) {
        if (isOff) yield* Effect.promise(() => fetch("https://example.com"))
        return `${item} ${yield* go.receive}`
      })
    })
    const waits = defineStep("waits", { ...text, run: async (input) => input })
    const late = defineWorkflow("late", {
      ...text,
      run: (item) => Effect.flatMap(waits(item), (done) => parkingBody(done))
    })
    const parkingBody = (item: string) => parking.body(item) as Effect.Effect<string>
    const runtime = new TestRuntime({ steps: { waits } })
    const run = await runtime.start(late, { input: "bike" })
    expect(run.parked).toBeDefined()
    await run.signal(go, "pay")
    isOff = false
    await run.reset({ at: 1 })
    expect([run.parked, outcomeOf(run)]).toEqual([undefined, "bike pay"])
  })

  it("has timers with as much time left as they had, but for those of a fixed moment", async () => {
    const runtime = new TestRuntime()
    const moment = runtime.now + 5 * 3_600_000
    const sleeps = defineWorkflow("sleeps", {
      ...text,
      run: (item) => Effect.as(Effect.all([Effect.sleep("4 hours"), sleepUntil(moment), go.receive], together), item)
    })
    const run = await runtime.start(sleeps, { input: "bike" })
    const left = () =>
      run.waitingFor.flatMap((one) => (one.kind === "timer" ? [(one.due.getTime() - runtime.now) / 3_600_000] : []))
    expect(left()).toEqual([4, 5])
    await runtime.advance("3 hours")
    expect(left()).toEqual([1, 2])
    await run.reset({ at: 1 })
    expect(left()).toEqual([4, 2])
    await run.signal(go, "x")
    await runtime.advance("3 hours")
    expect(outcomeOf(run)).toBe("open")
    await runtime.advance("1 hour")
    expect(outcomeOf(run)).toBe("bike")
  })

  it("cancels the child runs that it drops, but for those that go on without it, and its own parent is told one end", async () => {
    const child = defineWorkflow("child", { ...text, run: () => go.receive })
    const middle = defineWorkflow("middle", {
      ...text,
      run: Effect.fn(function* (item) {
        const dropped = yield* child.start(item)
        yield* child.start(item, { whenParentEnds: "abandon" })
        return yield* Effect.orDie(dropped.await)
      })
    })
    const parent = defineWorkflow("parent", { ...text, run: (item) => Effect.orDie(middle.child(item)) })
    const runtime = new TestRuntime()
    const run = await runtime.start(parent, { runId: "p", input: "bike" })
    const between = runtime.run("p:middle#0", middle)
    await expect(between.reset({ at: 1 })).rejects.toMatchObject({ reason: "open" })
    await between.reset({ at: 1, children: "again" })
    const ends = () => between.children.map(outcomeOf)
    expect(ends()).toEqual(["cancelled", "open", "open", "open"])
    expect(outcomeOf(run)).toBe("open")
    const again = between.children[2] as TestRun
    await again.signal(go, "pay")
    expect([run, between].map(outcomeOf)).toEqual(["pay", "pay"])
    expect(run.story.match(/child run middle#0 succeeds/g)).toHaveLength(1)
  })

  it("has no callback that was open, and another one where it comes to it again", async () => {
    const approval = defineCallback("approval", { payload: Schema.String })
    const approved = defineWorkflow("approved", {
      ...text,
      run: Effect.fn(function* (item) {
        yield* Effect.sleep("1 hour")
        const opened = yield* callback(approval)
        return `${item} ${yield* Effect.orDie(opened.receive)}`
      })
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(approved, { input: "bike" })
    await runtime.advance("1 hour")
    const [before] = run.callbacks
    const all = run.recordHistory().order.length
    await expect(run.reset({ at: all })).rejects.toMatchObject({ reason: "open", keys: ["callback/approval#0"] })
    await run.reset({ at: 1 })
    expect(run.callbacks).toEqual([])
    await runtime.advance("1 hour")
    const [after] = run.callbacks
    expect(after?.token).not.toBe(before?.token)
    await expect(runtime.completeCallback(before?.token ?? "", "no")).rejects.toMatchObject({ _tag: "CallbackClosed" })
    await runtime.completeCallback(after?.token ?? "", "yes")
    expect(outcomeOf(run)).toBe("bike yes")
  })
})

const together = { concurrency: "unbounded" } as const

describe("a run of a TestRuntime that is forked", () => {
  it("is left as it is, and the other one goes on with other outcomes, under keys of its own", async () => {
    const { executed, order, runtime } = openShop()
    const run = await runtime.start(order, { runId: "r", input: "bike", tags: { shelf: "3" } })
    await run.signal(go, "pay")
    const outcomes = { "step/book#0": { succeeded: "booked by hand" } }
    expect(await run.fork({ at: 3, outcomes, dryRun: true })).toMatchObject({ isNew: false, asked: ["step/store#0"] })
    const fork = await run.fork({ at: 3, outcomes, runId: "f" })
    expect(fork).toMatchObject({ how: "fork", runId: "f", generation: 0, isNew: true })
    expect(await run.fork({ at: 3, outcomes, runId: "f" })).toMatchObject({ isNew: false })
    const other = runtime.run("f", order)
    expect([run, other].map(outcomeOf)).toEqual(["store of pay, book of bike", "store of pay, booked by hand"])
    expect(executed).toEqual(["r/book#0", "r/store#0", "f/store#0"])
    expect(other).toMatchObject({ input: "bike", tags: { shelf: "3" }, generation: 0 })
    expect(other.steps.map(({ key }) => key)).toEqual(["store#0"])
    await expect(run.fork({ at: 2, runId: "f" })).rejects.toMatchObject({ _tag: "RunConflict" })
  })

  it("goes on while it is under way, and so does the other one; each has an id of its own", async () => {
    const { executed, order, runtime } = openShop()
    const run = await runtime.start(order, { runId: "r", input: "bike" })
    const forks = await Promise.all([run.fork({ at: 2 }), run.fork({ at: 1 })])
    const others = forks.map(({ runId }) => runtime.run(runId, order))
    expect(new Set(["r", ...forks.map(({ runId }) => runId)]).size).toBe(3)
    expect(run.waitsFor).toEqual(["signal go"])
    await others[0]?.signal(go, "gold")
    await run.signal(go, "pay")
    expect([run, ...others].map(outcomeOf)).toEqual([
      "store of pay, book of bike",
      "store of gold, book of bike",
      "open"
    ])
    expect(executed.filter((key) => key.endsWith("book#0"))).toHaveLength(2)
  })

  it("is an earlier generation, where that is said", async () => {
    const rounds = defineWorkflow("rounds", {
      ...text,
      run: Effect.fn(function* (round): Effect.fn.Return<string, never, any> {
        const word = yield* go.receive
        return word === "next" ? yield* continueAsNew(`${round}+`) : `${round} ${word}`
      })
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(rounds, { runId: "r", input: "a" })
    await run.signal(go, "next")
    const { runId } = await run.fork({ at: 1, generation: 0 })
    await runtime.run(runId).signal(go, "end")
    await run.signal(go, "end")
    expect([run, runtime.run(runId)].map(outcomeOf)).toEqual(["a+ end", "a end"])
  })
})

describe("beside repairs in a TestRuntime", () => {
  it("a place of a limit is held from where the run goes on, and nobody else is given one before there is", async () => {
    const one = defineLimit("one", { concurrency: 1 })
    const { broken, runtime, store } = openShop()
    const limited = defineWorkflow("limited", {
      ...text,
      limits: [{ limit: one, key: () => "all" }],
      run: (item) => Effect.andThen(store(item), go.receive)
    })
    broken.add("store")
    const first = await runtime.start(limited, { input: "a" })
    await runtime.advance("1 hour")
    broken.clear()
    const second = await runtime.start(limited, { input: "b" })
    await first.retry()
    const third = await runtime.start(limited, { input: "c" })
    const waits = () => [first, second, third].map(({ waitingFor }) => waitingFor[0]?.kind)
    expect(waits()).toEqual(["signal", "signal", "limit"])
    await second.signal(go, "x")
    expect(waits()).toEqual(["signal", undefined, "limit"])
    await first.signal(go, "x")
    expect(waits()).toEqual([undefined, undefined, "signal"])
    // A reset gives back what was held behind its message.
    await third.reset({ at: 1 })
    expect(waits()).toEqual([undefined, undefined, "signal"])
    await third.signal(go, "x")
    expect(outcomeOf(third)).toBe("x")
  })

  it("state, tags and streams are those of the run as it goes on, and of one that continues as new", async () => {
    const shown = defineState("shown", Schema.String)
    const words = defineStream("words", Schema.String)
    const say = defineStep("say", {
      ...text,
      run: async (input, { emit }) => {
        await emit(words, `said ${input}`)
        return input
      }
    })
    const talks = defineWorkflow("talks", {
      ...text,
      run: Effect.fn(function* (item): Effect.fn.Return<string, never, any> {
        yield* words.emit(item)
        yield* shown.set(item)
        yield* setTags({ item })
        yield* say(item)
        const word = yield* go.receive
        if (word === "next") return yield* continueAsNew(`${item}+`)
        yield* words.emit(word)
        yield* shown.set(word)
        return word
      })
    })
    const runtime = new TestRuntime({ steps: { say } })
    const run = await runtime.start(talks, { input: "a" })
    const seen = () => [run.state(shown), run.tags.item, run.emitted(words)]
    expect(seen()).toEqual(["a", "a", ["a", "said a"]])
    await run.signal(go, "next")
    expect(seen()).toEqual(["a+", "a+", ["a", "said a", "a+", "said a+"]])
    await run.signal(go, "bye")
    expect(seen()).toEqual(["bye", "a+", ["a", "said a", "a+", "said a+", "bye"]])
    // Another start of the run, by which its streams go: what the kept part of the body has emitted is in them.
    await run.reset({ at: "step/say#0" })
    expect(seen()).toEqual(["bye", "a+", ["a+", "said a+", "bye"]])
    // Of a step that it keeps the other run has nothing in its streams.
    const { runId } = await run.fork({ generation: 1, at: 2 })
    const other = runtime.run(runId, talks)
    expect([other.state(shown), other.tags.item, other.emitted(words)]).toEqual(["a+", "a+", ["a+"]])
  })
})
