import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineSignal, defineStep, defineWorkflow, type WaitingForStep } from "../../src/index.ts"
import { TestRuntime } from "../../src/testing.ts"
import type { Engine } from "../streams/engine.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const approved = defineSignal("approved", Schema.Void)
const denied = defineSignal("denied", Schema.Void)

class Busy extends Schema.TaggedError<Busy>()("Busy", { token: Schema.String }) {}

/** `gate.open` lets its second attempt through. */
const setUp = () => {
  const gate = { open: false }
  const flaky = defineStep("flaky", {
    input: Schema.Void,
    output: Schema.Void,
    error: Busy,
    retry: { attempts: 3, initial: "1 hour", max: "1 hour", jitter: 0 },
    run: () => Effect.suspend(() => (gate.open ? Effect.void : Effect.fail(new Busy({ token: "s3cr3t" }))))
  })
  const slow = defineStep("slow", {
    input: Schema.Void,
    output: Schema.Void,
    run: () => Effect.suspend(() => (gate.open ? Effect.void : Effect.never))
  })
  const pack = defineWorkflow("pack", { input: Schema.Void, output: Schema.Void, run: () => approved.receive })
  const all = defineWorkflow("all", {
    input: Schema.Void,
    output: Schema.Void,
    error: Busy,
    run: () =>
      Effect.all(
        [
          flaky(),
          slow(undefined, { key: "mine" }),
          Effect.sleep("1 hour"),
          pack.child(undefined),
          pack.child(undefined, { key: "own", runId: "parcel-7" }),
          Effect.raceFirst(approved.receive, denied.receive),
          approved.receive
        ],
        { concurrency: "unbounded", discard: true }
      )
  })
  const rests = defineWorkflow("rests", {
    input: Schema.Void,
    output: Schema.Void,
    run: () => Effect.sleep("Infinity")
  })
  const asks = defineWorkflow("asks", {
    input: Schema.Int,
    output: Schema.Void,
    run: Effect.fn(function* (names: number) {
      const signals = Array.from({ length: names }, (_, index) => defineSignal(`s${index}`, Schema.Void).receive)
      yield* Effect.all(signals, { concurrency: "unbounded", discard: true })
    })
  })
  return { gate, workflows: [all, pack, rests, asks], steps: [flaky, slow] as const, all, rests, asks }
}

/** Where it is looked for: SQLite's processes are of one machine. */
const worker = (store: "sqlite" | "aws") => (store === "sqlite" ? `${process.pid}` : `${hostname()}/${process.pid}`)

const waits = (engine: Engine, runId: string, length: number) =>
  eventually(
    `run ${runId} waits for ${length}`,
    Effect.map(engine.client.get(runId), ({ waitingFor }) => waitingFor.length === length && waitingFor)
  )

