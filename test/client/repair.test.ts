import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { defineSignal, defineStep, defineUpdate, defineWorkflow } from "../../src/index.ts"
import { type Engine, eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const go = defineSignal("go", Schema.Int)
const nothing = Schema.Void

const setUp = () => {
  const undone: Array<string> = []
  const doubled: Array<number> = []
  const double = defineStep("double", {
    input: Schema.Int,
    output: Schema.Int,
    run: (n) =>
      Effect.sync(() => {
        doubled.push(n)
        return n * 2
      })
  })
  const undo = defineStep("undo", {
    input: Schema.String,
    output: Schema.Void,
    run: (what) => Effect.sync(() => void undone.push(what))
  })
  return { undone, doubled, undo, double, steps: [double, undo] as const }
}

const version = (run: () => Effect.Effect<unknown, never, any>): AnyWorkflow =>
  defineWorkflow("changes", { input: nothing, output: Schema.Unknown as never, run: run as never }) as AnyWorkflow

const other = defineWorkflow("other", { input: nothing, output: nothing, run: () => Effect.void })

const statusOf = (engine: Engine, runId: string) =>
  Effect.match(engine.client.get(runId), { onSuccess: ({ status }) => status, onFailure: () => undefined })

const untilStatus = (engine: Engine, runId: string, status: string) =>
  eventually(
    `run ${runId} is ${status}`,
    Effect.map(statusOf(engine, runId), (found) => found === status)
  )

onEachStore("A run that is terminated", (newStore) => {
  live("ends as it stands: nothing is undone, its history tells of it, and all who ask are told", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { double, steps, undo, undone } = setUp()
      const workflow = version(() => Effect.onInterrupt(Effect.andThen(double(1), go.receive), () => undo("all")))
      const engine = yield* open({ workflows: [workflow], steps })
      const { client } = engine
      yield* client.start(workflow, { runId: "r", input: undefined })
      const waits = Effect.map(client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "signal")
      yield* eventually("it waits for a signal", waits)
      yield* client.terminate("r", { reason: "by hand" })
      const end = yield* Effect.flip(client.wait(workflow, "r"))
      expect(end).toMatchObject({ _tag: "RunTerminated", runId: "r", reason: "by hand" })
      expect(end.message).toContain("nothing of what it had done was compensated")
      expect(yield* client.get("r")).toMatchObject({ status: "terminated", outcome: "terminated", waitingFor: [] })
      // Asked again it is the same, and for anything else it is too late.
      yield* client.terminate("r", { reason: "again" })
      expect(yield* Effect.flip(client.signal("r", go, 1))).toMatchObject({ _tag: "RunFinished", status: "terminated" })
      expect(yield* Effect.flip(client.pause("r"))).toMatchObject({ _tag: "RunFinished", status: "terminated" })
      const events = yield* client.history("r")
      expect(events.at(-1)).toMatchObject({
        key: "terminate",
        message: { reason: "by hand" },
        position: events.length - 1
      })
      expect((yield* client.list({ status: "terminated" })).runs).toMatchObject([{ runId: "r", status: "terminated" }])
      expect((yield* client.list({ status: "running" })).runs).toEqual([])
      expect(undone).toEqual([])
    })
  )

  live("is told to have ended, if it had", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const workflow = version(() => Effect.succeed(1))
      const { client } = yield* open({ workflows: [workflow] })
      yield* client.start(workflow, { runId: "r", input: undefined })
      yield* client.wait(workflow, "r")
      const told = yield* Effect.flip(client.terminate("r"))
      expect(told).toMatchObject({ _tag: "RunFinished", status: "succeeded" })
      expect(yield* Effect.flip(client.terminate("other"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )

  const { double } = setUp()
  const stuck: ReadonlyArray<readonly [string, AnyWorkflow | undefined]> = [
    ["that no host has the code of", undefined],
    ["whose history the code does not fit", version(() => Effect.andThen(double(2), go.receive))],
    ["that loops", version(() => Effect.andThen(double(1), Effect.forever(Effect.void)))],
    ["that waits for what never comes", version(() => Effect.andThen(double(1), Effect.never))]
  ]
  for (const [what, wrong] of stuck) {
    live(`and ${what} ends as well`, () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const right = version(() => Effect.andThen(double(1), go.receive))
        const first = yield* open({ workflows: [right], steps: [double], budget: 50_000 })
        yield* first.client.start(right, { runId: "r", input: undefined })
        const waits = Effect.map(first.client.get("r"), ({ waitingFor }) => waitingFor[0]?.kind === "signal")
        yield* eventually("the step is through", waits)
        yield* first.close
        const second = yield* open({
          workflows: wrong === undefined ? [] : [wrong],
          steps: [double],
          budget: 50_000
        })
        if (wrong !== undefined) {
          yield* second.client.signal("r", go, 1)
          yield* untilStatus(second, "r", "parked")
        }
        yield* second.client.terminate("r")
        expect(yield* Effect.flip(second.client.wait(right, "r"))).toMatchObject({
          _tag: "RunTerminated",
          reason: null
        })
        expect(yield* second.client.get("r")).not.toHaveProperty("parked")
      })
    )
  }

  live("before anybody has turned it ends, too", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const workflow = version(() => Effect.succeed(1))
      const away = yield* open({})
      yield* away.client.start(workflow, { runId: "r", input: undefined })
      yield* untilStatus(away, "r", "parked")
      yield* away.client.terminate("r")
      yield* untilStatus(away, "r", "terminated")
      yield* away.close
      const engine = yield* open({ workflows: [workflow] })
      expect(yield* Effect.flip(engine.client.wait(workflow, "r"))).toMatchObject({ _tag: "RunTerminated" })
    })
  )

  live("tells its parent, those who wait for it, and whoever has asked it for something", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { steps } = setUp()
      const ask = defineUpdate("ask", { input: nothing, output: Schema.Int })
      const child = defineWorkflow("child", {
        input: nothing,
        output: nothing,
        run: () =>
          Effect.scoped(
            Effect.andThen(
              ask.handle(() => Effect.never),
              Effect.asVoid(go.receive)
            )
          )
      })
      const parent = defineWorkflow("parent", {
        input: nothing,
        output: Schema.String,
        run: () =>
          child.childOrFail(undefined).pipe(
            Effect.as("?"),
            Effect.catchTag("ChildFailed", ({ message, reason }) => Effect.succeed(`${reason}: ${message}`))
          )
      })
      const other = defineWorkflow("other", {
        input: Schema.String,
        output: Schema.String,
        run: (runId) =>
          child.await(runId).pipe(
            Effect.as("?"),
            Effect.catchTag("RunTerminated", ({ reason }) => Effect.succeed(`terminated: ${reason}`)),
            Effect.orDie
          )
      })
      const engine = yield* open({ workflows: [child, parent, other], steps })
      const { client } = engine
      yield* client.start(parent, { runId: "p", input: undefined })
      yield* untilStatus(engine, "p:child#0", "running")
      yield* client.start(other, { runId: "o", input: "p:child#0" })
      const asks = Effect.map(client.history("p:child#0"), (events) =>
        events.some(({ position, key }) => key.startsWith("await/") && position !== undefined)
      )
      yield* eventually("the other has asked", asks)
      const id = yield* client.sendUpdate("p:child#0", ask, undefined)
      yield* client.terminate("p:child#0", { reason: "enough" })
      expect(yield* client.wait(parent, "p")).toMatch(
        /^terminated: child run p:child#0 .*nothing was compensated: enough/
      )
      expect(yield* client.wait(other, "o")).toBe("terminated: enough")
      const answer = yield* Effect.flip(client.updateAnswer("p:child#0", ask, id))
      expect(answer).toMatchObject({ _tag: "UpdateFailed", reason: "runEnded" })
    })
  )

  live("leaves the children that its end leaves, and cancels the others", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { steps, undo, undone } = setUp()
      const child = defineWorkflow("child", {
        input: Schema.String,
        output: nothing,
        run: (what) => Effect.onInterrupt(Effect.asVoid(go.receive), () => undo(what))
      })
      const parent = defineWorkflow("parent", {
        input: nothing,
        output: nothing,
        run: () =>
          Effect.asVoid(
            Effect.all(
              [
                child.child("cancel"),
                child.child("named", { runId: "named" }),
                child.child("abandon", { whenParentEnds: "abandon" }),
                child.child("wait", { whenParentEnds: "wait" })
              ],
              { concurrency: "unbounded" }
            )
          )
      })
      const engine = yield* open({ workflows: [child, parent], steps })
      const { client } = engine
      yield* client.start(parent, { runId: "p", input: undefined })
      for (const runId of ["p:child#0", "named", "p:child#2", "p:child#3"]) yield* untilStatus(engine, runId, "running")
      yield* client.terminate("p")
      yield* untilStatus(engine, "p:child#0", "cancelled")
      yield* untilStatus(engine, "named", "cancelled")
      expect(undone.toSorted()).toEqual(["cancel", "named"])
      expect(yield* Effect.forEach(["p:child#2", "p:child#3"], (runId) => statusOf(engine, runId))).toEqual([
        "running",
        "running"
      ])
      for (const runId of ["p:child#2", "p:child#3"]) yield* client.signal(runId, go, 1)
      yield* untilStatus(engine, "p:child#2", "succeeded")
      yield* untilStatus(engine, "p:child#3", "succeeded")
    })
  )
})

