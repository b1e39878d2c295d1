import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import type { AnyStep, AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { type Engine, eventually, live, openEngine, tempFile } from "./engine.ts"

const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 2) })
const triple = defineStep("triple", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 3) })

/** One name and version, another body each time: what a deployment is. */
const version = (run: (n: number) => Effect.Effect<number, never, any>): AnyWorkflow =>
  defineWorkflow("changes", { input: Schema.Number, output: Schema.Number, run: run as never })

const right = version((n) => Effect.flatMap(double(n), double))

const parkedReason = (engine: Engine, runId: string) =>
  eventually(
    `run ${runId} is parked`,
    Effect.map(engine.client.get(runId), ({ parked }) => parked)
  )

/** Parked under `wrong`, with this reason; a host with the right code on the same file brings the run to its end. */
const parksUntilMended = (wrong: AnyWorkflow, steps: ReadonlyArray<AnyStep> = [double, triple], turnLimitMs = 10_000) =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const before = yield* openEngine({ filename, workflows: [wrong], steps, turnLimitMs, budget: 50_000 })
    yield* before.client.start(right, { runId: "r", input: 5 })
    const reason = yield* parkedReason(before, "r")
    const waiting = yield* Effect.flip(before.client.wait(right, "r", { failWhenParked: true }))
    expect(waiting).toMatchObject({ _tag: "RunParked", reason: { _tag: reason._tag } })
    // Other runs go on.
    yield* before.close
    const after = yield* openEngine({ filename, workflows: [right], steps: [double, triple] })
    expect(yield* after.client.wait(right, "r")).toBe(20)
    expect((yield* after.client.get("r")).parked).toBeUndefined()
    return reason
  })

describe("workflow code that awaits what cannot be replayed", () => {
  const promises: ReadonlyArray<readonly [string, () => Effect.Effect<number, never, any>, string]> = [
    ["a promise", () => Effect.promise(() => Promise.resolve(1)), "ambient"],
    ["an async function", () => Effect.promise(async () => 1), "ambient"],
    [
      "a timer of the host",
      () => Effect.callback<number>((resume) => void setTimeout(() => resume(Effect.succeed(1)), 1)),
      "ambient"
    ],
    ["nothing at all", () => Effect.never, "stuck"],
    [
      "a callback that comes from elsewhere",
      () => Effect.callback<number>((resume) => void process.nextTick(() => resume(Effect.succeed(1)))),
      "stuck"
    ]
  ]
  describe.each(promises)("%s", (_, wait, violation) => {
    live("is parked, and goes on with the right code", () =>
      Effect.gen(function* () {
        const reason = yield* parksUntilMended(version((n) => Effect.flatMap(double(n), wait)))
        expect(reason).toMatchObject({ _tag: "DeterminismViolation", violation })
        expect(reason.message).toContain("changes")
      })
    )
  })
})

describe("workflow code that never ends", () => {
  const loops: ReadonlyArray<readonly [string, (n: number) => Effect.Effect<number, never, any>]> = [
    ["Effect.forever", () => Effect.forever(Effect.void)],
    ["Effect.forever with yields", () => Effect.forever(Effect.yieldNow)],
    [
      "a loop of JavaScript",
      () =>
        Effect.sync(() => {
          while (true) {}
        })
    ],
    [
      "a loop of JavaScript after a step",
      (n) =>
        Effect.map(double(n), () => {
          while (true) {}
        })
    ],
    [
      "a recursion",
      function again(n): Effect.Effect<number> {
        return Effect.flatMap(Effect.succeed(n), again)
      }
    ]
  ]
  describe.each(loops)("%s", (_, loop) => {
    live("is parked, and goes on with the right code", () =>
      Effect.gen(function* () {
        const reason = yield* parksUntilMended(version(loop), [double, triple], 200)
        expect(reason).toMatchObject({ _tag: "DeterminismViolation", violation: "budget" })
      })
    )
  })

  live("does not keep other runs of the host from going on", () =>
    Effect.gen(function* () {
      const hangs = defineWorkflow("hangs", {
        input: Schema.Void,
        output: Schema.Void,
        run: () =>
          Effect.sync(() => {
            while (true) {}
          })
      })
      // Time on the wall: runs that do nothing wrong must keep to it on a busy machine, too.
      const engine = yield* openEngine({ workflows: [hangs, right], steps: [double], turnLimitMs: 1_000 })
      yield* engine.client.start(hangs, { runId: "hangs", input: undefined })
      yield* parkedReason(engine, "hangs")
      const all = Array.from({ length: 20 }, (_, n) => engine.client.execute(right, { input: n }))
      expect(yield* Effect.all(all, { concurrency: "unbounded" })).toEqual(Array.from({ length: 20 }, (_, n) => n * 4))
      expect((yield* engine.client.get("hangs")).status).toBe("parked")
    })
  )
})

