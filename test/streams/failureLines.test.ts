import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import {
  continueAsNew,
  defineSignal,
  defineStep,
  defineUpdate,
  defineWorkflow,
  updatesSettled
} from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { type Engine, eventually, live } from "./engine.ts"

const secret = "4111-1111"

class Declined extends Schema.TaggedError<Declined>()("Declined", { card: Schema.String }) {}

const stepOf = (inline: boolean) =>
  defineStep("flaky", {
    input: Schema.String,
    output: Schema.Void,
    error: Declined,
    inline,
    retry: { attempts: 3, initial: 1, jitter: 0, nonRetryable: (error) => (error as Error).name === "Hopeless" },
    run: (how, { attempt }) =>
      Effect.andThen(
        Effect.log("at work"),
        Effect.suspend((): Effect.Effect<void, Declined> => {
          if (how === "declined") return Effect.fail(new Declined({ card: secret }))
          if (how === "thrown") return Effect.die({ code: "E_CARD", card: secret })
          if (how === "hopeless") return Effect.die(Object.assign(new Error("no way"), { name: "Hopeless" }))
          return attempt < 3 ? Effect.die(new TypeError("out of order")) : Effect.void
        })
      )
  })

const definitions = (inline: boolean) => {
  const flaky = stepOf(inline)
  const calls = defineWorkflow("calls", {
    input: Schema.String,
    output: Schema.Void,
    error: Declined,
    run: (how) => flaky(how)
  })
  return { workflows: [calls], steps: [flaky], calls }
}

const told = ({ entries }: Engine, run: string) =>
  entries.filter(({ annotations, level }) => annotations.run === run && level !== "Info")

