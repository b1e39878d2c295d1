import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { advance, replay } from "../../src/actor/turn.ts"
import {
  compensateWith,
  continueAsNew,
  defineSignal,
  defineStep,
  defineUpdate,
  defineWorkflow,
  updatesSettled
} from "../../src/index.ts"
import { succeeds, TestRuntime } from "../../src/testing.ts"

class TooLate extends Schema.TaggedError<TooLate>()("TooLate", { why: Schema.String }) {}

const add = defineUpdate("add", { input: Schema.Int, output: Schema.Int, error: TooLate })
const other = defineUpdate("other", { input: Schema.Void, output: Schema.Void })
const close = defineSignal("close", Schema.Void)
const work = defineStep("work", { input: Schema.Int, output: Schema.Int, run: async (n: number) => n })
const undo = defineStep("undo", { input: Schema.Int, output: Schema.Int, run: async (n: number) => n })

/** A total, to which handlers add by way of a step; negative numbers are refused, and 13 is an error of the handler. */
const totals = defineWorkflow("totals", {
  input: Schema.Void,
  output: Schema.Int,
  run: Effect.fn(function* () {
    const total = yield* Ref.make(0)
    yield* add.handle(
      Effect.fn(function* (n: number) {
        if (n === 13) return yield* new TooLate({ why: "13" })
        if (n === 14) return yield* Effect.die(new Error("14"))
        const worked = yield* work(n)
        return yield* Ref.updateAndGet(total, (before) => before + worked)
      }),
      { validate: (n) => (n < 0 ? Effect.fail(new TooLate({ why: "negative" })) : Effect.void) }
    )
    yield* close.receive
    return yield* Ref.get(total)
  })
})

const steps = { work, undo }
const begin = async (workflow: AnyWorkflow = totals as AnyWorkflow) => {
  const runtime = new TestRuntime({ steps })
  return { runtime, run: await runtime.start(workflow, { input: undefined }) }
}

