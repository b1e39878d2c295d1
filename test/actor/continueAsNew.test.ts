import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { Continuation } from "../../src/actor/history/continuation.ts"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { replay } from "../../src/actor/turn.ts"
import { compensateWith, continueAsNew, defineWorkflow, historyLength, Run, randomUuid } from "../../src/index.ts"
import { Bench } from "./bench.ts"
import { approved, charge, echo, pack, refund, workflowOf } from "./definitions.ts"

/** What the next generation would begin with. */
const handed = (bench: Bench) => {
  expect(bench.outcome?.tag).toBe("continued")
  const { input, ...rest } = (bench.outcome?.value ?? {}) as unknown as Continuation
  return { ...rest, input: JSON.parse((input as { readonly json: string }).json) }
}

const loop = continueAsNew(null)

describe("a body that continues as new", () => {
  it("ends its generation and hands over its input, workflow and version", () => {
    const bench = new Bench(workflowOf(Effect.andThen(echo(1), loop)))
    bench.start()
    expect(bench.outcome).toBeUndefined()
    bench.step("echo#0")
    expect(handed(bench)).toMatchObject({ workflow: "tested", definitionVersion: "1", input: null, carried: [] })
    expect(bench.actor.deliver({ kind: "cancel", at: 9_000, reason: null })).toBe(false)
  })

  it("goes on with another version where it names one", () => {
    const next = defineWorkflow("tested", {
      input: Schema.Struct({ day: Schema.Number }),
      output: Schema.Any,
      version: "2",
      run: () => Effect.void
    })
    const bench = new Bench(workflowOf(continueAsNew(next, { day: 7 })))
    bench.start()
    expect(handed(bench)).toMatchObject({ workflow: "tested", definitionVersion: "2", input: { day: 7 } })
  })

  it("dies of an input that does not fit, where it is called", () => {
    const bench = new Bench(workflowOf(continueAsNew({ day: 7 })))
    bench.start()
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "ContinueFailed", reason: "invalidInput" } })
  })

  it("hands on signals that nobody has received, in their order", () => {
    const bench = new Bench(workflowOf(Effect.andThen(Effect.andThen(approved.receive, echo(1)), loop)))
    bench.start()
    bench.signal("other", 1, "a")
    bench.signal("approved", 1, "b")
    bench.signal("approved", 2, "c")
    bench.signal("other", 2, "d")
    bench.step("echo#0")
    expect(handed(bench).carried).toEqual(["signal/other/a", "signal/approved/c", "signal/other/d"])
  })

  it("hands on a cancellation that comes when its body has ended, and ends by one that came before", () => {
    const closing = Effect.andThen(
      Effect.addFinalizer(() => Effect.orDie(echo("last"))),
      Effect.andThen(approved.receive, loop)
    )
    const late = new Bench(workflowOf(closing))
    late.start()
    late.signal("approved", 1, "a")
    late.cancel("late")
    late.step("echo#0")
    expect(handed(late).carried).toEqual(["cancel"])
    const early = new Bench(workflowOf(closing))
    early.start()
    early.cancel("early")
    early.step("echo#0")
    expect(early.outcome).toEqual({ tag: "cancelled", value: "early" })
  })

  it("hands on the message that brought the time at which it continues", () => {
    const sleeper = Effect.andThen(Effect.sleep(1_000), loop)
    const cancelled = new Bench(workflowOf(sleeper))
    cancelled.start()
    cancelled.deliver({ kind: "cancel", at: 5_000, reason: null })
    expect(handed(cancelled).carried).toEqual(["cancel"])
    const signalled = new Bench(workflowOf(sleeper))
    signalled.start()
    signalled.signal("other", 1, "a")
    signalled.deliver({ kind: "signal", at: 5_000, name: "approved", id: "b", payload: { json: "1" } })
    expect(handed(signalled).carried).toEqual(["signal/other/a", "signal/approved/b"])
  })

  it("is cancelled by one that came while it could not be interrupted", () => {
    const bench = new Bench(workflowOf(Effect.uninterruptible(Effect.andThen(echo(1), loop))))
    bench.start()
    bench.cancel("meanwhile")
    bench.step("echo#0")
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "meanwhile" })
  })

  it("lets finalizers run, those on the way as interrupted, those of the run as of a success", () => {
    const seen: Array<string> = []
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          yield* Effect.addFinalizer((exit) => Effect.sync(() => void seen.push(`run ${exit._tag}`)))
          return yield* Effect.onInterrupt(loop, () => Effect.andThen(echo("on the way"), Effect.void))
        })
      )
    )
    bench.start()
    expect(bench.outcome).toBeUndefined()
    bench.step("echo#0")
    expect(handed(bench).carried).toEqual([])
    expect(new Set(seen)).toEqual(new Set(["run Success"]))
  })

  it("does not run handlers of errors and defects", () => {
    const body = loop.pipe(
      Effect.catchDefect(() => echo("defect")),
      Effect.tapError(() => echo("error"))
    )
    const bench = new Bench(workflowOf(body))
    expect(bench.start().commands).toEqual([])
    handed(bench)
  })

  it("interrupts what runs beside it", () => {
    const body = Effect.all([Effect.sleep("1 hour"), Effect.andThen(echo(1), loop)], { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("echo#0")
    handed(bench)
  })

  it("goes on where something else wins the race", () => {
    const bench = new Bench(workflowOf(Effect.race(Effect.andThen(echo(1), loop), echo(2))))
    bench.start()
    bench.step("echo#0")
    bench.step("echo#1", "won")
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "won" })
  })

  it("cancels its open child runs first, and waits for their end", () => {
    const beside = Effect.andThen(
      Effect.forkChild(Effect.ignore(pack.child(1))),
      Effect.andThen(Effect.yieldNow, Effect.andThen(echo(1), loop))
    )
    const bench = new Bench(workflowOf(beside))
    bench.start()
    bench.step("echo#0")
    expect(bench.commands).toEqual(["cancelChild pack#0"])
    bench.child("pack#0", { tag: "cancelled", payload: { json: "null" } })
    handed(bench)
  })

  it("is refused with compensations that the next generation could not run, and they run", () => {
    const body = Effect.andThen(charge(1).pipe(compensateWith(() => Effect.orDie(refund(1)))), loop)
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.step("charge#0", 1)
    expect(bench.commands).toEqual(["step refund#0"])
    bench.step("refund#0")
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "ContinueFailed", reason: "compensations" } })
  })

  it("may let stand what it has done", () => {
    const body = Effect.andThen(
      charge(1).pipe(compensateWith(() => Effect.orDie(refund(1)))),
      continueAsNew(null, { dropCompensations: true })
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.step("charge#0", 1).commands).toEqual([])
    handed(bench)
  })

  it("dies of a finalizer that dies", () => {
    const body = Effect.andThen(
      Effect.addFinalizer(() => Effect.die(new Error("no"))),
      loop
    )
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "CompensationFailed" } })
  })
})