describe("workflow code that changes under a live run", () => {
  const go = defineSignal("go", Schema.Void)
  /** Two steps in history, one timer open. */
  const waiting = Effect.raceFirst(go.receive, Effect.sleep("1 hour"))
  const original = version((n) => Effect.tap(Effect.flatMap(double(n), triple), () => waiting))

  const halfWay = Effect.fnUntraced(function* (filename: string) {
    const engine = yield* openEngine({ filename, workflows: [original], steps: [double, triple] })
    yield* engine.client.start(right, { runId: "r", input: 5 })
    const isWaiting = Effect.map(engine.client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "timer")
    yield* eventually("both steps are through", isWaiting)
    yield* engine.close
  })

  interface Wanted {
    readonly command: string
    readonly recorded: string | null
    readonly issued: string | null
  }
  type Body = (n: number) => Effect.Effect<number, never, any>
  const changes: ReadonlyArray<readonly [string, Body, Wanted]> = [
    [
      "the first step is another",
      (n) => Effect.tap(Effect.flatMap(triple(n), triple), () => waiting),
      { command: "step double#0", recorded: "step double#0", issued: "step triple#0" }
    ],
    [
      "the first step has another input",
      (n) => Effect.tap(Effect.flatMap(double(n + 1), triple), () => waiting),
      { command: "step double#0", recorded: "", issued: "" }
    ],
    [
      "the second step is another",
      (n) => Effect.tap(Effect.flatMap(double(n), double), () => waiting),
      { command: "step triple#0", recorded: "step triple#0", issued: "step double#1" }
    ],
    [
      "the second step has another input",
      (n) =>
        Effect.tap(
          Effect.flatMap(double(n), (m) => triple(m + 1)),
          () => waiting
        ),
      { command: "step triple#0", recorded: "", issued: "" }
    ],
    [
      "the second step is gone",
      (n) => Effect.tap(double(n), () => waiting),
      { command: "step triple#0", recorded: "step triple#0", issued: null }
    ],
    [
      "there is one more step at the end",
      (n) => Effect.tap(Effect.flatMap(Effect.flatMap(double(n), triple), triple), () => waiting),
      { command: "timer 3600000ms#0", recorded: "timer 3600000ms#0", issued: null }
    ],
    [
      "there is one more step beside the wait",
      (n) => Effect.tap(Effect.flatMap(double(n), triple), () => Effect.raceFirst(waiting, triple(1))),
      { command: "step triple#1", recorded: null, issued: "step triple#1" }
    ],
    [
      "the timer is another",
      (n) => Effect.tap(Effect.flatMap(double(n), triple), () => Effect.raceFirst(go.receive, Effect.sleep("2 hours"))),
      { command: "timer 3600000ms#0", recorded: "timer 3600000ms#0", issued: "timer 7200000ms#0" }
    ],
    [
      "it ends before its history does",
      (n) => double(n),
      { command: "step triple#0", recorded: "step triple#0", issued: null }
    ]
  ]
  describe.each(changes)("%s", (_, changed, wanted) => {
    live("is parked with a NonDeterminismError that names the command, and goes on with the right code", () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        yield* halfWay(filename)
        const wrong = yield* openEngine({ filename, workflows: [version(changed)], steps: [double, triple] })
        yield* wrong.client.signal("r", go, undefined)
        const reason = yield* parkedReason(wrong, "r")
        if (reason._tag !== "NonDeterminismError") throw new Error(`parked for ${reason._tag}: ${reason.message}`)
        expect(reason.command).toBe(wanted.command)
        for (const side of ["recorded", "issued"] as const) {
          if (wanted[side] === null) expect(reason[side]).toBeNull()
          else expect(reason[side]).toContain(wanted[side])
        }
        expect(reason.message).toContain(wanted.command)
        yield* wrong.close
        const mended = yield* openEngine({ filename, workflows: [original], steps: [double, triple] })
        expect(yield* mended.client.wait(right, "r")).toBe(30)
      })
    )
  })

  live("is let pass where no command of the run has changed", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      yield* halfWay(filename)
      const changed = version((n) =>
        Effect.flatMap(
          Effect.tap(Effect.flatMap(double(n), triple), () => waiting),
          double
        )
      )
      const engine = yield* openEngine({ filename, workflows: [changed], steps: [double, triple] })
      yield* engine.client.signal("r", go, undefined)
      expect(yield* engine.client.wait(right, "r")).toBe(60)
    })
  )
})