describe("An update", () => {
  it("is answered by its handler, which may run steps, with a value or its typed error", async () => {
    const { run } = await begin()
    expect((await run.update(add, 2)).outcome).toEqual({ tag: "succeeded", value: 2 })
    expect((await run.update(add, 3)).outcome).toEqual({ tag: "succeeded", value: 5 })
    expect((await run.update(add, 13)).outcome).toEqual({ tag: "failed", error: new TooLate({ why: "13" }) })
    await run.signal(close, undefined)
    expect(run.outcome).toEqual({ tag: "succeeded", value: 5 })
  })

  it("that the validator refuses is set aside, and its handler does not begin", async () => {
    const { run } = await begin()
    expect((await run.update(add, -1)).outcome).toEqual({ tag: "failed", error: new TooLate({ why: "negative" }) })
    expect(run.executed(work)).toBe(false)
    expect(run.recordHistory().order).toEqual(["start", "!update/add/update-1"])
  })

  it("under the same id is one update", async () => {
    const { run } = await begin()
    expect((await run.update(add, 2, { id: "a" })).outcome).toEqual({ tag: "succeeded", value: 2 })
    expect((await run.update(add, 2, { id: "a" })).outcome).toEqual({ tag: "succeeded", value: 2 })
    await run.signal(close, undefined)
    expect(run.outcome).toEqual({ tag: "succeeded", value: 2 })
  })

  it("under the id of another, with another input, is refused as the client refuses it", async () => {
    const { run } = await begin()
    await run.update(add, 2, { id: "a" })
    await expect(run.update(add, 3, { id: "a" })).rejects.toMatchObject({ _tag: "UpdateConflict", id: "a" })
    await run.signal(close, undefined)
    expect(run.outcome).toEqual({ tag: "succeeded", value: 2 })
  })

  it("is one for all generations of its run, and answered by the one that takes it", async () => {
    const goesOn = defineWorkflow("goesOn", {
      input: Schema.Int,
      output: Schema.Void,
      run: Effect.fn(function* (generation: number) {
        yield* add.handle((n) => Effect.succeed(100 * generation + n))
        yield* close.receive
        if (generation < 2) return yield* continueAsNew(generation + 1)
      })
    })
    const runtime = new TestRuntime()
    const run = await runtime.start(goesOn, { input: 0 })
    const first = await run.update(add, 1, { id: "first" })
    await run.signal(close, undefined)
    expect(run.generation).toBe(1)
    expect((await run.update(add, 1, { id: "first" })).outcome).toEqual(first.outcome)
    const second = await run.update(add, 2)
    expect([first.outcome, second.outcome]).toEqual([
      { tag: "succeeded", value: 1 },
      { tag: "succeeded", value: 102 }
    ])
  })

  it("cannot continue as new, and says how its body can", async () => {
    const { run } = await begin(
      defineWorkflow("asksInVain", {
        input: Schema.Void,
        output: Schema.Void,
        run: () =>
          Effect.andThen(
            add.handle(() => continueAsNew(undefined)),
            close.receive
          )
      }) as AnyWorkflow
    )
    expect((await run.update(add, 1)).outcome).toMatchObject({
      tag: "died",
      defect: { reason: "died", message: expect.stringContaining("only the body can") }
    })
    expect(run.generation).toBe(0)
  })

  it("whose handler dies fails alone, and the run goes on", async () => {
    const { run } = await begin()
    expect((await run.update(add, 14)).outcome).toMatchObject({
      tag: "died",
      defect: { reason: "died", message: expect.stringContaining("14"), cause: { message: "14" } }
    })
    expect((await run.update(add, 1)).outcome).toEqual({ tag: "succeeded", value: 1 })
  })

  it("that nobody handles is told so at once", async () => {
    const { run } = await begin()
    expect((await run.update(other, undefined)).outcome).toMatchObject({
      tag: "died",
      defect: { reason: "noHandler", message: expect.stringContaining("it takes add") }
    })
  })

  it("whose input the code of today does not read is told so, and parks nothing", async () => {
    const { run } = await begin()
    const asText = defineUpdate("add", { input: Schema.String, output: Schema.Int })
    expect((await run.update(asText, "two")).outcome).toMatchObject({ tag: "died", defect: { reason: "invalidInput" } })
    expect(run.parked).toBeUndefined()
  })

  it("whose answer does not fit its schema is told so", async () => {
    const { run } = await begin(
      defineWorkflow("misfits", {
        input: Schema.Void,
        output: Schema.Void,
        run: () =>
          Effect.andThen(
            add.handle((n) => Effect.succeed(n + 0.5)),
            close.receive
          )
      }) as AnyWorkflow
    )
    expect((await run.update(add, 1)).outcome).toMatchObject({ tag: "died", defect: { reason: "invalidAnswer" } })
  })
})

