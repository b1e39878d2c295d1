import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { TestRuntime } from "../../src/testing.ts"
import { type Engine, eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const setUp = () => {
  const undone: Array<string> = []
  const double = defineStep("double", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n * 2) })
  const look = defineStep("look", {
    input: Schema.Int,
    output: Schema.Int,
    inline: true,
    run: (n) => Effect.succeed(n)
  })
  const undo = defineStep("undo", {
    input: Schema.String,
    output: Schema.Void,
    run: (what) => Effect.sync(() => void undone.push(what))
  })
  return { undone, undo, double, look, steps: [double, look, undo] as const }
}

type Steps = ReturnType<typeof setUp>
const go = defineSignal("go", Schema.Int)

/** One name and version, another body each time: what a deployment is. */
const version = (run: () => Effect.Effect<unknown, never, any>): AnyWorkflow =>
  defineWorkflow("changes", { input: Schema.Void, output: Schema.Unknown as never, run: run as never }) as AnyWorkflow

const lost: ReadonlyArray<readonly [string, (steps: Steps) => Effect.Effect<unknown, never, any>]> = [
  ["Effect.never", () => Effect.never],
  ["a callback that is never called", () => Effect.callback(() => undefined)],
  [
    "a callback that comes from elsewhere",
    () => Effect.callback((resume) => process.nextTick(() => resume(Effect.void)))
  ],
  ["a promise that is never kept", () => Effect.promise(() => new Promise(() => undefined))],
  ["an async function", () => Effect.promise(async () => 1)],
  ["a timer of the host", () => Effect.callback((resume) => void setTimeout(() => resume(Effect.void), 1))],
  [
    "fetch, beside a sleep",
    () =>
      Effect.raceFirst(
        Effect.promise(() => fetch("http://127.0.0.1:1")),
        Effect.sleep("1 hour")
      )
  ],
  [
    "a sleep that is long over",
    () =>
      Effect.andThen(
        Effect.race(
          Effect.sleep(1),
          Effect.promise(async () => 1)
        ),
        Effect.promise(async () => 2)
      )
  ],
  ["Effect.never after a step", ({ double }) => Effect.andThen(double(1), Effect.never)],
  [
    "a promise after an inline step and a signal",
    ({ look }) =>
      Effect.andThen(
        Effect.andThen(look(1), go.receive),
        Effect.promise(async () => 1)
      )
  ]
]

const parkedAs = (engine: Engine, runId: string) =>
  eventually(
    `run ${runId} is parked`,
    Effect.match(engine.client.get(runId), { onSuccess: ({ parked }) => parked, onFailure: () => undefined })
  )

