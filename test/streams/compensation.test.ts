import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { compensateWith, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openEngine, tempFile } from "./engine.ts"

class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", {}) {}

const setup = (end: Effect.Effect<void, OutOfStock>, options: { undoFails?: number; slowUndo?: boolean } = {}) => {
  const log: Array<string> = []
  /** While closed, undo is tried again and again. */
  const gate = { open: options.slowUndo !== true }
  const book = defineStep("book", {
    input: Schema.Number,
    output: Schema.Number,
    run: (n) =>
      Effect.as(
        Effect.sync(() => log.push(`book ${n}`)),
        n
      )
  })
  const undo = defineStep("undo", {
    input: Schema.Number,
    output: Schema.Void,
    retry: { attempts: 100_000, initial: 5, factor: 1, nonRetryable: (error) => (error as Error).name === "Broken" },
    run: (n) =>
      Effect.suspend(() => {
        if (!gate.open) return Effect.die("closed")
        log.push(`undo ${n}`)
        return n === options.undoFails
          ? Effect.die(Object.assign(new Error("undo is broken"), { name: "Broken" }))
          : Effect.void
      })
  })
  const workflow = defineWorkflow("books", {
    input: Schema.Void,
    output: Schema.Void,
    error: OutOfStock,
    run: () =>
      Effect.andThen(
        Effect.forEach([1, 2, 3], (n) => book(n).pipe(compensateWith(() => undo(n))), { discard: true }),
        end
      )
  })
  return { log, gate, workflow, workflows: [workflow], steps: [book, undo] }
}
const booked = ["book 1", "book 2", "book 3"]

describe("compensations", () => {
  live("run in reverse when the run fails; its outcome is the error", () =>
    Effect.gen(function* () {
      const one = setup(Effect.fail(new OutOfStock()))
      const { client } = yield* openEngine(one)
      expect(yield* Effect.flip(client.execute(one.workflow, { input: undefined }))).toBeInstanceOf(OutOfStock)
      expect(one.log).toEqual([...booked, "undo 3", "undo 2", "undo 1"])
    })
  )

  live("do not run when the run succeeds", () =>
    Effect.gen(function* () {
      const one = setup(Effect.void)
      const { client } = yield* openEngine(one)
      yield* client.execute(one.workflow, { input: undefined })
      expect(one.log).toEqual(booked)
    })
  )

  live("all run though one of them fails, which the outcome tells", () =>
    Effect.gen(function* () {
      const one = setup(Effect.fail(new OutOfStock()), { undoFails: 2 })
      const { client } = yield* openEngine(one)
      const error = yield* Effect.flip(client.execute(one.workflow, { input: undefined }))
      expect(error).toMatchObject({ _tag: "RunDied", cause: { _tag: "CompensationFailed" } })
      expect(JSON.stringify(error)).toContain("OutOfStock")
      expect(one.log).toEqual([...booked, "undo 3", "undo 2", "undo 1"])
    })
  )

  live("go on after a restart in the middle", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = setup(Effect.fail(new OutOfStock()), { slowUndo: true })
      const first = yield* openEngine({ ...one, filename })
      yield* first.client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "undo is open",
        Effect.map(first.client.get("r"), (run) =>
          run.waitingFor.some((one) => one.kind === "step" && one.key === "undo#0")
        )
      )
      yield* first.close
      one.gate.open = true
      const second = yield* openEngine({ ...one, filename })
      expect(yield* Effect.flip(second.client.wait(one.workflow, "r"))).toBeInstanceOf(OutOfStock)
      expect(one.log).toEqual([...booked, "undo 3", "undo 2", "undo 1"])
    })
  )
})

describe("cancellation", () => {
  const sleeping = Effect.sleep("1 hour")

  live("interrupts the body and compensates; twice is once", () =>
    Effect.gen(function* () {
      const one = setup(sleeping)
      const { client } = yield* openEngine(one)
      yield* client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "it sleeps",
        Effect.map(client.get("r"), (run) => run.waitingFor[0]?.kind === "timer")
      )
      yield* Effect.all([client.cancel("r", { reason: "a" }), client.cancel("r", { reason: "a" })], { concurrency: 2 })
      expect(yield* Effect.flip(client.wait(one.workflow, "r"))).toMatchObject({ _tag: "RunCancelled", reason: "a" })
      expect(one.log).toEqual([...booked, "undo 3", "undo 2", "undo 1"])
      expect((yield* client.get("r")).status).toBe("cancelled")
    })
  )

  live.each(["a failure", "a cancellation"])("during the compensation of %s changes nothing", (what) =>
    Effect.gen(function* () {
      const one = setup(what === "a failure" ? Effect.fail(new OutOfStock()) : sleeping, { slowUndo: true })
      const { client } = yield* openEngine(one)
      yield* client.start(one.workflow, { runId: "r", input: undefined })
      if (what === "a cancellation") {
        yield* eventually(
          "it sleeps",
          Effect.map(client.get("r"), (run) => run.waitingFor[0]?.kind === "timer")
        )
        yield* client.cancel("r", { reason: "first" })
      }
      yield* eventually(
        "undo is open",
        Effect.map(client.get("r"), (run) => run.waitingFor.some((one) => one.kind === "step" && one.key === "undo#0"))
      )
      yield* client.cancel("r", { reason: "second" })
      one.gate.open = true
      const error = yield* Effect.flip(client.wait(one.workflow, "r"))
      if (what === "a failure") expect(error).toBeInstanceOf(OutOfStock)
      else expect(error).toMatchObject({ _tag: "RunCancelled", reason: "first" })
      expect(one.log).toEqual([...booked, "undo 3", "undo 2", "undo 1"])
    })
  )

  live("before any host has seen the run cancels it", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = setup(sleeping)
      const outside = yield* openEngine({ filename })
      yield* outside.client.start(one.workflow, { runId: "r", input: undefined })
      yield* outside.client.cancel("r")
      yield* outside.close
      const { client } = yield* openEngine({ ...one, filename })
      expect(yield* Effect.flip(client.wait(one.workflow, "r"))).toMatchObject({ _tag: "RunCancelled", reason: null })
      for (const line of one.log.filter((text) => text.startsWith("book"))) {
        expect(one.log).toContain(line.replace("book", "undo"))
      }
    })
  )
})
