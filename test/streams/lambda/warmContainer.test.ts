import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineStep } from "../../../src/index.ts"
import type { TurnStoreServices } from "../../../src/store/aws/functionStore.ts"
import { encodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import { Heartbeats } from "../../../src/store/beside/heartbeats.ts"
import { OutputChunks } from "../../../src/store/beside/outputChunks.ts"
import { Replies } from "../../../src/store/beside/replies.ts"
import { StepMarks } from "../../../src/store/beside/stepMarks.ts"
import { CallbackKeys } from "../../../src/store/callbacks/callbackKeys.ts"
import { Commits } from "../../../src/store/commits.ts"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import { Payloads } from "../../../src/store/payloads.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { StepQueue } from "../../../src/store/stepQueue.ts"
import { Timers } from "../../../src/store/timers.ts"
import { makeContainer } from "../../../src/streams/lambda/container.ts"
import type { QueueEvent } from "../../../src/streams/lambda/events.ts"
import { makeTurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import { makeTelemetry } from "../../../src/streams/lambda/telemetry/telemetry.ts"
import { Runs } from "../../../src/streams/turns/runs.ts"
import { contextWith } from "./platform.ts"

const away = new StoreUnavailable({ operation: "RunTable.readRun", message: "away" })

/** A store without runs, whose reads fail so many times, and what it was told. */
const fakeStore = () => {
  const state = { failures: 0, reads: 0, built: 0, buildFailures: 0, released: [] as Array<string> }
  const table = {
    readRun: () =>
      Effect.suspend(() => {
        state.reads++
        return state.failures-- > 0
          ? Effect.fail(away)
          : Effect.succeed({ head: undefined, segments: [], messages: [] })
      }),
    readHead: () => Effect.succeed(undefined),
    readMessage: () => Effect.succeed(undefined)
  } as unknown as RunTable["Service"]
  const queue = {
    release: (delivery: { readonly receipt: string }) => Effect.sync(() => void state.released.push(delivery.receipt)),
    complete: () => Effect.void
  } as unknown as StepQueue["Service"]
  const commits = {
    atomic: false,
    commit: () => Effect.succeed({ _tag: "Committed", head: undefined, conflicts: [] })
  } as unknown as Commits["Service"]
  const services: Context.Context<TurnStoreServices> = Context.make(RunTable, table).pipe(
    Context.add(StepQueue, queue),
    Context.add(Commits, commits),
    Context.add(Payloads, {} as Payloads["Service"]),
    Context.add(Replies, {} as Replies["Service"]),
    Context.add(OutputChunks, {} as OutputChunks["Service"]),
    Context.add(Timers, {} as Timers["Service"]),
    Context.add(CallbackKeys, {} as CallbackKeys["Service"]),
    Context.add(Heartbeats, {} as Heartbeats["Service"]),
    Context.add(StepMarks, {} as StepMarks["Service"])
  )
  const layer = Layer.effectContext(
    Effect.suspend(() => {
      state.built++
      return state.buildFailures-- > 0 ? Effect.fail("no credentials yet") : Effect.succeed(services)
    })
  )
  return { state, layer }
}

const quiet = Logger.layer([]) as Layer.Layer<never>

const open = () => {
  const store = fakeStore()
  const options = { warmRuns: 10, budget: 1_000, turnLimitMs: 2_000, unknownStepReceives: 8 } as const
  const telemetry = () => makeTelemetry(() => ({}))
  const container = makeContainer({ workflows: [], steps: [], store: store.layer, layer: quiet, telemetry, ...options })
  const ring = (leftMs: number, patience: Parameters<typeof container.invoke>[1]) =>
    container.invoke(contextWith(leftMs), patience, () =>
      Effect.flatMap(Runs, (runs) => Effect.result(runs.ring("r", [])))
    )
  return { ...store, ring }
}

const event = (messageId: string, receives = 1): QueueEvent => ({
  Records: [
    {
      messageId,
      receiptHandle: messageId,
      attributes: { ApproximateReceiveCount: String(receives) },
      body: encodeQueueMessage({
        kind: "step",
        runId: "r",
        key: `look#${messageId}`,
        name: "look",
        fingerprint: "a",
        index: 0,
        token: null,
        input: { json: "null" },
        attempt: 1,
        notBefore: 0
      })
    }
  ]
})

describe("a container from one event to the next", () => {
  it("gives up by the time of each event, and not by that of its first", async () => {
    const { ring, state } = open()
    state.failures = Number.POSITIVE_INFINITY
    expect((await ring(60_000, { ms: 20 }))._tag).toBe("Failure")
    // The store comes back while the second event has time: with the first one's it would have none.
    state.failures = 3
    state.reads = 0
    expect((await ring(60_000, "untilHandBack"))._tag).toBe("Success")
    expect(state.reads).toBe(4)
    // And an event in a hurry is not held up by one that had time.
    state.failures = Number.POSITIVE_INFINITY
    const begunAt = Date.now()
    expect((await ring(60_000, { ms: 20 }))._tag).toBe("Failure")
    expect(Date.now() - begunAt).toBeLessThan(30_000)
  })

  it("gives up before its time is up, however patient it is", async () => {
    const { ring, state } = open()
    state.failures = Number.POSITIVE_INFINITY
    const begunAt = Date.now()
    expect((await ring(1_000, { ms: 60_000 }))._tag).toBe("Failure")
    expect(Date.now() - begunAt).toBeLessThan(30_000)
  })

  it("builds its clients once, and again if they could not be built", async () => {
    const { ring, state } = open()
    state.buildFailures = 1
    await expect(ring(60_000, { ms: 20 })).rejects.toThrow(/no credentials yet/)
    for (let event = 0; event < 3; event++) expect((await ring(60_000, { ms: 20 }))._tag).toBe("Success")
    expect(state.built).toBe(2)
  })

  it("begins each step with a signal of its own, and hands back to the queue that the event names", async () => {
    const store = fakeStore()
    const signals: Array<{ readonly signal: AbortSignal; readonly wasAborted: boolean }> = []
    let isStuck = true
    const look = defineStep("look", {
      input: Schema.Null,
      output: Schema.Null,
      run: async (_, { signal }) => {
        signals.push({ signal, wasAborted: signal.aborted })
        if (isStuck) await new Promise((resolve) => signal.addEventListener("abort", resolve))
        return null
      }
    })
    let queueUrl = "first"
    const handlers = makeTurnHandlers({
      tuning: {},
      workflows: [],
      steps: [look],
      layer: quiet,
      store: store.layer,
      environment: () => ({ DYNACTOR_QUEUE_URL: queueUrl })
    })
    const handedBack = { batchItemFailures: [{ itemIdentifier: "1" }] }
    expect(await handlers.step(event("1"), contextWith(800))).toEqual(handedBack)
    queueUrl = "second"
    expect(await handlers.step(event("2"), contextWith(800))).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] })
    isStuck = false
    expect(await handlers.step(event("3"), contextWith(60_000))).toEqual({ batchItemFailures: [] })
    expect(signals.map(({ wasAborted }) => wasAborted)).toEqual([false, false, false])
    expect(signals.map(({ signal }) => signal.aborted)).toEqual([true, true, false])
    expect(store.state.released).toEqual(["first 1", "second 2"])
    expect(store.state.built).toBe(1)
  })
})

it.each([2, 5])("a step that nobody knows is given up by its receipt %d, as was set", async (unknownStepReceives) => {
  const handlers = makeTurnHandlers({
    tuning: { unknownStepReceives },
    workflows: [],
    steps: [],
    layer: quiet,
    store: fakeStore().layer,
    environment: () => ({ DYNACTOR_QUEUE_URL: "queue" })
  })
  const comesAgain = async (receives: number) =>
    (await handlers.step(event("1", receives), contextWith(60_000))).batchItemFailures.length === 1
  expect(await comesAgain(unknownStepReceives - 1)).toBe(true)
  expect(await comesAgain(unknownStepReceives)).toBe(false)
})
