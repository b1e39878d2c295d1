import { hostname } from "node:os"
import {
  Client,
  clientLayer,
  defineCallback,
  defineSignal,
  defineStep,
  defineWorkflow,
  waitForCallback
} from "dynactor"
import { compareRun, Why, type WhyOptions, whyRun } from "dynactor/inspection"
import { sqliteStore } from "dynactor/sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { type Engine, eventually, live } from "../streams/engine.ts"

const text = { input: Schema.String, output: Schema.String }

const depot = defineStep("depot", {
  ...text,
  retry: { attempts: 3, initial: "1 hour", max: "1 hour", jitter: 0 },
  run: async () => {
    throw new Error("the depot is away")
  }
})
const hangs = defineStep("hangs", { ...text, run: () => Effect.never })
const quick = defineStep("quick", { ...text, run: async (input) => input })
const other = defineStep("other", { ...text, run: async (input) => input })
const once = defineStep("once", {
  ...text,
  retry: { attempts: 1 },
  run: async () => Promise.reject(new Error("no luck"))
})
const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
const answer = defineCallback("answer", { payload: Schema.String, timeout: "3 days" })

const packing = defineWorkflow("packing", { ...text, run: (input) => depot(input) })
const asking = defineWorkflow("asking", {
  ...text,
  run: (input) => Effect.orDie(waitForCallback(answer, () => quick(input)))
})
const parent = defineWorkflow("parent", { ...text, run: (input) => asking.child(input) })
const approval = defineWorkflow("approval", {
  ...text,
  run: Effect.fn(function* (input) {
    const { by } = yield* approved.for("order 1").receive
    return `${input} ${by}`
  })
})
const sleeper = defineWorkflow("sleeper", { ...text, run: (input) => Effect.as(Effect.sleep("1 hour"), input) })
const busy = defineWorkflow("busy", {
  ...text,
  run: (input) => Effect.as(Effect.all([hangs(input), quick(input)], { concurrency: "unbounded" }), input)
})
const failing = defineWorkflow("failing", { ...text, run: (input) => once(input) })
const stubborn = defineWorkflow("stubborn", { ...text, run: (input) => Effect.uninterruptible(hangs(input)) })

/** The same name with other code: a deployment that breaks runs under way. */
const changing = (step: typeof quick | typeof other) =>
  defineWorkflow("changing", {
    ...text,
    run: Effect.fn(function* (input) {
      yield* step(input)
      yield* approved.receive
      return input
    })
  })

const workflows = [packing, asking, parent, approval, sleeper, busy, failing, stubborn, changing(quick)]
const steps = [depot, hangs, quick, other, once]