onEachStore("A cancellation of a run that is parked", (newStore) => {
  for (const [what, body] of lost) {
    live(`behind ${what} ends it, and what it has to undo is undone once`, () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { undo, undone, ...steps } = setUp()
        const workflow = version(() => Effect.onInterrupt(body({ undo, undone, ...steps }), () => undo("all")))
        const engine = yield* open({ workflows: [workflow], steps: steps.steps })
        yield* engine.client.start(workflow, { runId: "r", input: undefined })
        yield* engine.client.signal("r", go, 1)
        expect(yield* parkedAs(engine, "r")).toMatchObject({ _tag: "DeterminismViolation", endsByCancel: true })
        yield* engine.client.cancel("r", { reason: "enough" })
        const end = yield* Effect.flip(engine.client.wait(workflow, "r"))
        expect(end).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
        expect(undone).toEqual(["all"])
        yield* engine.client.cancel("r", { reason: "enough" })
      })
    )
  }

  live(
    "is kept over a restart of the host, and its history replays",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { steps, undo, undone } = setUp()
        const gate = defineSignal("gate", Schema.Void)
        const workflow = version(() =>
          Effect.onInterrupt(Effect.never, () => Effect.andThen(gate.receive, undo("late")))
        )
        const first = yield* open({ workflows: [workflow], steps })
        yield* first.client.start(workflow, { runId: "r", input: undefined })
        yield* parkedAs(first, "r")
        yield* first.close
        const away = yield* open({})
        // It may have parked the run for lack of its workflow by then, and say so.
        yield* Effect.ignore(away.client.cancel("r"))
        yield* away.close
        const second = yield* open({ workflows: [workflow], steps })
        const compensates = Effect.map(
          second.client.get("r"),
          ({ status, waitingFor }) => status === "running" && waitingFor[0]?.kind === "signal"
        )
        yield* eventually("it is under way to its end", compensates)
        yield* second.close
        const third = yield* open({ workflows: [workflow], steps })
        yield* third.client.signal("r", gate, undefined)
        expect(yield* Effect.flip(third.client.wait(workflow, "r"))).toMatchObject({ _tag: "RunCancelled" })
        expect(undone).toEqual(["late"])
      }),
    90_000
  )

  live("ends one that waited for something before, and is stuck by the code of today", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const before = version(() => go.receive)
      const first = yield* open({ workflows: [before] })
      yield* first.client.start(before, { runId: "r", input: undefined })
      const waits = Effect.map(first.client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "signal")
      yield* eventually("it waits for a signal", waits)
      yield* first.close
      const today = version(() => Effect.never)
      const second = yield* open({ workflows: [today] })
      yield* second.client.signal("r", go, 1)
      expect(yield* parkedAs(second, "r")).toMatchObject({ violation: "stuck", endsByCancel: true })
      yield* second.client.cancel("r")
      expect(yield* Effect.flip(second.client.wait(today, "r"))).toMatchObject({ _tag: "RunCancelled" })
    })
  )

  live("by its parent, which no longer waits, ends it as well", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const stuck = defineWorkflow("stuck", { input: Schema.Void, output: Schema.Void, run: () => Effect.never })
      const parent = defineWorkflow("parent", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => stuck.child(undefined)
      })
      const engine = yield* open({ workflows: [stuck, parent] })
      yield* engine.client.start(parent, { runId: "r", input: undefined })
      yield* parkedAs(engine, "r:stuck#0")
      yield* engine.client.cancel("r")
      expect(yield* Effect.flip(engine.client.wait(parent, "r"))).toMatchObject({ _tag: "RunCancelled" })
      expect((yield* engine.client.get("r:stuck#0")).status).toBe("cancelled")
    })
  )

  const { double } = setUp()
  const others: ReadonlyArray<readonly [string, AnyWorkflow | undefined, string]> = [
    ["nobody knows the workflow", undefined, "UnknownWorkflow"],
    ["code and history differ", version(() => Effect.andThen(double(2), go.receive)), "NonDeterminismError"],
    ["the code loops", version(() => Effect.andThen(double(1), Effect.forever(Effect.void))), "DeterminismViolation"],
    [
      "the code draws secrets",
      version(() =>
        Effect.andThen(
          double(1),
          Effect.sync(() => crypto.randomUUID())
        )
      ),
      "DeterminismViolation"
    ],
    [
      "a signal cannot be read",
      version(() => Effect.andThen(double(1), defineSignal("go", Schema.Boolean).receive)),
      "PayloadUnreadable"
    ]
  ]
  for (const [why, wrong, tag] of others) {
    live(`because ${why} is said not to end it, each time, and is kept for when it can`, () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const right = version(() => Effect.andThen(double(1), Effect.sleep("Infinity")))
        const first = yield* open({ workflows: [right], steps: [double], budget: 50_000 })
        yield* first.client.start(right, { runId: "r", input: undefined })
        const waits = Effect.map(first.client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "cancellation")
        yield* eventually("the step is through", waits)
        yield* first.close
        const second = yield* open({ workflows: wrong === undefined ? [] : [wrong], steps: [double], budget: 50_000 })
        if (wrong === undefined) {
          // Whoever lacks the definition leaves a run that others have begun to them: one that nobody has begun is parked.
          yield* second.client.start(right, { runId: "other", input: undefined })
        } else yield* second.client.signal("r", go, 1)
        const runId = wrong === undefined ? "other" : "r"
        expect((yield* parkedAs(second, runId))._tag).toBe(tag)
        for (let times = 0; times < 2; times++) {
          const told = yield* Effect.flip(second.client.cancel(runId, { reason: "enough" }))
          expect(told).toMatchObject({ _tag: "RunParked", runId, reason: { _tag: tag } })
          expect(told.message).toContain("The cancellation is kept")
        }
        yield* second.close
        const third = yield* open({ workflows: [right], steps: [double] })
        expect(yield* Effect.flip(third.client.wait(right, runId))).toMatchObject({
          _tag: "RunCancelled",
          reason: "enough"
        })
      })
    )
  }

  live("that is stuck again in what it has to undo is said not to end it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const workflow = version(() => Effect.onInterrupt(Effect.never, () => Effect.never))
      const engine = yield* open({ workflows: [workflow] })
      yield* engine.client.start(workflow, { runId: "r", input: undefined })
      yield* parkedAs(engine, "r")
      yield* engine.client.cancel("r")
      const isTried = Effect.map(
        engine.client.get("r"),
        ({ parked }) => parked?._tag === "DeterminismViolation" && parked.endsByCancel === undefined
      )
      yield* eventually("it was tried", isTried)
      expect(yield* Effect.flip(engine.client.cancel("r"))).toMatchObject({ _tag: "RunParked" })
    })
  )
})

describe("TestRuntime", () => {
  it("ends a run that is stuck when it is cancelled", async () => {
    const { double, steps, undo, undone } = setUp()
    const workflow = version(() => Effect.onInterrupt(Effect.andThen(double(1), Effect.never), () => undo("all")))
    const runtime = new TestRuntime({ steps: Object.fromEntries(steps.map((step) => [step.stepName, step])) })
    const run = await runtime.start(workflow, { input: undefined })
    expect(run.parked).toContain("neither ended nor waits")
    await run.cancel("enough")
    expect(run.parked).toBeUndefined()
    expect(run.outcome).toEqual({ tag: "cancelled", reason: "enough" })
    expect(undone).toEqual(["all"])
  })
})
