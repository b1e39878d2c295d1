import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { describe } from "vitest"
import type { AnyStep, UpdateDefinition } from "../../../src/actor/definitions/definition.ts"
import { RunCancelled, terminatedRun } from "../../../src/actor/errors.ts"
import { runIdOf } from "../../../src/actor/history/generation.ts"
import type { Client } from "../../../src/client/client.ts"
import { describeRun, historyOf } from "../../../src/client/describe.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { askAtOnce } from "../../../src/testing/callbacks.ts"
import { SentUpdate, type TestUpdate } from "../../../src/testing/sentUpdate.ts"
import { tableOf } from "../../../src/testing/virtualTable.ts"
import type { VirtualWorld } from "../../../src/testing/world/virtualWorld.ts"
import { type TestRun, TestRuntime } from "../../../src/testing.ts"
import { type Engine, eventually } from "../../streams/engine.ts"
import { type Open, onEachStore } from "../eachStore.ts"

type Suite = Parameters<typeof onEachStore>[1] extends (newStore: infer New, store: infer Store) => void
  ? (newStore: New, store: Store | "virtual") => void
  : never

/** A suite on each store, and in a `TestRuntime`: what its runs are asked stands in for what a client does. */
export const onEachEngine = (name: string, suite: Suite): void => {
  onEachStore(name, suite)
  describe(`${name}, in a TestRuntime`, () => suite(newRuntime, "virtual"))
}

/** Whoever opens it again has another client of the same. */
const newRuntime = Effect.sync((): Open => {
  let runtime: TestRuntime | undefined
  const open = ({ steps = [] }: { readonly steps?: ReadonlyArray<AnyStep> }) =>
    Effect.sync(() => {
      runtime ??= new TestRuntime({
        steps: Object.fromEntries(steps.map((step) => [step.stepName, step])),
        startAt: Date.now()
      })
      return { client: clientOf(runtime) as Partial<Client["Service"]> } as Engine
    })
  return open as unknown as Open
})

const queues = new WeakMap<TestRuntime, Promise<unknown>>()

const clientOf = (runtime: TestRuntime) => {
  const engineOf = () => (runtime as unknown as { readonly engine: VirtualWorld }).engine
  /** One after the other, and virtual time goes as the wall clock does. */
  const ask = <A>(what: () => A | Promise<A>) =>
    Effect.tryPromise({
      try: () => {
        const asked = (queues.get(runtime) ?? Promise.resolve()).then(async () => {
          await runtime.advance(Math.max(0, Date.now() - runtime.now))
          return what()
        })
        queues.set(
          runtime,
          asked.catch(() => undefined)
        )
        return asked
      },
      catch: (error) => error
    })
  const run = (runId: string) => runtime.run(runId) as TestRun
  const read = <A, E>(what: Effect.Effect<A, E, RunTable>) =>
    ask(() => {
      const table = { ...tableOf(engineOf()), stepRetries: () => Effect.succeed([]) }
      return askAtOnce(engineOf(), Effect.provideService(what, RunTable, table as RunTable["Service"]))
    })
  const get = (runId: string, options?: { readonly generation?: number }) =>
    read(describeRun(runId, options?.generation))
  const wait = (_: unknown, runId: string) =>
    Effect.flatMap(
      eventually(
        `run ${runId} ends`,
        ask(() => run(runId).outcome)
      ),
      (outcome): Effect.Effect<unknown, unknown> => {
        switch (outcome.tag) {
          case "succeeded":
            return Effect.succeed(outcome.value)
          case "failed":
            return Effect.fail(outcome.error)
          case "died":
            return Effect.fail(outcome.defect)
          case "cancelled":
            return Effect.fail(new RunCancelled({ runId, reason: outcome.reason, message: "cancelled" }))
          case "terminated":
            return terminatedRun(runId, outcome.reason)
        }
      }
    )
  const answered = (asked: Effect.Effect<TestUpdate, unknown>) =>
    Effect.flatMap(asked, ({ outcome }) =>
      outcome?.tag === "succeeded" ? Effect.succeed(outcome.value) : Effect.fail(outcome)
    )
  const list = ({ tags = {} }: { readonly tags?: Readonly<Record<string, string>> } = {}) =>
    Effect.gen(function* () {
      const ids = new Set([...engineOf().runs.keys()].map(runIdOf))
      const runs = yield* Effect.forEach(ids, (runId) => get(runId))
      return { runs: runs.filter((one) => Object.entries(tags).every(([key, value]) => one.tags?.[key] === value)) }
    })
  return {
    start: (workflow: never, options: never) => ask(() => runtime.start(workflow, options)),
    signal: (runId: string, signal: never, payload: never) => ask(() => run(runId).signal(signal, payload)),
    cancel: (runId: string) => ask(() => run(runId).cancel()),
    terminate: (runId: string) => ask(() => run(runId).terminate()),
    retry: (_: unknown, runId: string, options?: never) => ask(() => run(runId).retry(options)),
    reset: (_: unknown, runId: string, options: never) => ask(() => run(runId).reset(options)),
    fork: (_: unknown, runId: string, options: never) => ask(() => run(runId).fork(options)),
    wait,
    get,
    history: (runId: string, options?: { readonly generation?: number }) => read(historyOf(runId, options?.generation)),
    list,
    state: (runId: string, state: never) => ask(() => run(runId).state(state)),
    stream: (runId: string, stream: never) =>
      Stream.unwrap(
        ask(() =>
          Stream.fromIterable(
            run(runId)
              .emitted(stream)
              .map((value) => ({ _tag: "Value", value }))
          )
        )
      ),
    update: (runId: string, update: never, input: never, options: never) =>
      answered(ask(() => run(runId).update(update, input, options))),
    updateAnswer: (runId: string, update: UpdateDefinition<string, any, any, any>, id: string) =>
      answered(ask(() => new SentUpdate(update, id, () => engineOf().family.generationsOf(runId))))
  } as unknown as Client["Service"]
}
