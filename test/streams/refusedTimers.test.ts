import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { StoreRefused, StoreUnavailable } from "../../src/store/errors.ts"
import { eventually, live, openEngine } from "./engine.ts"
import { newTried, type Refusals, refusing } from "./refusals.ts"

const places = 8

const setup = () => {
  const executions: Array<string> = []
  const work = defineStep("work", {
    input: Schema.Number,
    output: Schema.Number,
    run: (n, { idempotencyKey }) =>
      Effect.sync(() => {
        executions.push(idempotencyKey)
        return n + 1
      })
  })
  /** A step, and then five of them beside a long sleep. */
  const sleeps = defineWorkflow("sleeps", {
    input: Schema.Number,
    output: Schema.Number,
    run: Effect.fn(function* (n: number) {
      const first = yield* work(n)
      const all = Array.from({ length: 5 }, (_, i) => work(first + i))
      yield* Effect.all([...all, Effect.sleep("1 hour")], { concurrency: "unbounded" }).pipe(
        Effect.timeoutOption("3 seconds")
      )
      return first
    })
  })
  const quick = defineWorkflow("quick", { input: Schema.Number, output: Schema.Number, run: (n) => work(n) })
  const timesOf = (runId: string) =>
    [...Map.groupBy(executions, (key) => key)]
      .filter(([key]) => key.startsWith(`${runId}/`))
      .map(([, all]) => all.length)
  return { executions, timesOf, sleeps, quick, steps: [work], workflows: [sleeps, quick] }
}

const denied = new StoreRefused({
  operation: "Timers.schedule",
  message: "Timers.schedule was refused: AccessDeniedException: no iam:PassRole; see to it",
  mend: "see to it"
})

const ids = Array.from({ length: places }, (_, i) => `sleeps-${i}`)

describe("a long timer that is refused", () => {
  live("parks its run with what to mend, sends no step for it, and holds up nobody", () =>
    Effect.gen(function* () {
      const one = setup()
      const refusals: Refusals = { timer: ({ runId }) => (runId.startsWith("sleeps") ? denied : undefined) }
      const tried = newTried()
      const { client, host, logged } = yield* openEngine({
        ...one,
        stepConcurrency: places,
        wrap: refusing(refusals, tried)
      })
      for (const runId of ids) yield* client.start(one.sleeps, { runId, input: 1 })
      for (const runId of ids) {
        const { reason } = yield* Effect.flip(
          Effect.catchTag(client.wait(one.sleeps, runId, { failWhenParked: true }), "StoreRefused", Effect.die)
        ).pipe(Effect.map((error) => error as { readonly reason?: { readonly message: string } }))
        expect(reason).toMatchObject({ _tag: "WriteRefused", operation: "Timers.schedule" })
        expect(reason?.message).toContain("iam:PassRole")
        expect(reason?.message).toContain("done nothing wrong")
      }
      expect(yield* client.execute(one.quick, { runId: "quick", input: 1 })).toBe(2)
      // Tried again and again in vain: each has sent its first step, and nothing that a commit with the timer would have to stand for.
      for (let sweep = 0; sweep < 3; sweep++) yield* host.sweep
      for (const runId of ids) expect(tried.sent.filter((message) => message.runId === runId)).toHaveLength(1)
      expect(logged.filter((line) => line.includes("run sleeps-0 is parked")).length).toBeGreaterThanOrEqual(3)
      refusals.timer = () => undefined
      yield* host.sweep
      for (const runId of ids) expect(yield* client.wait(one.sleeps, runId)).toBe(2)
      for (const runId of ids) expect(one.timesOf(runId)).toEqual(Array(6).fill(1))
    })
  )
})

describe("a store that is away for some runs and not for others", () => {
  live("holds no place, and nothing is sent twice while it is waited for", () =>
    Effect.gen(function* () {
      const one = setup()
      const away = new StoreUnavailable({ operation: "Timers.schedule", message: "away" })
      let asked = 0
      const refusals: Refusals = {
        timer: ({ runId }) => {
          if (!runId.startsWith("sleeps")) return undefined
          asked++
          return away
        }
      }
      const tried = newTried()
      const { client } = yield* openEngine({ ...one, stepConcurrency: places, wrap: refusing(refusals, tried) })
      for (const runId of ids) yield* client.start(one.sleeps, { runId, input: 1 })
      yield* eventually(
        "all of them wait, each with the outcome of its first step in hand",
        Effect.sync(() => asked >= 2 * places && one.executions.length === places)
      )
      // As many as there are places, one after the other.
      for (let i = 0; i < places; i++) expect(yield* client.execute(one.quick, { input: i })).toBe(i + 1)
      expect((yield* client.get("sleeps-0")).status).toBe("running")
      refusals.timer = () => undefined
      for (const runId of ids) expect(yield* client.wait(one.sleeps, runId)).toBe(2)
      for (const runId of ids) expect(one.timesOf(runId)).toEqual(Array(6).fill(1))
      const steps = tried.sent.filter(({ kind, runId }) => kind === "step" && runId.startsWith("sleeps"))
      expect(steps).toHaveLength(6 * places)
    })
  )

  live("the head: its steps are sent once, however often it is tried", () =>
    Effect.gen(function* () {
      const one = setup()
      let refused = 0
      const tried = newTried()
      const refusals: Refusals = {
        headAway: (_, { open }) => open.length === 5 && ++refused <= 4
      }
      const wide = defineWorkflow("wide", {
        input: Schema.Number,
        output: Schema.Number,
        run: (n) =>
          Effect.map(
            Effect.all(
              Array.from({ length: 5 }, (_, i) => one.steps[0]?.(n + i) ?? Effect.succeed(0)),
              { concurrency: "unbounded" }
            ),
            (all) => all.length
          )
      })
      const { client } = yield* openEngine({ ...one, workflows: [wide], wrap: refusing(refusals, tried) })
      expect(yield* client.execute(wide, { runId: "w", input: 1 })).toBe(5)
      expect(refused).toBeGreaterThan(4)
      expect(tried.sent.filter(({ kind }) => kind === "step")).toHaveLength(5)
      expect(one.timesOf("w")).toEqual(Array(5).fill(1))
    })
  )
})

describe("a step that the queue refuses", () => {
  live("parks its run, and it goes on when the queue takes it", () =>
    Effect.gen(function* () {
      const one = setup()
      const go = defineSignal("go", Schema.Void)
      const refused = new StoreRefused({
        operation: "StepQueue.send",
        message: "refused: KmsDisabled",
        mend: "enable it"
      })
      const refusals: Refusals = { send: ({ runId }) => (runId === "r" ? refused : undefined) }
      const { client } = yield* openEngine({ ...one, stepConcurrency: 1, wrap: refusing(refusals) })
      yield* client.start(one.quick, { runId: "r", input: 1 })
      expect(yield* Effect.flip(client.wait(one.quick, "r", { failWhenParked: true }))).toMatchObject({
        _tag: "RunParked",
        reason: { _tag: "WriteRefused", operation: "StepQueue.send" }
      })
      expect(yield* client.execute(one.quick, { input: 5 })).toBe(6)
      refusals.send = () => undefined
      yield* client.signal("r", go, undefined)
      expect(yield* client.wait(one.quick, "r")).toBe(2)
      expect(one.timesOf("r")).toEqual([1])
    })
  )
})
