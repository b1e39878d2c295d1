import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { StoreRefused, StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { eventually, live, openEngine, type StoreLayer, tempFile } from "./engine.ts"
import { type Faults, faulty } from "./faults.ts"

describe("inline steps", () => {
  const setup = () => {
    const executions: Array<string> = []
    const gate = { open: false }
    const inline = defineStep("inline", {
      input: Schema.Number,
      output: Schema.Number,
      inline: true,
      run: (n, { idempotencyKey }) =>
        Effect.sync(() => {
          executions.push(idempotencyKey)
          return n + 1
        })
    })
    const queued = defineStep("queued", {
      input: Schema.Number,
      output: Schema.Number,
      retry: { attempts: 10_000, initial: 5, factor: 1 },
      run: (n) => Effect.suspend(() => (gate.open ? Effect.succeed(n * 10) : Effect.die("closed")))
    })
    const workflow = defineWorkflow("mixes", {
      input: Schema.Number,
      output: Schema.Number,
      run: Effect.fn(function* (n: number) {
        let sum = n
        for (let i = 0; i < 5; i++) sum = yield* inline(sum)
        sum = yield* queued(sum)
        for (let i = 0; i < 5; i++) sum = yield* inline(sum)
        return sum
      })
    })
    return { executions, gate, workflow, workflows: [workflow], steps: [inline, queued] }
  }

  live("cost one commit for all that stand together", () =>
    Effect.gen(function* () {
      const one = setup()
      one.gate.open = true
      const { client, table } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { runId: "r", input: 0 })).toBe(55)
      expect((yield* table.readHead("r"))?.version).toBe(2)
    })
  )

  live("are not run again after a restart: their outcomes are durable", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = setup()
      const first = yield* openEngine({ ...one, filename })
      yield* first.client.start(one.workflow, { runId: "r", input: 0 })
      yield* eventually(
        "the queued step is open",
        Effect.map(first.client.get("r"), (run) => run.waitingFor.length === 1)
      )
      yield* first.close
      one.gate.open = true
      const second = yield* openEngine({ ...one, filename })
      expect(yield* second.client.wait(one.workflow, "r")).toBe(55)
      expect(one.executions).toEqual(Array.from({ length: 10 }, (_, i) => `r/inline#${i}`))
    })
  )

  live("contended for by two hosts have one outcome each", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      let drawn = 0
      const draw = defineStep("draw", {
        input: Schema.Void,
        output: Schema.Number,
        inline: true,
        run: () =>
          Effect.delay(
            Effect.sync(() => ++drawn),
            1
          )
      })
      const workflow = defineWorkflow("draws", {
        input: Schema.Void,
        output: Schema.Array(Schema.Number),
        run: () => Effect.all(Array.from({ length: 6 }, () => draw()))
      })
      const options = { filename, workflows: [workflow], steps: [draw] }
      const hosts = [yield* openEngine(options), yield* openEngine(options)]
      const [first, second] = hosts
      if (first === undefined || second === undefined) throw new Error("two hosts were to be opened")
      const outsider = yield* openEngine({ filename, workflows: [workflow], steps: [draw] })
      const ids = Array.from({ length: 20 }, (_, i) => `r${i}`)
      yield* Effect.forEach(ids, (runId) => outsider.client.start(workflow, { runId, input: undefined }), {
        concurrency: 5
      })
      for (const runId of ids) {
        const outcome = yield* first.client.wait(workflow, runId)
        const { messages } = yield* second.table.readRun(runId)
        const accepted = messages.flatMap((row) =>
          row.kind === "step" && "json" in row.outcome.payload ? [Number(row.outcome.payload.json)] : []
        )
        expect(accepted.length).toBe(6)
        expect(outcome.toSorted()).toEqual(accepted.toSorted())
      }
    })
  )

  live("run side by side where the workflow lets them", () =>
    Effect.gen(function* () {
      let under = 0
      let most = 0
      const slow = defineStep("slow", {
        input: Schema.Number,
        output: Schema.Number,
        inline: true,
        run: (n) =>
          Effect.gen(function* () {
            most = Math.max(most, ++under)
            yield* Effect.sleep(20)
            under--
            return n
          })
      })
      const workflow = defineWorkflow("wide", {
        input: Schema.Void,
        output: Schema.Array(Schema.Number),
        run: () =>
          Effect.all(
            [1, 2, 3, 4].map((n) => slow(n)),
            { concurrency: "unbounded" }
          )
      })
      const { client } = yield* openEngine({ workflows: [workflow], steps: [slow] })
      expect(yield* client.execute(workflow, { input: undefined })).toEqual([1, 2, 3, 4])
      expect(most).toBe(4)
    })
  )
})