onEachStore("What a run is said to wait for", (newStore, store) => {
  live("is each step, timer, child run and signal, with what is known of it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { all, ...definitions } = setUp()
      const engine = yield* open(definitions)
      const before = Date.now()
      yield* engine.client.start(all, { runId: "r", input: undefined })
      const [flaky, , timer, ...others] = yield* waits(engine, "r", 7)
      expect(flaky).toMatchObject({ kind: "step", key: "flaky#0", name: "flaky" })
      expect(timer).toMatchObject({ kind: "timer", key: "3600000ms#0" })
      if (timer?.kind !== "timer") throw new Error("no timer")
      expect(timer.due.getTime()).toBeGreaterThanOrEqual(before + 3_600_000)
      expect(timer.due.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000)
      expect(others).toEqual([
        { kind: "child", key: "pack#0", workflow: "pack", runId: "r:pack#0" },
        { kind: "child", key: "pack:own", workflow: "pack", runId: "parcel-7" },
        { kind: "signal", name: "approved" },
        { kind: "signal", name: "denied" }
      ])
      expect(yield* waits(engine, "parcel-7", 1)).toEqual([{ kind: "signal", name: "approved" }])
      yield* engine.client.signal("r", approved, undefined)
      yield* engine.client.signal("r", approved, undefined)
      // Whoever is not waited for any more is not named.
      yield* waits(engine, "r", 5)
      // As a client of the API reads it.
      expect(JSON.parse(JSON.stringify(yield* engine.client.get("r"))).waitingFor[2].due).toBe(timer.due.toISOString())
    })
  )

  live("names the process that has a step in hand, the first attempt and the next, as long as it has", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const gate = yield* Latch.make()
      const next = yield* Latch.make()
      let attempts = 0
      const held = defineStep("held", {
        input: Schema.Void,
        output: Schema.Void,
        error: Busy,
        retry: { attempts: 2, initial: 0, jitter: 0 },
        run: () =>
          Effect.suspend(() =>
            ++attempts === 1
              ? Effect.andThen(gate.await, Effect.fail(new Busy({ token: "s3cr3t" })))
              : Effect.asVoid(next.await)
          )
      })
      const holds = defineWorkflow("holds", {
        input: Schema.Void,
        output: Schema.Void,
        error: Busy,
        run: Effect.fn(function* () {
          yield* held()
          yield* approved.receive
        })
      })
      const { client } = yield* open({ workflows: [holds], steps: [held] })
      yield* client.start(holds, { runId: "r", input: undefined })
      const inHand = (attempt: number) =>
        eventually(
          `attempt ${attempt} is in hand`,
          Effect.map(client.get("r"), ({ waitingFor }) =>
            waitingFor.find((one) => one.kind === "step" && one.attempt === attempt && one.worker !== undefined)
          )
        )
      const first = { kind: "step", key: "held#0", name: "held", attempt: 1, worker: worker(store) }
      expect(yield* inHand(1)).toEqual(first)
      yield* gate.open
      const { nextTry, ...second } = (yield* inHand(2)) as WaitingForStep
      expect(second).toEqual({ ...first, attempt: 2, lastError: "Busy" })
      expect(nextTry?.getTime()).toBeLessThanOrEqual(Date.now())
      yield* next.open
      const signal = JSON.stringify([{ kind: "signal", name: "approved" }])
      yield* eventually(
        "it waits for the signal alone",
        Effect.map(client.get("r"), ({ waitingFor }) => JSON.stringify(waitingFor) === signal)
      )
    })
  )

  live("tells of a run that is parked why, and what ends that", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const violating = defineWorkflow("violating", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.promise(() => Promise.resolve())
      })
      const { client } = yield* open({ workflows: [violating] })
      yield* client.start(violating, { runId: "r", input: undefined })
      const { parked, remedy } = yield* eventually(
        "it is parked",
        Effect.map(client.get("r"), (run) => run.status === "parked" && run)
      )
      expect(parked).toMatchObject({ _tag: "DeterminismViolation", message: expect.stringContaining("violating") })
      expect(remedy).toBe(
        "Move what the message names into a step, and deploy: the run then goes on with its next message."
      )
    })
  )

  live("is a cancellation, where nothing else ends a sleep", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { rests, ...definitions } = setUp()
      const engine = yield* open(definitions)
      yield* engine.client.start(rests, { runId: "r", input: undefined })
      expect(yield* waits(engine, "r", 1)).toEqual([{ kind: "cancellation" }])
      yield* engine.client.cancel("r")
      expect(yield* Effect.flip(engine.client.wait(rests, "r"))).toMatchObject({ _tag: "RunCancelled" })
      expect((yield* engine.client.get("r")).waitingFor).toEqual([])
    })
  )

  live("is bounded, however many signals are waited for", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { asks, ...definitions } = setUp()
      const engine = yield* open(definitions)
      yield* engine.client.start(asks, { runId: "r", input: 5_000 })
      const names = Array.from({ length: 32 }, (_, index) => ({ kind: "signal", name: `s${index}` }))
      expect(yield* waits(engine, "r", 32)).toEqual(names)
    })
  )

  live(
    "tells of a step that failed how often, of what, and when it is tried again; and no longer when it is through",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { all, ...definitions } = setUp()
        const engine = yield* open(definitions)
        const before = Date.now()
        yield* engine.client.start(all, { runId: "r", input: undefined })
        const flaky = yield* eventually(
          "the step has failed",
          Effect.map(engine.client.get("r"), ({ waitingFor }) =>
            waitingFor.find((one) => one.kind === "step" && one.attempt === 2)
          )
        )
        // What a typed error carries is not told.
        expect(flaky).toMatchObject({ kind: "step", key: "flaky#0", attempt: 2, lastError: "Busy" })
        if (flaky.kind !== "step") throw new Error("no step")
        const nextTry = flaky.nextTry?.getTime() ?? 0
        expect(nextTry).toBeGreaterThanOrEqual(before + 3_600_000)
        expect(nextTry).toBeLessThanOrEqual(Date.now() + 3_600_000)
        // Another process on the store is told the same, and that no attempt of the other step has failed.
        const other = yield* open.client
        const { waitingFor } = yield* other.get("r")
        expect(waitingFor[0]).toEqual(flaky)
        expect(waitingFor[1]).toMatchObject({ kind: "step", key: "slow:mine", attempt: 1 })
      })
  )
})

describe("TestRuntime", () => {
  it("tells what a run waits for in the same shape", async () => {
    const { gate, steps, rests } = setUp()
    const [flaky] = steps
    const pack = defineWorkflow("pack", { input: Schema.Void, output: Schema.Void, run: () => approved.receive })
    const some = defineWorkflow("some", {
      input: Schema.Void,
      output: Schema.Void,
      error: Busy,
      run: () =>
        Effect.all([flaky(), Effect.sleep("3 hours"), pack.child(undefined, { runId: "parcel-7" }), denied.receive], {
          concurrency: "unbounded",
          discard: true
        })
    })
    const runtime = new TestRuntime({ steps: { flaky }, startAt: 0 })
    const hour = 3_600_000
    const run = await runtime.start(some, { input: undefined, runId: "r" })
    const others = [
      { kind: "timer", key: `${3 * hour}ms#0`, due: new Date(3 * hour) },
      { kind: "child", key: "pack#0", workflow: "pack", runId: "parcel-7" },
      { kind: "signal", name: "denied" }
    ]
    const step = { kind: "step", key: "flaky#0", name: "flaky", lastError: "Busy" }
    expect(run.waitingFor).toEqual([{ ...step, attempt: 2, nextTry: new Date(hour) }, ...others])
    await runtime.advance("1 hour")
    expect(run.waitingFor).toEqual([{ ...step, attempt: 3, nextTry: new Date(2 * hour) }, ...others])
    gate.open = true
    await runtime.advance("1 hour")
    expect(run.waitingFor).toEqual(others)
    const resting = await runtime.start(rests, { input: undefined })
    expect(resting.waitingFor).toEqual([{ kind: "cancellation" }])
    expect(resting.waitsFor).toEqual(["cancellation"])
  })
})