describe("Several updates", () => {
  it("are under way at a time, each with its own answer", async () => {
    const slow = defineWorkflow("slow", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) => Effect.as(Effect.sleep(n * 1_000), n))
        yield* close.receive
      })
    })
    const { run, runtime } = await begin(slow as AnyWorkflow)
    const [three, one] = [await run.update(add, 3), await run.update(add, 1)]
    expect([three.outcome, one.outcome]).toEqual([undefined, undefined])
    await runtime.advance("1 second")
    expect([three.outcome, one.outcome]).toEqual([undefined, { tag: "succeeded", value: 1 }])
    await runtime.advance("2 seconds")
    expect(three.outcome).toEqual({ tag: "succeeded", value: 3 })
  })

  it("begin in the order in which they were sent, and go one by one where the body says so", async () => {
    const order: Array<string> = []
    const oneByOne = defineWorkflow("oneByOne", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        const one = yield* Semaphore.make(1)
        yield* add.handle((n, { id }) =>
          Effect.gen(function* () {
            order.push(`${id} begins`)
            yield* Effect.sleep(1_000 / n)
            order.push(`${id} ends`)
            return n
          }).pipe(one.withPermits(1))
        )
        yield* close.receive
      })
    })
    const { run, runtime } = await begin(oneByOne as AnyWorkflow)
    for (const [n, id] of [
      [1, "a"],
      [4, "b"],
      [2, "c"]
    ] as const)
      await run.update(add, n, { id })
    await runtime.advance("3 seconds")
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"])
  })

  it("let the body go on by what they bring", async () => {
    const waits = defineWorkflow("waits", {
      input: Schema.Void,
      output: Schema.Int,
      run: Effect.fn(function* () {
        const given = yield* Deferred.make<number>()
        yield* add.handle((n) => Effect.as(Deferred.succeed(given, n), n * 2))
        return yield* Deferred.await(given)
      })
    })
    const { run } = await begin(waits as AnyWorkflow)
    expect(run.parked).toBeUndefined()
    expect(run.waitsFor).toEqual(["update add"])
    expect(run.waitingFor).toEqual([{ kind: "update", name: "add" }])
    expect((await run.update(add, 4)).outcome).toEqual({ tag: "succeeded", value: 8 })
    expect(run.outcome).toEqual({ tag: "succeeded", value: 4 })
  })

  it("of a name go to the handler that was named last", async () => {
    const changes = defineWorkflow("changes", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) => Effect.succeed(n))
        yield* close.receive
        yield* add.handle((n) => Effect.succeed(-n))
        yield* close.receive
      })
    })
    const { run } = await begin(changes as AnyWorkflow)
    expect((await run.update(add, 1)).outcome).toEqual({ tag: "succeeded", value: 1 })
    await run.signal(close, undefined)
    expect((await run.update(add, 1)).outcome).toEqual({ tag: "succeeded", value: -1 })
  })
})

