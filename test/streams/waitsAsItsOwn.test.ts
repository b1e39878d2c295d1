import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { expect, it } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import { defineStep } from "../../src/index.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue, type StepRequest } from "../../src/store/stepQueue.ts"
import { makeRegistry } from "../../src/streams/turns/registry.ts"
import { Runs } from "../../src/streams/turns/runs.ts"
import { handleDelivery } from "../../src/streams/workers/stepWorker.ts"
import { inline, stepRequest } from "../store/samples.ts"

const away = new StoreUnavailable({ operation: "RunTable.readHead", message: "away" })

/** What a worker does with one message while the table is away, if it is or what is said to be there; and the queue deletes it, or does not. */
const handled = async (
  message: QueueMessage,
  receives: number,
  table?: Partial<RunTable["Service"]>,
  deletion: Effect.Effect<void, StoreUnavailable> = Effect.void
) => {
  const notes: Array<string> = []
  const executions: Array<string> = []
  const replaced: Array<QueueMessage> = []
  const note = (what: string) => Effect.sync(() => void notes.push(what))
  const queue = {
    complete: () => Effect.andThen(note("complete"), deletion),
    release: (_: unknown, ms: number) => note(`release ${ms}`),
    replace: (_: unknown, next: QueueMessage) =>
      Effect.andThen(
        Effect.sync(() => {
          notes.push("replace")
          replaced.push(next)
        }),
        deletion
      )
  } as unknown as StepQueue["Service"]
  const runs = {
    isWanted: () => undefined,
    knownHead: () => undefined,
    ring: () => (table === undefined ? Effect.fail(away) : note("ring")),
    deliver: () => note("deliver"),
    underWay: { begin: () => () => undefined }
  } as unknown as Runs["Service"]
  const step = defineStep("step", {
    input: Schema.Unknown,
    output: Schema.Void,
    run: (_, { idempotencyKey }) => Effect.sync(() => void executions.push(idempotencyKey))
  })
  const services = Context.make(StepQueue, queue).pipe(
    Context.add(Runs, runs),
    Context.add(RunTable, {
      readHead: () => Effect.fail(away),
      readMessage: () => Effect.fail(away),
      ...table
    } as unknown as RunTable["Service"]),
    Context.add(Payloads, {} as Payloads["Service"])
  )
  const worker = { registry: makeRegistry([], [step]), services: Context.empty(), unknownStepReceives: 8 }
  const end = await Effect.runPromise(
    Effect.exit(handleDelivery({ message, receives, receipt: "receipt" }, worker)).pipe(
      Effect.provideContext(services),
      (effect) =>
        Effect.gen(function* () {
          const running = yield* Effect.forkChild(effect)
          yield* TestClock.adjust(1_000)
          return yield* Fiber.join(running)
        }),
      Effect.provide(TestClock.layer())
    ) as unknown as Effect.Effect<{ readonly _tag: string }>
  )
  return { end: end._tag, notes, executions, replaced }
}

const ahead = stepRequest("run", "step#0", { name: "step", input: inline(1), token: "t", index: 0 })
const plain = stepRequest("run", "step#0", { name: "step", input: inline(1), token: null })

it("a message whose table is away comes again by itself three times", async () => {
  for (const receives of [1, 2, 3])
    expect(await handled(ahead, receives)).toMatchObject({ end: "Failure", notes: [], executions: [] })
})

it("and from then on as a message of its own, so that it is no dead letter however long the table is away", async () => {
  for (const receives of [4, 11]) {
    const { end, executions, notes, replaced } = await handled(ahead, receives)
    expect([end, notes, executions]).toEqual(["Success", ["replace"], []])
    expect(replaced).toEqual([{ ...ahead, notBefore: 60_000, cameBefore: true }])
  }
})

it("but what is seen to and cannot be deleted comes back as it is: of what was sent in its place there is no second one", async () => {
  const notDeleted = Effect.fail(new StoreUnavailable({ operation: "StepQueue.complete", message: "not taken" }))
  const parked = { readHead: () => Effect.succeed({ status: "parked", adopted: -1, fences: [] }) }
  const answered = { readMessage: () => Effect.succeed({ kind: "step" }) }
  const given = (table: object) =>
    ({ readMessage: () => Effect.void, ...table }) as unknown as Partial<RunTable["Service"]>
  expect(await handled(plain, 4, given(answered), notDeleted)).toMatchObject({ end: "Failure", notes: ["complete"] })
  expect(await handled(ahead, 4, given(parked), notDeleted)).toMatchObject({ end: "Failure", notes: ["replace"] })
})

it("wake-ups and timers as well", async () => {
  const wake = { kind: "wake", runId: "run", notBefore: 0 } as const
  expect(await handled(wake, 2)).toMatchObject({ end: "Failure", notes: [] })
  expect((await handled(wake, 4)).replaced).toEqual([{ ...wake, notBefore: 60_000 }])
})

it("whoever has a message that took another's place looks for an answer before the step runs", async () => {
  const own: StepRequest = { ...plain, cameBefore: true }
  const answered = { readMessage: () => Effect.succeed({ kind: "step" }) } as unknown as Partial<RunTable["Service"]>
  expect(await handled(own, 1, answered)).toMatchObject({ executions: [], notes: ["complete"] })
  const unanswered = { readMessage: () => Effect.succeed(undefined) } as unknown as Partial<RunTable["Service"]>
  expect(await handled(own, 1, unanswered)).toMatchObject({ executions: [expect.any(String)], notes: ["deliver"] })
  expect(await handled(plain, 1)).toMatchObject({ executions: [expect.any(String)], notes: ["deliver"] })
})

/** Those that have no head: of a run that is about to begin, or of a generation that was deleted with what came after it. */
const headless = (start: unknown): Partial<RunTable["Service"]> =>
  ({
    readHead: () => Effect.void,
    readMessage: (runId: string, key: string) => Effect.succeed(runId === "run" && key === "start" ? start : undefined)
  }) as unknown as Partial<RunTable["Service"]>

it("of a run that was deleted nothing waits for its commit, whatever generation it is of: no head says so but the newest one's", async () => {
  const tombstone = { kind: "deleted", at: 0, until: 1, generation: 2 }
  for (const runId of ["run", addressOf("run", 1)]) {
    const timer = { kind: "timer", runId, key: "timer#0", due: 0, index: 1, token: "t", notBefore: 0 } as const
    for (const message of [timer, { ...ahead, runId }]) {
      expect(await handled(message, 1, headless(tombstone))).toMatchObject({
        executions: [],
        notes: ["ring", "complete"]
      })
      expect(await handled(message, 1, headless({ kind: "start" }))).toMatchObject({ notes: ["ring", "release 1000"] })
    }
  }
})