describe("a workflow that no host knows", () => {
  live("is parked, names the known ones, and goes on when a host comes that knows it", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const other = defineWorkflow("other", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) => Effect.succeed(n)
      })
      const stranger = yield* openEngine({ filename, workflows: [other], steps: [] })
      yield* stranger.client.start(right, { runId: "r", input: 5 })
      const reason = yield* parkedReason(stranger, "r")
      expect(reason).toMatchObject({ _tag: "UnknownWorkflow", workflow: "changes", known: ["other@1"] })
      expect(reason.message).toContain("other@1")
      yield* openEngine({ filename, workflows: [right], steps: [double] })
      expect(yield* stranger.client.wait(right, "r")).toBe(20)
    })
  )

  live("of another version is unknown too", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const second = defineWorkflow("changes", {
        version: "2",
        input: Schema.Number,
        output: Schema.Number,
        run: (n) => Effect.succeed(n)
      })
      const host = yield* openEngine({ filename, workflows: [second], steps: [] })
      yield* host.client.start(right, { runId: "r", input: 5 })
      expect(yield* parkedReason(host, "r")).toMatchObject({ _tag: "UnknownWorkflow", known: ["changes@2"] })
      yield* host.close
      const both = yield* openEngine({ filename, workflows: [second, right], steps: [double] })
      expect(yield* both.client.wait(right, "r")).toBe(20)
      expect(yield* both.client.execute(second, { input: 3 })).toBe(3)
    })
  )
})

describe("a step that no host knows", () => {
  const reasonOf = defineWorkflow("asks", {
    input: Schema.Void,
    output: Schema.Struct({ reason: Schema.String, message: Schema.String }),
    run: () =>
      Effect.match(triple.orFail(1), {
        onFailure: ({ message, reason }) => ({ message, reason: reason as string }),
        onSuccess: () => ({ message: "", reason: "none" })
      })
  })

  live("fails its step, names the known ones", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [reasonOf], steps: [double], unknownStepReceives: 2 })
      const { message, reason } = yield* client.execute(reasonOf, { input: undefined })
      expect(reason).toBe("unknownStep")
      expect(message).toContain("triple")
      expect(message).toContain("double")
    })
  )

  live("waits for a host that knows it, if one comes in time", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const first = yield* openEngine({ filename, workflows: [reasonOf], steps: [double] })
      yield* first.client.start(reasonOf, { runId: "r", input: undefined })
      yield* eventually(
        "the step is open",
        Effect.map(first.client.get("r"), ({ waitingFor }) => waitingFor.length === 1)
      )
      yield* first.close
      const second = yield* openEngine({ filename, workflows: [reasonOf], steps: [triple] })
      expect(yield* second.client.wait(reasonOf, "r")).toMatchObject({ reason: "none" })
    })
  )
})