onEachStore("why a run stands where it stands", (newStore, store) => {
  const ask =
    (engine: Engine, laterMs = 0) =>
    (runId: string, options?: WhyOptions) =>
      whyRun(runId, options).pipe(
        Effect.provideService(RunTable, engine.table),
        Effect.provideService(Payloads, engine.payloads),
        laterMs === 0 ? (same) => same : Effect.updateService(Clock.Clock, (clock) => laterClock(clock, laterMs))
      )

  live("a step that fails and is tried again: with what it failed, and when it is tried next", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps })
      yield* engine.client.start(packing, { runId: "p-1", input: "lamp" })
      const why = yield* eventually(
        "the first attempt has failed",
        Effect.map(ask(engine)("p-1"), (why) => why.causes.includes("stepRetrying") && why)
      )
      expect(why.status).toBe("running")
      expect(why.sentences.join(" ")).toMatch(
        /Step depot#0 has failed once, the last time with: .*the depot is away\. It is tried again at .* \(in (60 minutes|1 hour|59 minutes)\)\./
      )
      expect(why.todo.join(" ")).toContain("Mend what the error names")
      expect(Schema.decodeUnknownSync(Why)(JSON.parse(JSON.stringify(why)))).toEqual(why)
    })
  )

  live("a signal that nobody has sent: and the command that sends it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps })
      yield* engine.client.start(approval, { runId: "a 1", input: "lamp" })
      yield* waitsFor(engine.client, "a 1", "signal")
      const why = yield* ask(engine)("a 1")
      expect(why.causes).toEqual(["signal"])
      expect(why.sentences).toContain(
        "It waits for signal approved for order 1, and nobody has sent one that it has not read."
      )
      expect(why.todo).toEqual(["Send it: dynactor signal 'a 1' approved --for 'order 1' --payload <JSON>"])
    })
  )

  live("a child run, and why that stands: a callback whose token somebody has", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps })
      yield* engine.client.start(parent, { runId: "f-1", input: "lamp" })
      yield* waitsFor(engine.client, "f-1", "child")
      yield* eventually(
        "the child waits",
        Effect.map(
          Effect.option(engine.client.get("f-1:asking#0")),
          (found) => found._tag === "Some" && found.value.waitingFor.some(({ kind }) => kind === "callback")
        )
      )
      const why = yield* ask(engine)("f-1")
      expect(why.causes).toEqual(["child"])
      const [wait] = why.waits
      expect(wait).toMatchObject({ cause: "child", runId: "f-1:asking#0" })
      expect(wait?.sentence).toBe("It waits for child run f-1:asking#0 of asking, which is running.")
      expect(wait?.because?.join(" ")).toMatch(
        /It waits for callback answer#0: whoever was given its token has not answered\. Its token is good until .* \(in 3 days\)\./
      )
      expect(why.todo.join(" ")).toContain("dynactor complete <TOKEN> --payload <JSON>")
    })
  )

  live(
    "code that has changed: what the history has and what the code does, side by side, and whether other code fits",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const first = yield* open({ workflows, steps })
        yield* first.client.start(changing(quick), { runId: "c-1", input: "lamp" })
        yield* waitsFor(first.client, "c-1", "signal")
        yield* first.close
        const engine = yield* open({ workflows: [changing(other)], steps })
        yield* engine.client.signal("c-1", approved, { by: "Ada" })
        yield* eventually(
          "it is parked",
          Effect.map(engine.client.get("c-1"), ({ status }) => status === "parked")
        )
        const why = yield* ask(engine)("c-1", { workflows: [changing(other)] })
        expect(why.causes).toEqual(["diverged"])
        expect(why.sentences[0]).toContain("its history and the code of the host that turned it last disagree")
        expect(why.sentences.join("\n")).toMatch(/Its history has step quick#0 .*; the code has step other#0\./)
        expect(why.sentences).toContain("The code at hand does not go on with it either.")
        expect(why.todo.join("\n")).toContain("patched()")
        expect(why.todo.join("\n")).toContain("dynactor replay c-1")
        const mended = yield* ask(engine)("c-1", { workflows: [changing(quick)] })
        expect(mended.sentences).toContain("The code at hand goes on with it.")
        const compared = (code: typeof quick | typeof other) =>
          compareRun("c-1", { workflows: [changing(code)] }).pipe(
            Effect.provideService(RunTable, engine.table),
            Effect.provideService(Payloads, engine.payloads)
          )
        expect(yield* compared(quick)).toMatchObject({ verdict: "fits", replayed: 2, total: 2 })
        expect(yield* compared(other)).toMatchObject({
          verdict: "diverges",
          divergence: {
            position: 1,
            entry: "step/quick#0",
            reason: "NonDeterminismError",
            command: "step quick#0",
            recorded: expect.stringContaining("step quick#0"),
            now: "step other#0",
            location: expect.stringContaining("why.test.ts:")
          }
        })
        // The same before it has happened.
        expect(yield* Effect.map(compareRunOf(engine, "c-1", []), ({ divergence }) => divergence?.reason)).toBe(
          "UnknownWorkflow"
        )
      })
  )

  live("a workflow that no host knows", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [packing], steps })
      yield* engine.client.start(sleeper, { runId: "s-1", input: "lamp" })
      yield* eventually(
        "it is parked",
        Effect.map(engine.client.get("s-1"), ({ status }) => status === "parked")
      )
      const why = yield* ask(engine)("s-1")
      expect(why.causes).toEqual(["unknownWorkflow"])
      expect(why.sentences[0]).toBe("It is parked: the host that was to turn it has no code for it.")
      expect(why.sentences[1]).toContain("it knows packing@1")
      expect(why.todo[0]).toContain("Register this workflow with this version again")
    })
  )

  live("a sleep, until when; and one that is long over", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps })
      yield* engine.client.start(sleeper, { runId: "s-2", input: "lamp" })
      yield* waitsFor(engine.client, "s-2", "timer")
      const why = yield* ask(engine)("s-2")
      expect(why.causes).toEqual(["timer"])
      expect(why.sentences.at(-1)).toMatch(
        /^Its timer of 1 hour \(3600000ms#0\) is due at .* \(in (1 hour|60 minutes|59 minutes)\)\.$/
      )
      const late = yield* ask(engine, 2 * 3_600_000)("s-2")
      expect(late.causes).toEqual(["lagging"])
      expect(late.sentences.at(-1)).toMatch(/was due at .* \(1 hour ago\), and no turn has heard of it\./)
    })
  )

  live("steps: one in the hands of a worker, one that none takes, one that the code at hand lacks", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps, stepConcurrency: 1, grace: "1 millis" })
      yield* engine.client.start(busy, { runId: "b-1", input: "lamp" })
      // The only worker may have had the other step in its hands first.
      const first = yield* eventually(
        "the step that hangs is under way",
        Effect.map(ask(engine)("b-1"), ({ waits: [one] }) => one?.cause === "stepRunning" && one)
      )
      expect(first.sentence).toContain(
        `Attempt 1 of step hangs#0 is in the hands of process ${store === "sqlite" ? "" : `${hostname()}/`}${process.pid}`
      )
      const [late] = (yield* ask(engine, 60_000)("b-1")).waits
      if (store === "sqlite") {
        expect(late?.cause).toBe("noWorker")
        expect(late?.sentence).toMatch(
          /^Step hangs#0 waits in the queue for a worker since .* and none has taken it\. Process \d+ had it/
        )
      } else {
        // As a process sees it that does not have the step.
        const elsewhere = { ...engine, table: { ...engine.table, stepRetries: () => Effect.succeed([]) } }
        const [there] = (yield* ask(elsewhere)("b-1")).waits
        expect(there?.cause).toBe("stepUnderWay")
        expect(there?.sentence).toMatch(/^It waits for step hangs#0\. No attempt .* its queue tells nobody\.$/)
        const noted = (notBefore: number, worker?: string) => {
          const retry = { key: "hangs#0", attempt: 3, lastError: "Busy", notBefore, worker }
          return { ...engine, table: { ...engine.table, stepRetries: () => Effect.succeed([retry]) } }
        }
        const [soon] = (yield* ask(noted(Date.now() + 60_000))("b-1")).waits
        expect(soon?.sentence).toMatch(
          /^Step hangs#0 has failed twice, the last time with: Busy\. It is tried again at .*\.$/
        )
        const [long] = (yield* ask(noted(Date.now() - 60_000))("b-1")).waits
        expect(long?.cause).toBe("stepRetrying")
        expect(long?.sentence).toMatch(
          /with: Busy\. Its next attempt was to begin at .*, and no process is on record as having it in hand\.$/
        )
        expect(long?.todo).toContain("a host with step hangs")
        const [held] = (yield* ask(noted(Date.now() - 60_000, "host/7"))("b-1")).waits
        expect(held?.sentence).toMatch(/with: Busy\. Attempt 3 of step hangs#0 is in the hands of process host\/7:/)
      }
      const unknown = yield* ask(engine)("b-1", { steps: [quick] })
      expect(unknown.waits[0]).toMatchObject({
        cause: "unknownStep",
        sentence: expect.stringContaining("The code at hand has no step hangs."),
        todo: expect.stringContaining("Register step hangs")
      })
      expect(unknown.waits[1]?.cause).not.toBe("unknownStep")
    })
  )

  live("a cancelled run whose handler goes on", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps, grace: "1 millis" })
      yield* engine.client.start(stubborn, { runId: "u-1", input: "lamp" })
      yield* waitsFor(engine.client, "u-1", "step")
      yield* engine.client.cancel("u-1", { reason: "the customer" })
      const why = yield* eventually(
        "the cancellation is adopted",
        Effect.map(ask(engine)("u-1"), (why) => why.causes.includes("cancelling") && why)
      )
      expect(why.sentences.join(" ")).toContain("It was asked to cancel (the customer)")
    })
  )

  live("a run that is over, and how", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps })
      yield* engine.client.start(failing, { runId: "d-1", input: "lamp" })
      yield* Effect.exit(engine.client.wait(failing, "d-1"))
      const why = yield* ask(engine)("d-1")
      expect(why).toMatchObject({
        status: "failed",
        causes: ["stepFailed"],
        todo: [
          "What has led there: dynactor history d-1",
          "Once the cause is gone, let it go on from there: dynactor retry d-1"
        ]
      })
      expect(why.sentences[0]).toMatch(
        /^It has died, at .*: StepFailed: .*once.*, caused by Error: no luck\. Its attempts are used up/
      )
      expect(yield* Effect.flip(ask(engine)("nobody"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )
})