onEachStore("What is told of failures", (newStore) => {
  for (const inline of [false, true]) {
    const kind = inline ? "inline" : "queued"
    const calls = Effect.gen(function* () {
      const open = yield* newStore
      const { calls, ...others } = definitions(inline)
      const engine = yield* open(others)
      const run = (how: string) => Effect.exit(engine.client.execute(calls, { runId: how, input: how }))
      return { engine, run }
    })
    const at = (attempt: number, run: string) => ({ run, workflow: "calls", step: "flaky", key: "flaky#0", attempt })

    live(`is each failed attempt of a ${kind} step, and nothing of what succeeds`, () =>
      Effect.gen(function* () {
        const { engine, run } = yield* calls
        yield* run("twice")
        expect(told(engine, "twice")).toEqual([
          {
            level: "Warn",
            text: "step flaky#0 of run twice failed, attempt 1 of 3, tried again in 1 ms: TypeError: out of order",
            annotations: at(1, "twice")
          },
          {
            level: "Warn",
            text: "step flaky#0 of run twice failed, attempt 2 of 3, tried again in 2 ms: TypeError: out of order",
            annotations: at(2, "twice")
          }
        ])
        const atWork = engine.entries.filter(({ text }) => text === "at work").map(({ annotations }) => annotations)
        expect(atWork).toEqual([at(1, "twice"), at(2, "twice"), at(3, "twice")])
      })
    )

    live(
      `is the last attempt of a ${kind} step and the run that it fails, by the name of a typed error and no more`,
      () =>
        Effect.gen(function* () {
          const { engine, run } = yield* calls
          yield* run("declined")
          const line = { level: "Warn", text: "run declined of workflow calls failed: Declined" }
          const end = yield* eventually(
            "the run's end is told",
            Effect.sync(() => told(engine, "declined").find(({ text }) => text === line.text))
          )
          expect(end).toEqual({ ...line, annotations: { run: "declined", workflow: "calls" } })
          expect(told(engine, "declined").map(({ text }) => text)).toEqual([
            "step flaky#0 of run declined failed, attempt 1 of 3, tried again in 1 ms: Declined",
            "step flaky#0 of run declined failed, attempt 2 of 3, tried again in 2 ms: Declined",
            "step flaky#0 of run declined failed, attempt 3 of 3, not tried again: Declined",
            line.text
          ])
          expect(engine.logged.join("\n")).not.toContain(secret)
        })
    )

    live(`is the kind of what a ${kind} step throws that is no error, and nothing that it carries`, () =>
      Effect.gen(function* () {
        const { engine, run } = yield* calls
        yield* run("thrown")
        const what = "an object was thrown, which is no Error, code E_CARD"
        const end = yield* eventually(
          "the run's end is told",
          Effect.sync(() => told(engine, "thrown").find(({ level }) => level === "Error"))
        )
        expect(end.text).toBe(`run thrown of workflow calls died: StepFailed: step flaky: ${what}`)
        expect(told(engine, "thrown").map(({ text }) => text)).toEqual([
          `step flaky#0 of run thrown failed, attempt 1 of 3, tried again in 1 ms: ${what}`,
          `step flaky#0 of run thrown failed, attempt 2 of 3, tried again in 2 ms: ${what}`,
          `step flaky#0 of run thrown failed, attempt 3 of 3, not tried again: ${what}`,
          end.text
        ])
        expect(engine.logged.join("\n")).not.toContain(secret)
      })
    )

    live(`is the run that dies of a ${kind} step, as an error`, () =>
      Effect.gen(function* () {
        const { engine, run } = yield* calls
        yield* run("hopeless")
        const end = yield* eventually(
          "the run's end is told",
          Effect.sync(() => told(engine, "hopeless").find(({ level }) => level === "Error"))
        )
        expect(end).toEqual({
          level: "Error",
          text: "run hopeless of workflow calls died: StepFailed: step flaky: Hopeless: no way",
          annotations: { run: "hopeless", workflow: "calls" }
        })
        expect(told(engine, "hopeless").map(({ text }) => text)).toEqual([
          "step flaky#0 of run hopeless failed, attempt 1 of 3, not tried again, as this is no error that another attempt may mend: Hopeless: no way",
          end.text
        ])
      })
    )
  }

  live(
    "is an update whose handler dies, or answers what its schema does not take; what it was asked to refuse is the sender's",
    () =>
      Effect.gen(function* () {
        const open = yield* newStore
        const change = defineUpdate("change", { input: Schema.String, output: Schema.Finite, error: Declined })
        const body = Effect.andThen(
          change.handle((how): Effect.Effect<number, Declined> => {
            if (how === "dies") return Effect.die(new TypeError("out of order"))
            if (how === "thrown") return Effect.die({ code: "E_CARD", card: secret })
            return how === "declined" ? Effect.fail(new Declined({ card: secret })) : Effect.succeed(Number.NaN)
          }),
          Effect.never
        )
        const changed = defineWorkflow("changed", { input: Schema.Void, output: Schema.Void, run: () => body })
        const engine = yield* open({ workflows: [changed] })
        yield* engine.client.start(changed, { runId: "r", input: undefined })
        // Nobody waits for an answer.
        for (const how of ["dies", "thrown", "declined", "odd"])
          yield* engine.client.sendUpdate("r", change, how, { id: how })
        const lines = yield* eventually(
          "all are told",
          Effect.sync(() => (told(engine, "r").length >= 3 ? told(engine, "r") : undefined))
        )
        const of = (id: string) => ({ run: "r", workflow: "changed", update: "change", id })
        expect(lines).toEqual([
          {
            level: "Warn",
            text: "update change of run r failed: it died: TypeError: out of order",
            annotations: of("dies")
          },
          {
            level: "Warn",
            text: "update change of run r failed: it died: a defect that is no error",
            annotations: of("thrown")
          },
          {
            level: "Warn",
            text: expect.stringContaining("the answer of update change does not fit"),
            annotations: of("odd")
          }
        ])
        expect(engine.logged.join("\n")).not.toContain(secret)
      })
  )

  live("of a run that ends in the midst of updates: which, but for one that is cancelled or waits for them", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const add = defineUpdate("add", { input: Schema.Int, output: Schema.Int })
      const enough = defineSignal("enough", Schema.Literals(["end", "continue", "settle"]))
      const adds = defineWorkflow("adds", {
        input: Schema.Int,
        output: Schema.Int,
        run: Effect.fn(function* (generation: number) {
          yield* add.handle((n) => Effect.as(Effect.sleep(n), n))
          if (generation === 1) return 0
          const how = yield* enough.receive
          if (how === "continue") return yield* continueAsNew(1)
          if (how === "settle") yield* updatesSettled
          return 1
        })
      })
      const engine = yield* open({ workflows: [adds] })
      for (const runId of ["end", "continue", "settle", "cancel"] as const) {
        yield* engine.client.start(adds, { runId, input: 0 })
        yield* engine.client.sendUpdate(runId, add, runId === "settle" ? 1 : 3_600_000, { id: "u" })
        if (runId === "cancel") yield* engine.client.cancel(runId)
        else yield* engine.client.signal(runId, enough, runId)
        yield* Effect.exit(engine.client.wait(adds, runId))
      }
      const lines = yield* eventually(
        "both are told",
        Effect.sync(() => {
          const found = engine.logged.filter((line) => line.includes("in the midst"))
          return found.length >= 2 ? found : undefined
        })
      )
      expect(lines).toEqual([
        expect.stringMatching(
          /^Warn run end of workflow adds has ended in the midst .*: update\/add\/u\. .* updatesSettled$/
        ),
        expect.stringMatching(
          /^Warn run continue of workflow adds has continued as new in the midst .*: update\/add\/u\. /
        )
      ])
    })
  )
})
