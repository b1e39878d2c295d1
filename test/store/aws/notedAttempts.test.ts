import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { expect, it } from "vitest"
import { withNotedAttempts } from "../../../src/store/aws/beside/notedAttempts.ts"
import { workerName } from "../../../src/store/aws/beside/workerName.ts"
import type { FailedNote, HeldNote } from "../../../src/store/aws/table/attemptItems.ts"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import type { RunTable } from "../../../src/store/runTable.ts"
import type { Delivery, StepQueue } from "../../../src/store/stepQueue.ts"
import { stepRequest } from "../samples.ts"

const message = stepRequest("r", "a#0")
const delivery: Delivery = { receipt: "1", message, receives: 1 }
const next = stepRequest("r", "a#0", { attempt: 2, lastError: "Busy", notBefore: 60_000 })

type Noting = Effect.Effect<void, StoreUnavailable>

/** A queue and a table that take everything; `noting` says what becomes of a note. */
const open = (noting: Noting = Effect.void) => {
  const notes: Array<FailedNote | HeldNote> = []
  const done: Array<string> = []
  const said: Array<string> = []
  const does = (what: string) => Effect.sync(() => void done.push(what))
  const noted = (note: FailedNote | HeldNote) =>
    Effect.andThen(
      noting,
      Effect.sync(() => void notes.push(note))
    )
  const opened = withNotedAttempts({
    queue: {
      receive: () => Effect.succeed([delivery]),
      renew: () => Effect.as(does("renewed"), true),
      release: () => does("released"),
      replace: () => does("replaced"),
      complete: () => does("completed")
    } as unknown as StepQueue["Service"],
    table: { stepRetries: () => Effect.succeed(notes.slice(-1)) } as unknown as RunTable["Service"],
    attempts: {
      failed: (_, note) => noted(note),
      held: (_, note) => noted(note),
      read: () => Effect.succeed(notes)
    },
    worker: "host/7"
  })
  const receive = opened.queue.receive({ limit: 1, waitMs: 0, visibilityMs: 30_000 })
  const logger = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
  return { ...opened, notes, done, said, receive, logger }
}

const inVirtualTime = <A, E>(effect: Effect.Effect<A, E, any>) =>
  Effect.runPromise(Effect.provide(effect, TestClock.layer()) as Effect.Effect<A, E>)

it("an attempt that has failed is noted with the next one", () =>
  inVirtualTime(
    Effect.gen(function* () {
      const { done, notes, queue, receive } = open()
      yield* receive
      yield* TestClock.adjust("1 second")
      yield* queue.replace(delivery, next)
      expect(done).toEqual(["replaced"])
      expect(notes).toEqual([{ key: "a#0", attempt: 2, lastError: "Busy", notBefore: 60_000, at: 1_000 }])
    })
  ))

it("the next attempt is sent while its note has no answer, and nobody waits for that for long", () =>
  inVirtualTime(
    Effect.gen(function* () {
      const { done, logger, queue, receive, said } = open(Effect.never)
      yield* receive
      const replacing = yield* Effect.forkChild(Effect.provide(queue.replace(delivery, next), logger), {
        startImmediately: true
      })
      expect(done).toEqual(["replaced"])
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(replacing)
      expect(said).toEqual([
        "how far step a#0 of run r has come could not be noted: no answer within 2000 ms. Whoever asks is told as it was before."
      ])
    })
  ))

it("a note that cannot be written is a line in the log", () =>
  inVirtualTime(
    Effect.gen(function* () {
      const away = Effect.fail(new StoreUnavailable({ operation: "StepAttempts.note", message: "the table is away" }))
      const { done, logger, queue, receive, said } = open(away)
      yield* receive
      yield* Effect.provide(queue.replace(delivery, next), logger)
      expect(done).toEqual(["replaced"])
      expect(said[0]).toContain("could not be noted: the table is away.")
    })
  ))

it("who has a step for long is noted, again every few minutes, and that it was given back", () =>
  inVirtualTime(
    Effect.gen(function* () {
      const { notes, queue, receive } = open()
      yield* receive
      const renewals = (times: number) =>
        Effect.forEach(
          Array.from({ length: times }),
          () => Effect.andThen(TestClock.adjust("1 second"), queue.renew(delivery, 30_000)),
          { discard: true }
        )
      yield* renewals(4)
      expect(notes).toEqual([])
      yield* renewals(200)
      const first = { key: "a#0", attempt: 1, notBefore: 0, at: 5_000, by: { worker: "host/7", until: 305_000 } }
      expect(notes).toEqual([first])
      yield* renewals(100)
      expect(notes).toEqual([first, { ...first, at: 245_000, by: { worker: "host/7", until: 545_000 } }])
      yield* queue.release(delivery, 0)
      expect(notes.at(-1)).toEqual({ key: "a#0", attempt: 1, notBefore: 0, at: 304_000 })
    })
  ))

it("one that is through in a moment, or given back then, is noted nowhere", () =>
  inVirtualTime(
    Effect.gen(function* () {
      const { done, notes, queue, receive } = open()
      yield* receive
      yield* queue.renew(delivery, 30_000)
      yield* queue.release(delivery, 0)
      yield* receive
      yield* queue.replace(delivery, { ...message, notBefore: 900_000 })
      yield* receive
      yield* queue.complete([delivery])
      expect(done).toEqual(["renewed", "released", "replaced", "completed"])
      expect(notes).toEqual([])
    })
  ))

it(
  "a renewal does not wait for the table",
  () =>
    inVirtualTime(
      Effect.gen(function* () {
        const { done, queue, receive } = open(Effect.never)
        yield* receive
        yield* TestClock.adjust("10 seconds")
        // It would not come back.
        yield* queue.renew(delivery, 30_000)
        expect(done).toEqual(["renewed"])
      })
    ),
  5_000
)

it("of what this process has in hand and what was noted since, the later attempt is told", () =>
  inVirtualTime(
    Effect.gen(function* () {
      const { notes, receive, table } = open()
      yield* receive
      const mine = { key: "a#0", attempt: 1, lastError: undefined, notBefore: 0, worker: "host/7" }
      expect(yield* table.stepRetries("r")).toEqual([mine])
      const later = { key: "a#0", attempt: 2, lastError: "Busy", notBefore: 60_000, at: 1_000 }
      notes.push(later)
      expect(yield* table.stepRetries("r")).toEqual([later])
    })
  ))

it("a process is named by where it is looked for", () => {
  expect(workerName({ AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/30/[7]abc" })).toBe("2026/11/30/[7]abc")
  expect(workerName({})).toBe(`${hostname()}/${process.pid}`)
})