describe("a later generation", () => {
  const told = Effect.gen(function* () {
    const { generation, runId, startedAt } = yield* Run
    return {
      generation,
      runId,
      startedAt,
      uuid: yield* randomUuid,
      now: yield* Effect.clockWith(({ currentTimeMillis }) => currentTimeMillis)
    }
  })
  const start = (bench: Bench, at: number): Message => ({
    ...(bench.startMessage() as Extract<Message, { kind: "start" }>),
    at,
    continues: { generation: 2, startedAt: 500, endedAt: 7_000 }
  })

  it("knows its number and when the run was started, and has randomness of its own", () => {
    const later = new Bench(workflowOf(told), { runId: addressOf("run-1", 3) })
    later.deliver(start(later, 8_000))
    expect(later.outcome?.value).toMatchObject({ runId: "run-1", generation: 3, startedAt: 500, now: 8_000 })
    const first = new Bench(workflowOf(told))
    first.start()
    expect(first.outcome?.value).toMatchObject({ runId: "run-1", generation: 0, startedAt: 1_000 })
    const { uuid } = (later.outcome?.value ?? {}) as { readonly uuid: string }
    expect(first.outcome?.value).not.toMatchObject({ uuid })
  })

  it("begins no earlier than the one before it ended, whatever its host's clock shows", () => {
    const options = { workflow: workflowOf(told), runId: addressOf("run-1", 3) }
    const message = start(new Bench(options.workflow), 8_000)
    const actor = new Actor(options)
    actor.deliver(message, 1_000)
    expect(actor.now).toBe(7_000)
    const history = { order: actor.order, open: [], abandoned: [] }
    expect(replay(options, history, new Map([["start", message]])).now).toBe(7_000)
  })

  it("gives its child runs ids of its own", () => {
    const bench = new Bench(workflowOf(pack.child(1)), { runId: addressOf("run-1", 3) })
    bench.deliver(start(bench, 8_000))
    expect(bench.last.commands).toMatchObject([{ kind: "child", runId: "run-1:pack#0@3" }])
  })
})

describe("historyLength", () => {
  it("counts the messages that were adopted, the one at hand among them", () => {
    const bench = new Bench(workflowOf(Effect.all([historyLength, echo(1), historyLength])))
    bench.start()
    bench.step("echo#0")
    expect(bench.outcome?.value).toEqual([1, null, 2])
  })
})