describe("The end of a run", () => {
  const sleeper = (settles: boolean, ended: Array<string> = []) =>
    defineWorkflow("sleeper", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) =>
          Effect.as(Effect.sleep("1 hour"), n).pipe(
            Effect.onExit((exit) => Effect.sync(() => void ended.push(exit._tag)))
          )
        )
        yield* close.receive
        if (settles) yield* updatesSettled
      })
    }) as AnyWorkflow

  it("interrupts what is under way, which is told so", async () => {
    const ended: Array<string> = []
    const { run } = await begin(sleeper(false, ended))
    const update = await run.update(add, 1)
    await run.signal(close, undefined)
    expect(run.outcome).toMatchObject({ tag: "succeeded" })
    expect(update.outcome).toMatchObject({ tag: "died", defect: { reason: "runEnded" } })
    expect(ended).toEqual(["Failure"])
  })

  it("waits for what is under way where the body asks for it", async () => {
    const { run, runtime } = await begin(sleeper(true))
    const update = await run.update(add, 1)
    await run.signal(close, undefined)
    expect(run.outcome).toBeUndefined()
    await runtime.advance("1 hour")
    expect(update.outcome).toEqual({ tag: "succeeded", value: 1 })
    expect(run.outcome).toMatchObject({ tag: "succeeded" })
  })

  it("comes with that of the fibers that it forked: until then handlers go on, and may be what these wait for", async () => {
    const forks = defineWorkflow("forks", {
      input: Schema.Void,
      output: Schema.String,
      run: Effect.fn(function* () {
        const given = yield* Deferred.make<void>()
        yield* add.handle((n) =>
          Effect.as(Effect.sleep("1 hour"), n).pipe(
            Effect.tap(() => (n === 2 ? Deferred.succeed(given, undefined) : Effect.void))
          )
        )
        yield* Effect.forkChild(Effect.uninterruptible(Deferred.await(given)), { startImmediately: true })
        yield* close.receive
        return "through"
      })
    })
    const { run, runtime } = await begin(forks as AnyWorkflow)
    const first = await run.update(add, 1)
    await run.signal(close, undefined)
    expect(run.outcome).toBeUndefined()
    await runtime.advance("30 minutes")
    const second = await run.update(add, 2)
    await runtime.advance("15 minutes")
    const third = await run.update(add, 3)
    await runtime.advance("15 minutes")
    expect(first.outcome).toEqual({ tag: "succeeded", value: 1 })
    expect(run.outcome).toBeUndefined()
    await runtime.advance("30 minutes")
    expect(second.outcome).toEqual({ tag: "succeeded", value: 2 })
    expect(third.outcome).toMatchObject({ tag: "died", defect: { reason: "runEnded" } })
    expect(run.outcome).toEqual({ tag: "succeeded", value: "through" })
  })

  it.each([
    ["before it first waits", Effect.void],
    ["later", Effect.sleep("1 second")]
  ])("by what a handler brings %s lets it go on until it waits, and then interrupts it", async (_, first) => {
    const order: Array<string> = []
    const note = (what: string) => Effect.sync(() => void order.push(what))
    const gives = defineWorkflow("gives", {
      input: Schema.Void,
      output: Schema.Int,
      run: Effect.fn(function* () {
        const given = yield* Deferred.make<number>()
        yield* add.handle(
          Effect.fn(function* (n: number) {
            yield* first
            yield* Deferred.succeed(given, n)
            yield* note("goes on")
            if (n > 0) yield* Effect.sleep("1 hour").pipe(Effect.ensuring(note("finalizer")))
            return n
          })
        )
        yield* Effect.addFinalizer(() => note("the run's own"))
        return yield* Deferred.await(given)
      })
    })
    const { run: answering, runtime } = await begin(gives as AnyWorkflow)
    const answered = await answering.update(add, 0)
    await runtime.advance("1 second")
    expect(answering.outcome).toEqual({ tag: "succeeded", value: 0 })
    expect(answered.outcome).toEqual({ tag: "succeeded", value: 0 })
    expect(order.splice(0)).toEqual(["goes on", "the run's own"])

    const { run, runtime: again } = await begin(gives as AnyWorkflow)
    const update = await run.update(add, 1)
    await again.advance("1 second")
    expect(run.outcome).toEqual({ tag: "succeeded", value: 1 })
    expect(update.outcome).toMatchObject({
      tag: "died",
      defect: { reason: "runEnded", message: "the run ended while update add was under way" }
    })
    expect(order).toEqual(["goes on", "finalizer", "the run's own"])
  })

  it("waits for the handler, too, that lets the body ask for it before it first waits", async () => {
    const gives = defineWorkflow("givesAndSettles", {
      input: Schema.Void,
      output: Schema.Int,
      run: Effect.fn(function* () {
        const given = yield* Deferred.make<number>()
        yield* add.handle((n) => Effect.as(Effect.andThen(Deferred.succeed(given, n), Effect.sleep("1 hour")), n))
        const n = yield* Deferred.await(given)
        yield* updatesSettled
        return n
      })
    })
    const { run, runtime } = await begin(gives as AnyWorkflow)
    const update = await run.update(add, 1)
    expect(run.outcome).toBeUndefined()
    await runtime.advance("1 hour")
    expect(update.outcome).toEqual({ tag: "succeeded", value: 1 })
    expect(run.outcome).toEqual({ tag: "succeeded", value: 1 })
  })

  it("by a cancellation does so too, finalizers of handlers first and compensations after them", async () => {
    const order: Array<string> = []
    const note = (what: string) => Effect.sync(() => void order.push(what))
    const compensated = defineWorkflow("compensated", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* work(1).pipe(compensateWith(() => Effect.andThen(note("compensation"), Effect.ignore(undo(1)))))
        yield* add.handle((n) =>
          Effect.as(Effect.sleep("1 hour"), n).pipe(
            Effect.ensuring(Effect.andThen(Effect.ignore(undo(2)), note("handler")))
          )
        )
        yield* close.receive.pipe(Effect.ensuring(note("body")))
      })
    })
    const { run } = await begin(compensated as AnyWorkflow)
    const update = await run.update(add, 1)
    await run.cancel()
    expect(run.cancelled).toBe(true)
    expect(order).toEqual(["body", "handler", "compensation"])
    expect(update.outcome).toMatchObject({ tag: "died", defect: { reason: "runEnded" } })
  })

  it("in compensation: what comes then is told that the run is ending", async () => {
    const slowly = defineWorkflow("slowly", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) => Effect.succeed(n))
        yield* work(1).pipe(compensateWith(() => Effect.sleep("1 hour")))
        yield* close.receive
      })
    })
    const { run, runtime } = await begin(slowly as AnyWorkflow)
    await run.cancel()
    expect(run.outcome).toBeUndefined()
    expect((await run.update(add, 1)).outcome).toMatchObject({ tag: "died", defect: { reason: "runEnded" } })
    await runtime.advance("1 hour")
    expect(run.cancelled).toBe(true)
    // Now it is over, and says what the client says; what was answered before is asked for as ever.
    await expect(run.update(add, 1)).rejects.toMatchObject({ _tag: "RunFinished", status: "cancelled" })
  })

  it("by a defect does so, too", async () => {
    const dies = defineWorkflow("dies", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) => Effect.as(Effect.sleep("1 hour"), n))
        yield* close.receive
        yield* Effect.die(new Error("no"))
      })
    })
    const { run } = await begin(dies as AnyWorkflow)
    const update = await run.update(add, 1)
    await run.signal(close, undefined)
    expect(run.outcome).toMatchObject({ tag: "died" })
    expect(update.outcome).toMatchObject({ tag: "died", defect: { reason: "runEnded" } })
  })
})

