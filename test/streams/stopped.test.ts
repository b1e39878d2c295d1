import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow, type StepContext } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

// Code of a step that nobody waits for any more is stopped, and its place is free (S26).

/** A step that never ends, in three manners, and runs that stop waiting for it, in three manners. */
const setUp = () => {
  const told = { begun: 0, interrupted: 0, aborted: [] as Array<unknown>, quick: 0 }
  const begin = () => void told.begun++
  const asEffect = () =>
    Effect.andThen(
      Effect.sync(begin),
      Effect.onInterrupt(Effect.never, () => Effect.sync(() => void told.interrupted++))
    )
  const asAsync = (_: undefined, { signal }: StepContext) => {
    begin()
    return new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => {
        told.aborted.push(signal.reason)
        reject(signal.reason)
      })
    })
  }
  const deaf = () => {
    begin()
    return new Promise<void>(() => undefined)
  }
  const types = { input: Schema.Void, output: Schema.Void, timeout: "Infinity" } as const
  const steps = {
    effect: defineStep("effect", { ...types, run: asEffect }),
    async: defineStep("async", { ...types, run: (_, context) => asAsync(undefined, context) }),
    deaf: defineStep("deaf", { ...types, run: deaf })
  }
  const quick = defineStep("quick", {
    input: Schema.Void,
    output: Schema.Void,
    run: () => Effect.sync(() => void told.quick++)
  })
  const go = defineSignal("go", Schema.Void)
  const kinds = Schema.Literals(["effect", "async", "deaf"])
  const waits = defineWorkflow("waits", {
    input: kinds,
    output: Schema.String,
    run: (kind) => Effect.as(steps[kind](), "answered")
  })
  const losesTime = defineWorkflow("losesTime", {
    input: kinds,
    output: Schema.String,
    run: (kind) => Effect.andThen(Effect.timeoutOption(steps[kind](), 300), Effect.as(go.receive, "went on"))
  })
  const losesRace = defineWorkflow("losesRace", {
    input: kinds,
    output: Schema.String,
    run: (kind) => Effect.andThen(Effect.race(steps[kind](), go.receive), Effect.as(go.receive, "went on"))
  })
  return {
    told,
    go,
    quick,
    waits,
    losesTime,
    losesRace,
    workflows: [waits, losesTime, losesRace],
    steps: [...Object.values(steps), quick] as const
  }
}

type SetUp = ReturnType<typeof setUp>

const begun = ({ told }: SetUp) =>
  eventually(
    "the step runs",
    Effect.sync(() => told.begun === 1)
  )

const stopped = ({ told }: SetUp, kind: "effect" | "async") =>
  eventually(
    "its code is told",
    Effect.sync(() => (kind === "effect" ? told.interrupted : told.aborted.length) === 1)
  )

