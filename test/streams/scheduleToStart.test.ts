import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "./engine.ts"

const setUp = (scheduleToStart: number, forMs = 0) => {
  const told = { begun: 0 }
  const step = defineStep("step", {
    input: Schema.Void,
    output: Schema.Number,
    scheduleToStart,
    run: () => {
      told.begun++
      return Effect.delay(Effect.succeed(told.begun), forMs)
    }
  })
  const workflow = defineWorkflow("tells", {
    input: Schema.Void,
    output: Schema.String,
    run: () =>
      Effect.match(step.orFail(), {
        onFailure: ({ attempts, reason }) => `${reason} after ${attempts}`,
        onSuccess: String
      })
  })
  return { told, step, workflow }
}

onEachStore("From its call to its start", (newStore, store) => {
  live("a step that nobody begins in time fails, and is never begun", () =>
    Effect.gen(function* () {
      const { step, told, workflow } = setUp(1_500)
      const open = yield* newStore
      // Nobody here knows the step.
      const first = yield* open({ workflows: [workflow], steps: [], unknownStepReceives: 1_000_000 })
      const before = Date.now()
      expect(yield* first.client.execute(workflow, { runId: "r", input: undefined })).toBe("scheduleToStart after 0")
      expect(Date.now() - before).toBeGreaterThanOrEqual(1_499)
      expect(told.begun).toBe(0)
      // The poll of a host that has closed may still be under way at the server, and takes a message with it for half a minute.
      if (store === "aws") return
      yield* first.close
      // Who comes later finds its message, and that it is too late.
      const late = yield* open({ workflows: [workflow], steps: [step] })
      const again = yield* late.client.execute(workflow, { runId: "after", input: undefined })
      expect(again).toBe("1")
      expect(told.begun).toBe(1)
    })
  )

  live("a step that is begun in time is waited for, however long it takes", () =>
    Effect.gen(function* () {
      const { step, told, workflow } = setUp(500, 1_500)
      const open = yield* newStore
      const { client } = yield* open({ workflows: [workflow], steps: [step] })
      expect(yield* client.execute(workflow, { runId: "r", input: undefined })).toBe("1")
      expect(told.begun).toBe(1)
      // The look at it is in the history: a replay goes the same way.
      const keys = (yield* client.history("r")).map(({ key }) => key)
      expect(keys.some((key) => key.startsWith("step/dynactor.expireUnbegun:"))).toBe(true)
    })
  )

  live("a step that is quick has nothing of it but its mark", () =>
    Effect.gen(function* () {
      const { step, workflow } = setUp(60_000)
      const open = yield* newStore
      const { client } = yield* open({ workflows: [workflow], steps: [step] })
      expect(yield* client.execute(workflow, { runId: "r", input: undefined })).toBe("1")
      expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start", "step/step#0"])
    })
  )

  // On SQS a timer waits for a place as steps do.
  if (store === "aws") return
  live("a step that waits for a place fails when its time is up, and not when there is one", () =>
    Effect.gen(function* () {
      const { step, told, workflow } = setUp(300)
      const gate = { open: false }
      const blocks = defineStep("blocks", {
        input: Schema.Void,
        output: Schema.Void,
        run: () =>
          eventually(
            "the gate is open",
            Effect.sync(() => gate.open)
          )
      })
      const blocked = defineWorkflow("blocked", { input: Schema.Void, output: Schema.Void, run: () => blocks() })
      const open = yield* newStore
      const { client } = yield* open({ workflows: [workflow, blocked], steps: [blocks, step], stepConcurrency: 1 })
      yield* client.start(blocked, { runId: "b", input: undefined })
      yield* eventually(
        "the place is taken",
        Effect.map(client.get("b"), ({ waitingFor }) => waitingFor.length === 1)
      )
      expect(yield* client.execute(workflow, { runId: "r", input: undefined })).toBe("scheduleToStart after 0")
      gate.open = true
      yield* client.wait(blocked, "b")
      expect(yield* client.execute(workflow, { runId: "after", input: undefined })).toBe("1")
      expect(told.begun).toBe(1)
    })
  )
})