describe("A validator", () => {
  const validated = (validate: (n: number) => Effect.Effect<unknown, TooLate>) =>
    defineWorkflow("validated", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) => Effect.succeed(n), { validate })
        yield* close.receive
      })
    }) as AnyWorkflow

  it("that waits for something is told that it may not", async () => {
    const { run } = await begin(validated(() => Effect.sleep("1 hour")))
    expect((await run.update(add, 1)).outcome).toMatchObject({
      tag: "died",
      defect: { reason: "died", message: expect.stringContaining("it must answer at once") }
    })
    expect(run.waitsFor).toEqual(["signal close", "update add"])
  })

  it("that yields, or dies, or answers with no Effect, does so for its update alone", async () => {
    const yields = await begin(
      validated(() =>
        Effect.andThen(Effect.yieldNow, Effect.all([Effect.yieldNow, Effect.yieldNow], { concurrency: 2 }))
      )
    )
    expect((await yields.run.update(add, 1)).outcome).toEqual({ tag: "succeeded", value: 1 })
    const dies = await begin(validated(() => Effect.die(new Error("oh"))))
    expect((await dies.run.update(add, 1)).outcome).toMatchObject({
      tag: "died",
      defect: { reason: "died", message: "the validator of update add died: Error: oh" }
    })
    const none = await begin(validated((() => undefined) as never))
    expect((await none.run.update(add, 1)).outcome).toMatchObject({
      tag: "died",
      defect: { message: expect.stringContaining("answers with no Effect") }
    })
    expect(none.run.parked).toBeUndefined()
  })
})

describe("A definition", () => {
  it("that is wrong throws", () => {
    const options = { input: Schema.Int, output: Schema.Int }
    expect(() => defineUpdate("a/b", options)).toThrow(/update name "a\/b"/)
    expect(() => defineUpdate("a", { ...options, errors: TooLate } as never)).toThrow(/update a has no option "errors"/)
    expect(() => defineUpdate("a", { input: Schema.Int } as never)).toThrow(/update a: output is undefined/)
    expect(() => add.handle(undefined as never)).toThrow(/update add: its handler is no function/)
    expect(() => add.handle((n) => Effect.succeed(n), { validator: 1 } as never)).toThrow(/no option "validator"/)
  })

  it("is handled outside of a run", async () => {
    const exit = await Effect.runPromiseExit(add.handle((n) => Effect.succeed(n)) as Effect.Effect<void>)
    expect(String(exit)).toContain("update add outside of a run")
  })
})