describe("a start that no host has taken", () => {
  live("is told as such, with what to look at", () =>
    Effect.gen(function* () {
      const look = Effect.gen(function* () {
        const client = yield* Client
        yield* client.start(sleeper, { runId: "s-1", input: "lamp" })
        const soon = yield* whyRun("s-1")
        const later = yield* Effect.updateService(whyRun("s-1", { workflows: [packing] }), Clock.Clock, (clock) =>
          laterClock(clock, 600_000)
        )
        return { soon, later }
      })
      const { later, soon } = yield* Effect.provide(
        look,
        clientLayer.pipe(Layer.provideMerge(sqliteStore({ filename: ":memory:" })))
      )
      expect(soon).toMatchObject({ status: "accepted", causes: ["notTurned"], todo: [] })
      expect(later.causes).toEqual(["notTurned", "unknownWorkflow"])
      expect(later.sentences[0]).toMatch(
        /^It was started at .* \(10 minutes ago\), and no turn of it has been taken\.$/
      )
      expect(later.todo[0]).toContain("Start a host with workflow sleeper, version 1, on this store.")
    })
  )
})

const compareRunOf = (engine: Engine, runId: string, workflows: ReadonlyArray<typeof sleeper>) =>
  compareRun(runId, { workflows }).pipe(
    Effect.provideService(RunTable, engine.table),
    Effect.provideService(Payloads, engine.payloads)
  )

const laterClock = (clock: Clock.Clock, laterMs: number): Clock.Clock => {
  const at = () => clock.currentTimeMillisUnsafe() + laterMs
  return Object.assign(Object.create(clock) as Clock.Clock, {
    currentTimeMillisUnsafe: at,
    currentTimeMillis: Effect.sync(at)
  })
}