onEachStore("A run that is started again", (newStore) => {
  const answers = (answer: number) => version(() => Effect.map(go.receive, (n) => n + answer))

  live("after it was terminated is a new generation, and how the one before ended stays readable", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const workflow = answers(1)
      const { client } = yield* open({ workflows: [workflow] })
      yield* client.start(workflow, { runId: "r", input: undefined })
      yield* client.terminate("r", { reason: "stuck" })
      expect(yield* Effect.flip(client.wait(workflow, "r"))).toMatchObject({ _tag: "RunTerminated" })
      yield* client.start(workflow, { runId: "r", input: undefined, policy: "afterFinish", requestId: "again" })
      yield* client.signal("r", go, 1)
      expect(yield* client.wait(workflow, "r", { generation: 1 })).toBe(2)
      const before = yield* Effect.flip(client.wait(workflow, "r", { generation: 0 }))
      expect(before).toMatchObject({ _tag: "RunTerminated", reason: "stuck" })
    })
  )

  live("while it is paused is replaced at once", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const workflow = answers(1)
      const engine = yield* open({ workflows: [workflow] })
      const { client } = engine
      yield* client.start(workflow, { runId: "r", input: undefined })
      yield* untilStatus(engine, "r", "running")
      yield* client.pause("r")
      yield* untilStatus(engine, "r", "paused")
      yield* client.start(workflow, { runId: "r", input: undefined, policy: "replace", requestId: "anew" })
      yield* client.signal("r", go, 2)
      expect(yield* client.wait(workflow, "r", { generation: 1 })).toBe(3)
    })
  )
})