onEachStore("In its own process code is stopped at once", (newStore) => {
  for (const kind of ["effect", "async"] as const) {
    live(`when its run is cancelled: ${kind}`, () =>
      Effect.gen(function* () {
        const one = setUp()
        const open = yield* newStore
        const { client, host } = yield* open(one)
        yield* client.start(one.waits, { runId: "r", input: kind })
        yield* begun(one)
        yield* client.cancel("r")
        yield* stopped(one, kind)
        expect(yield* Effect.flip(client.wait(one.waits, "r"))).toMatchObject({ _tag: "RunCancelled" })
        yield* eventually(
          "its place is free",
          Effect.sync(() => host.stepsUnderWay() === 0)
        )
        if (kind === "async") expect(one.told.aborted).toMatchObject([{ name: "AbortError" }])
        // It has left no answer, and is not tried again.
        expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start", "cancel"])
        expect(one.told.begun).toBe(1)
      })
    )

    live(`when its wait was lost by a time-out: ${kind}`, () =>
      Effect.gen(function* () {
        const one = setUp()
        const open = yield* newStore
        const { client } = yield* open(one)
        yield* client.start(one.losesTime, { runId: "r", input: kind })
        yield* stopped(one, kind)
        yield* client.signal("r", one.go, undefined)
        expect(yield* client.wait(one.losesTime, "r")).toBe("went on")
        expect(one.told.begun).toBe(1)
      })
    )

    live(`when its wait was lost in a race: ${kind}`, () =>
      Effect.gen(function* () {
        const one = setUp()
        const open = yield* newStore
        const { client } = yield* open(one)
        yield* client.start(one.losesRace, { runId: "r", input: kind })
        yield* begun(one)
        yield* client.signal("r", one.go, undefined)
        yield* stopped(one, kind)
        yield* client.signal("r", one.go, undefined)
        expect(yield* client.wait(one.losesRace, "r")).toBe("went on")
      })
    )
  }

  live("and its place is free although it does not listen", () =>
    Effect.gen(function* () {
      const one = setUp()
      const other = defineWorkflow("other", { input: Schema.Void, output: Schema.Void, run: () => one.quick() })
      const open = yield* newStore
      const { client } = yield* open({ ...one, workflows: [...one.workflows, other], stepConcurrency: 1 })
      yield* client.start(one.waits, { runId: "r", input: "deaf" as const })
      yield* begun(one)
      yield* client.start(other, { runId: "other", input: undefined })
      yield* client.cancel("r")
      yield* client.wait(other, "other")
      expect(one.told.quick).toBe(1)
    })
  )
})

describe("In another process code is stopped", () => {
  for (const kind of ["effect", "async"] as const)
    live(`when the claim on its message is renewed: ${kind}`, () =>
      Effect.gen(function* () {
        const one = setUp()
        const filename = yield* tempFile
        // This one knows no workflow, and turns nothing; that one runs no step.
        const worker = yield* openEngine({ steps: one.steps, filename, visibility: 400 })
        const { client } = yield* openEngine({ workflows: one.workflows, filename, stepConcurrency: 0 })
        yield* client.start(one.waits, { runId: "r", input: kind })
        yield* begun(one)
        yield* client.cancel("r")
        yield* stopped(one, kind)
        yield* eventually(
          "its place is free",
          Effect.sync(() => worker.host.stepsUnderWay() === 0)
        )
        expect(one.told.begun).toBe(1)
      })
    )

  live("and not before: a step that is waited for runs on through all renewals", () =>
    Effect.gen(function* () {
      const told = { interrupted: 0 }
      const slow = defineStep("slow", {
        input: Schema.Void,
        output: Schema.Void,
        run: () =>
          Effect.onInterrupt(Effect.sleep(1_500), () =>
            Effect.sync(() => {
              told.interrupted++
            })
          )
      })
      const both = defineWorkflow("both", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.all([slow(), slow()], { concurrency: "unbounded", discard: true })
      })
      const filename = yield* tempFile
      yield* openEngine({ steps: [slow], filename, visibility: 200 })
      const { client } = yield* openEngine({ workflows: [both], filename, stepConcurrency: 0 })
      yield* client.execute(both, { runId: "r", input: undefined })
      expect(told.interrupted).toBe(0)
    })
  )
})

describe("A race that others go on beside", () => {
  live("stops its loser in this process, although nothing else has to be written down for it", () =>
    Effect.gen(function* () {
      const one = setUp()
      const [effect] = one.steps
      const types = { input: Schema.Void, output: Schema.Void }
      const longer = defineStep("longer", { ...types, run: () => Effect.never })
      const first = defineStep("first", { ...types, run: () => begun(one) })
      const beside = defineWorkflow("beside", {
        input: Schema.Void,
        output: Schema.Void,
        run: () => Effect.all([Effect.race(effect(), first()), longer()], { concurrency: "unbounded", discard: true })
      })
      const { client, host } = yield* openEngine({ workflows: [beside], steps: [...one.steps, first, longer] })
      yield* client.start(beside, { runId: "r", input: undefined })
      yield* stopped(one, "effect")
      yield* client.cancel("r")
      yield* eventually(
        "so is what was beside it",
        Effect.sync(() => host.stepsUnderWay() === 0)
      )
    })
  )
})