describe("a shutdown", () => {
  live("gives an inline step its grace, as it does others", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      let begun = 0
      const slow = defineStep("slow", {
        input: Schema.Void,
        output: Schema.Number,
        inline: true,
        run: () =>
          Effect.andThen(
            Effect.sync(() => void begun++),
            Effect.as(Effect.sleep(300), 7)
          )
      })
      const workflow = defineWorkflow("once", { input: Schema.Void, output: Schema.Number, run: () => slow() })
      const first = yield* openEngine({ filename, workflows: [workflow], steps: [slow], grace: "10 seconds" })
      yield* first.client.start(workflow, { runId: "r", input: undefined })
      yield* eventually(
        "it has begun",
        Effect.sync(() => begun === 1)
      )
      yield* first.close
      const second = yield* openEngine({ filename, workflows: [workflow], steps: [slow] })
      expect(yield* second.client.wait(workflow, "r")).toBe(7)
      expect(begun).toBe(1)
    })
  )
})

describe("inline steps whose outcomes cannot be stored now", () => {
  /** Two side by side, the second of which has a large outcome. */
  const setup = () => {
    const executions: Array<string> = []
    const note = (key: string) => Effect.sync(() => void executions.push(key))
    const small = defineStep("small", {
      input: Schema.Void,
      output: Schema.String,
      inline: true,
      run: (_, { idempotencyKey }) => Effect.as(note(idempotencyKey), "small")
    })
    const large = defineStep("large", {
      input: Schema.Void,
      output: Schema.String,
      inline: true,
      run: (_, { idempotencyKey }) => Effect.as(note(idempotencyKey), "x".repeat(300_000))
    })
    const both = defineWorkflow("both", {
      input: Schema.Void,
      output: Schema.Number,
      run: () =>
        Effect.map(Effect.all([small(), large()], { concurrency: "unbounded" }), ([a, b]) => a.length + b.length)
    })
    return { executions, both, workflows: [both], steps: [small, large] }
  }

  const refusingPayloads =
    (refusal: () => StoreRefused | StoreUnavailable | undefined) =>
    (store: StoreLayer): StoreLayer =>
      Layer.provideMerge(
        Layer.effect(
          Payloads,
          Effect.map(Payloads, (payloads) => ({
            ...payloads,
            inlineLimitBytes: 10_000,
            put: (sha256: string, text: string) =>
              Effect.suspend(() => {
                const failure = refusal()
                return failure === undefined ? payloads.put(sha256, text) : Effect.fail(failure)
              })
          }))
        ),
        store
      ) as StoreLayer

  live("for a right that is missing: the run is parked, and their code does not run again for it", () =>
    Effect.gen(function* () {
      const one = setup()
      let refusal: StoreRefused | undefined = new StoreRefused({
        operation: "Payloads.put",
        message: "AccessDenied: s3:PutObject",
        mend: "give it"
      })
      const { client, host } = yield* openEngine({ ...one, wrap: refusingPayloads(() => refusal) })
      yield* client.start(one.both, { runId: "r", input: undefined })
      expect(yield* Effect.flip(client.wait(one.both, "r", { failWhenParked: true }))).toMatchObject({
        _tag: "RunParked",
        reason: { _tag: "WriteRefused", operation: "Payloads.put" }
      })
      for (let sweep = 0; sweep < 3; sweep++) yield* host.sweep
      refusal = undefined
      yield* host.sweep
      expect(yield* client.wait(one.both, "r")).toBe(300_005)
      expect(one.executions.sort()).toEqual(["r/large#0", "r/small#0"])
    })
  )

  live("for payloads that are away: their code does not run again with each attempt", () =>
    Effect.gen(function* () {
      const one = setup()
      let asked = 0
      const away = new StoreUnavailable({ operation: "Payloads.put", message: "away" })
      const { client } = yield* openEngine({ ...one, wrap: refusingPayloads(() => (++asked <= 4 ? away : undefined)) })
      expect(yield* client.execute(one.both, { runId: "r", input: undefined })).toBe(300_005)
      expect(asked).toBe(5)
      expect(one.executions.sort()).toEqual(["r/large#0", "r/small#0"])
    })
  )

  live("for a table that takes no rows now: their code does not run again with each attempt", () =>
    Effect.gen(function* () {
      const one = setup()
      let asked = 0
      const faults: Faults = {
        tried: new Map(),
        isAway: (operation) => operation === "Commits.commit" && ++asked <= 6
      }
      const { client } = yield* openEngine({ ...one, wrap: faulty(faults) })
      expect(yield* client.execute(one.both, { runId: "r", input: undefined })).toBe(300_005)
      expect(asked).toBeGreaterThan(6)
      expect(one.executions.sort()).toEqual(["r/large#0", "r/small#0"])
    })
  )
})