describe("A replay", () => {
  const start: Message = {
    kind: "start",
    at: 1_000,
    workflow: "totals",
    definitionVersion: "1",
    fingerprint: "f",
    input: { json: "null" }
  }
  const update = (id: string, n: number, at = 2_000): Message => ({
    kind: "update",
    at,
    name: "add",
    id,
    payload: { json: String(n) }
  })
  const recorded = (workflow: AnyWorkflow, messages: ReadonlyArray<Message>) => {
    const live = new Actor({ workflow, runId: "r" })
    const { history } = advance(live, [start, ...messages])
    const rows = new Map([start, ...messages].map((message) => [messageKey(message), message]))
    return { live, again: (code: AnyWorkflow) => replay({ workflow: code, runId: "r" }, history, rows), history }
  }
  const handling = (validate?: (n: number) => Effect.Effect<unknown, TooLate>) =>
    defineWorkflow("totals", {
      input: Schema.Void,
      output: Schema.Void,
      run: Effect.fn(function* () {
        yield* add.handle((n) => work(n), validate === undefined ? {} : { validate })
        yield* close.receive
      })
    }) as AnyWorkflow
  const refusing = handling(() => Effect.fail(new TooLate({ why: "always" })))

  it("comes to the same commands, and answers nobody again", () => {
    const { again, history, live } = recorded(totals as AnyWorkflow, [update("a", 1), update("b", -1), update("c", 2)])
    expect(history.order).toEqual(["start", "update/add/a", "!update/add/b", "update/add/c"])
    expect(live.updates.takeReplies().map(({ id, outcome }) => [id, outcome.tag])).toEqual([["b", "failed"]])
    const actor = again(totals as AnyWorkflow)
    expect(actor.parked).toBeUndefined()
    expect(actor.ledger.openRecords()).toEqual(live.ledger.openRecords())
    expect(actor.updates.takeReplies()).toEqual([])
    expect(actor.point).toBe(live.point)
  })

  it("goes by what was said when an update came, whatever the validator of today says", () => {
    const accepted = recorded(handling(), [update("a", 1)])
    expect(accepted.again(refusing).parked).toBeUndefined()
    const refused = recorded(refusing, [update("a", 1)])
    const actor = refused.again(handling())
    expect(actor.parked).toBeUndefined()
    expect(actor.ledger.openRecords()).toEqual([])
  })

  it("of code without the handler says so", () => {
    const without = defineWorkflow("totals", { input: Schema.Void, output: Schema.Void, run: () => close.receive })
    const { again } = recorded(handling(), [update("a", 1)])
    expect(again(without as AnyWorkflow).parked).toMatchObject({
      _tag: "NonDeterminismError",
      command: "update add",
      message: expect.stringContaining("no handler for it at this point")
    })
    // Nobody had taken it in any case.
    expect(recorded(refusing, [update("a", 1)]).again(without as AnyWorkflow).parked).toBeUndefined()
  })

  it("of code that reads another input says so", () => {
    const asText = defineUpdate("add", { input: Schema.String, output: Schema.Int })
    const other = defineWorkflow("totals", {
      input: Schema.Void,
      output: Schema.Void,
      run: () =>
        Effect.andThen(
          asText.handle(() => Effect.succeed(1)),
          close.receive
        )
    })
    const { again } = recorded(handling(), [update("a", 1)])
    expect(again(other as AnyWorkflow).parked).toMatchObject({ _tag: "PayloadUnreadable", row: "update/add/a" })
  })

  it("of an update that came as the run ended by its timer has it set aside", () => {
    const ends = defineWorkflow("totals", {
      input: Schema.Void,
      output: Schema.Void,
      run: () =>
        Effect.andThen(
          add.handle((n) => Effect.succeed(n)),
          Effect.sleep("1 second")
        )
    }) as AnyWorkflow
    const { again, history, live } = recorded(ends, [update("a", 1, 5_000)])
    expect(history.order).toEqual(["start", "!update/add/a"])
    expect(live.outcome?.tag).toBe("succeeded")
    expect(live.updates.takeReplies()).toEqual([])
    expect(again(ends).outcome?.tag).toBe("succeeded")
  })
})

it("Stand-ins answer in handlers as in bodies", async () => {
  const runtime = new TestRuntime({ steps: { work: succeeds(40) } })
  const run = await runtime.start(totals, { input: undefined })
  expect((await run.update(add, 2)).outcome).toEqual({ tag: "succeeded", value: 40 })
})