onEachStore("A run that is paused", (newStore) => {
  const twoSignals = () => {
    const steps = setUp()
    const workflow = version(() =>
      Effect.gen(function* () {
        const first = yield* go.receive
        yield* steps.double(first)
        const second = yield* go.receive
        return yield* steps.double(second)
      })
    )
    return { ...steps, workflow }
  }

  live("is handed nothing until it is resumed, then all that has come, in its order", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { doubled, steps, workflow } = twoSignals()
      const engine = yield* open({ workflows: [workflow, other], steps })
      const { client } = engine
      yield* client.start(workflow, { runId: "r", input: undefined })
      yield* untilStatus(engine, "r", "running")
      yield* client.pause("r", { reason: "looking at it" })
      yield* untilStatus(engine, "r", "paused")
      const { paused, messages } = yield* client.get("r")
      expect(paused).toEqual({ since: expect.any(Number), reason: "looking at it" })
      yield* client.signal("r", go, 1)
      yield* client.signal("r", go, 2)
      // What was rung for before is heard before.
      yield* client.execute(other, { input: undefined })
      expect(yield* client.get("r")).toMatchObject({ status: "paused", messages })
      expect(doubled).toEqual([])
      yield* client.resume("r")
      expect(yield* client.wait(workflow, "r")).toBe(4)
      expect(doubled).toEqual([1, 2])
      const keys = (yield* client.history("r")).map(({ key }) => key.replace(/\/.*/, ""))
      expect(keys).toEqual(
        ["start", "pause", "resume", "signal", "signal", "step", "step"].toSorted(
          (a, b) => keys.indexOf(a) - keys.indexOf(b)
        )
      )
      expect(keys.slice(0, 4)).toEqual(["start", "pause", "resume", "signal"])
    })
  )

  live(
    "stays so over hosts that come and go, and ends by a cancellation, at once",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const { doubled, steps, undo, undone } = setUp()
        const workflow = version(() => Effect.onInterrupt(go.receive, () => undo("all")))
        const first = yield* open({ workflows: [workflow], steps })
        yield* first.client.start(workflow, { runId: "r", input: undefined })
        yield* untilStatus(first, "r", "running")
        yield* first.client.pause("r", { id: "p" })
        yield* untilStatus(first, "r", "paused")
        yield* first.close
        const second = yield* open({ workflows: [workflow], steps })
        yield* second.client.pause("r", { id: "p" })
        expect(yield* statusOf(second, "r")).toBe("paused")
        yield* second.client.cancel("r", { reason: "enough" })
        expect(yield* Effect.flip(second.client.wait(workflow, "r"))).toMatchObject({
          _tag: "RunCancelled",
          reason: "enough"
        })
        expect(undone).toEqual(["all"])
        expect(doubled).toEqual([])
      }),
    // The first host may have taken a message with it, which comes again after half a minute.
    90_000
  )

  live("ends by a termination", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { steps, workflow } = twoSignals()
      const engine = yield* open({ workflows: [workflow], steps })
      yield* engine.client.start(workflow, { runId: "r", input: undefined })
      yield* untilStatus(engine, "r", "running")
      yield* engine.client.pause("r")
      yield* untilStatus(engine, "r", "paused")
      yield* engine.client.terminate("r")
      yield* untilStatus(engine, "r", "terminated")
    })
  )

  live("and was parked before is tried again when it is resumed, and no sooner", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const right = version(() => Effect.succeed(7))
      const away = yield* open({})
      yield* away.client.start(right, { runId: "r", input: undefined })
      yield* untilStatus(away, "r", "parked")
      yield* away.client.pause("r")
      yield* untilStatus(away, "r", "paused")
      yield* away.close
      const engine = yield* open({ workflows: [right, other] })
      yield* engine.client.execute(other, { input: undefined })
      expect(yield* statusOf(engine, "r")).toBe("paused")
      yield* engine.client.resume("r")
      expect(yield* engine.client.wait(right, "r")).toBe(7)
    })
  )

  live("lets steps under way come to their ends, which wait, and what was due meanwhile acts in its order", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { double, steps } = setUp()
      let letGo = () => {}
      const gate = new Promise<void>((resolve) => {
        letGo = resolve
      })
      let begun = false
      const slow = defineStep("slow", {
        input: nothing,
        output: Schema.String,
        run: () =>
          Effect.as(
            Effect.promise(() => {
              begun = true
              return gate
            }),
            "done"
          )
      })
      const workflow = version(() =>
        Effect.gen(function* () {
          // The step is through in time, though nobody is told of it until long after.
          const told = yield* Effect.timeoutOption(slow(undefined), "3 seconds")
          return [told._tag, yield* double(3)]
        })
      )
      const engine = yield* open({ workflows: [workflow], steps: [...steps, slow] })
      const { client } = engine
      yield* client.start(workflow, { runId: "r", input: undefined })
      yield* eventually(
        "the step has begun",
        Effect.sync(() => begun)
      )
      yield* client.pause("r")
      yield* untilStatus(engine, "r", "paused")
      letGo()
      const isThere = Effect.map(client.history("r"), (events) => events.some(({ key }) => key === "step/slow#0"))
      yield* eventually("its outcome waits", isThere)
      const isDue = Effect.map(client.history("r"), (events) => events.some(({ key }) => key.startsWith("timer/")))
      yield* eventually("the timer has rung", isDue)
      expect(yield* statusOf(engine, "r")).toBe("paused")
      yield* client.resume("r")
      expect(yield* client.wait(workflow, "r")).toEqual(["Some", 6])
    })
  )

  live("is not paused behind the request which ends that, whatever the clock of who asks for both", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const body = version(() => go.receive)
      const before = yield* open({ workflows: [body], steps: [] })
      yield* before.client.start(body, { runId: "r", input: undefined })
      yield* Effect.provideService(before.client.pause("r", { id: "1" }), Clock.Clock, yield* hourAhead)
      // The clock has been set right.
      yield* before.client.resume("r", { id: "1" })
      const { messages } = yield* before.table.readRun("r")
      expect(messages.findIndex(({ kind }) => kind === "resume")).toBeGreaterThan(
        messages.findIndex(({ kind }) => kind === "pause")
      )
      yield* untilStatus(before, "r", "running")
    })
  )

  live("is not paused behind the end of that by who asks for the pause again, as the first answer was lost", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const body = version(() => go.receive)
      const first = yield* open.client
      const second = yield* open.client
      yield* first.start(body, { runId: "r", input: undefined })
      yield* Effect.provideService(first.pause("r", { id: "1" }), Clock.Clock, yield* hourAhead)
      for (const client of [first, second]) for (const id of ["2", "3", "1"]) yield* client.pause("r", { id })
      for (const client of [second, first]) yield* client.resume("r")
      // Nobody has turned it before all of that.
      const host = yield* open({ workflows: [body], steps: [] })
      const { messages } = yield* host.table.readRun("r")
      expect(messages.map(({ kind }) => kind)).toEqual(["start", "pause", "pause", "pause", "resume", "resume"])
      yield* untilStatus(host, "r", "running")
    })
  )
})

const hourAhead: Effect.Effect<Clock.Clock> = Effect.map(Clock.Clock, (clock) => ({
  ...clock,
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + 3_600_000,
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + 3_600_000)
}))
