import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow, sleep } from "../../src/index.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live, type StoreLayer } from "./engine.ts"

const seen = { executions: 0 }

const slow = defineStep("slow", {
  input: Schema.Void,
  output: Schema.String,
  run: () => Effect.sync(() => `execution ${++seen.executions}`)
})
const passBy = defineSignal("passBy", Schema.String)
const end = defineSignal("end", Schema.String)

const races = defineWorkflow("races", {
  input: Schema.Void,
  output: Schema.String,
  run: Effect.fnUntraced(function* () {
    // What else the commit has asked for stays open, so that on AWS the fence of its messages stays.
    const told = Effect.race(end.receive, Effect.as(sleep("10 minutes"), "nothing"))
    const both = yield* Effect.all([Effect.race(slow(undefined), passBy.receive), told], { concurrency: 2 })
    return both.join(", ")
  })
})

/** What the queue hands out. */
const withReceive =
  (receive: (queue: StepQueue["Service"]) => StepQueue["Service"]["receive"]) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.map(Effect.context<any>(), (context) => {
        const queue = Context.get(context, StepQueue)
        return Context.add(context, StepQueue, { ...queue, receive: receive(queue) })
      })
    ).pipe(Layer.provideMerge(store)) as StoreLayer

/** It turns runs, and its workers hear of nothing. */
const withoutWork = withReceive(() => () => Effect.never)

const ageMs = 120_000

onEachStore("A step whose message has waited for long", (newStore) => {
  live("is left alone where its run goes on without it, and runs where it is waited for", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const options = { workflows: [races], steps: [slow] }
      seen.executions = 0
      const first = yield* open({ ...options, wrap: withoutWork })
      for (const runId of ["passed", "waits"]) yield* first.client.start(races, { runId, input: undefined })
      for (const runId of ["passed", "waits"])
        yield* eventually(
          `${runId} waits for its step`,
          Effect.map(first.table.readHead(runId), (head) => head?.open.some(({ kind }) => kind === "step"))
        )
      yield* first.client.signal("passed", passBy, "passed by")
      yield* eventually(
        "the run goes on without its step",
        Effect.map(first.table.readHead("passed"), (head) => head?.open.every(({ kind }) => kind !== "step"))
      )
      yield* first.close

      const settled: Array<string> = []
      const late = (queue: StepQueue["Service"]) => (asked: Parameters<typeof queue.receive>[0]) =>
        Effect.map(queue.receive(asked), (deliveries) =>
          deliveries.map((delivery) => {
            settled.push(delivery.message.runId)
            return { ...delivery, message: { ...delivery.message, notBefore: delivery.message.notBefore - ageMs } }
          })
        )
      const second = yield* open({ ...options, wrap: withReceive(late) })
      yield* second.client.signal("waits", end, "told")
      expect(yield* second.client.wait(races, "waits")).toBe("execution 1, told")
      yield* eventually(
        "both messages have come",
        Effect.sync(() => settled.includes("passed") && second.host.stepsUnderWay() === 0)
      )
      yield* second.client.signal("passed", end, "told")
      expect(yield* second.client.wait(races, "passed")).toBe("passed by, told")
      expect(seen.executions).toBe(1)
    })
  )
})
