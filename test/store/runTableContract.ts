import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { type Head, headStatuses, isTerminal } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { runTableListContract } from "./runTableListContract.ts"
import {
  bulkyJson,
  epoch,
  everyHead,
  everyMessage,
  everyStart,
  newHead,
  newRunId,
  signalMessage,
  startMessage,
  stepMessage
} from "./samples.ts"
import { unstartedContract } from "./unstartedContract.ts"
import { type StoreUnderTest, useStore } from "./useStore.ts"

/** What every run table keeps: see `src/store/runTable.ts`. */
export const runTableContract = (name: string, layer: Layer.Layer<RunTable, unknown>): void => {
  describe(`RunTable: ${name}`, () => {
    const store = useStore(layer)
    rows(store)
    heads(store)
    runs(store)
    runTableListContract(store)
    unstartedContract(store)
  })
}

const rows = ({ run }: StoreUnderTest<RunTable>): void => {
  it("puts a row if it is absent, and hands back the one that is there", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const first = stepMessage("a#0")
        const second = stepMessage("a#0", { at: epoch + 99, outcome: { tag: "failed", payload: { json: "1" } } })
        expect(yield* table.put(runId, first)).toEqual({ _tag: "Inserted" })
        expect(yield* table.put(runId, second)).toEqual({ _tag: "Exists", message: first })
        expect(yield* table.readMessage(runId, "step/a#0")).toEqual(first)
      })
    ))

  it("keeps every kind of message as it is", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        yield* Effect.forEach(everyMessage, (message) => table.put(runId, message), { concurrency: 5, discard: true })
        for (const message of everyMessage) {
          expect(yield* table.readMessage(runId, messageKey(message))).toEqual(message)
        }
        const { messages } = yield* table.readRun(runId)
        const byKey = new Map(messages.map((message) => [messageKey(message), message]))
        expect(byKey).toEqual(new Map(everyMessage.map((message) => [messageKey(message), message])))
        for (const start of everyStart) {
          const other = newRunId()
          yield* table.put(other, start)
          expect(yield* table.readMessage(other, "start")).toEqual(start)
        }
      })
    ))

  it("lets one of many puts of a key win, and tells all the others which", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const racers = Array.from({ length: 20 }, (_, racer) => stepMessage("a#0", { attempts: racer + 1 }))
        const results = yield* Effect.forEach(racers, (racer) => table.put(runId, racer), { concurrency: "unbounded" })
        const winners = racers.filter((_, racer) => results[racer]?._tag === "Inserted")
        expect(winners).toHaveLength(1)
        const others = results.filter((result) => result._tag === "Exists")
        expect(others).toEqual(others.map(() => ({ _tag: "Exists", message: winners[0] })))
      })
    ))

  it.each([255, 257, 330])("holds a payload of %i KB in a row", (kilobytes) =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const message = signalMessage("big", "1", { json: bulkyJson(kilobytes * 1024) })
        yield* table.put(runId, message)
        expect(yield* table.readMessage(runId, messageKey(message))).toEqual(message)
      })
    )
  )

  it("finds nothing where nothing is", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        expect(yield* table.readMessage(runId, "start")).toBeUndefined()
        expect(yield* table.readMessage(runId, "head")).toBeUndefined()
        expect(yield* table.readHead(runId)).toBeUndefined()
        expect(yield* table.readRun(runId)).toEqual({ head: undefined, segments: [], messages: [] })
      })
    ))

  it("raises a mark unless it stands above what is asked for, also one below zero", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const lowest = Number.MIN_SAFE_INTEGER
        const raise = (to: number, above: number) => table.raiseMark(runId, "m", { to, above })
        expect(yield* table.readMark(runId, "m")).toBeUndefined()
        expect(yield* raise(-2_821_109_907_456, lowest)).toBe(-2_821_109_907_456)
        expect(yield* raise(3, lowest)).toBe(-2_821_109_907_456)
        expect(yield* raise(3, -1)).toBe(3)
        expect(yield* raise(5, 2)).toBe(3)
        expect(yield* raise(5, 3)).toBe(5)
        expect(yield* table.readMark(runId, "m")).toBe(5)
      })
    ))
}

const heads = ({ run }: StoreUnderTest<RunTable>): void => {
  it("commits heads one version after the other (S2)", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const first = newHead()
        const second = newHead({ version: 2, adopted: 2, tail: ["start", "step/a#0"] })
        expect(yield* table.commitHead(runId, first)).toEqual({ _tag: "Committed" })
        expect(yield* table.commitHead(runId, second)).toEqual({ _tag: "Committed" })
        expect(yield* table.readHead(runId)).toEqual(second)
      })
    ))

  it("refuses a commit on another version, and hands back the winner's head", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        expect(yield* table.commitHead(runId, newHead({ version: 2 }))).toEqual({ _tag: "Conflict", head: undefined })
        const winner = newHead({ updatedAt: epoch + 5 })
        yield* table.commitHead(runId, winner)
        for (const version of [1, 3]) {
          expect(yield* table.commitHead(runId, newHead({ version }))).toEqual({ _tag: "Conflict", head: winner })
        }
        expect(yield* table.readHead(runId)).toEqual(winner)
      })
    ))

  it("lets exactly one of many commits on one version stand, round after round", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        for (let version = 1; version <= 5; version++) {
          const racers = Array.from({ length: 15 }, (_, racer) =>
            newHead({ version, updatedAt: epoch + version * 100 + racer })
          )
          const results = yield* Effect.forEach(racers, (racer) => table.commitHead(runId, racer), {
            concurrency: "unbounded"
          })
          const winners = racers.filter((_, racer) => results[racer]?._tag === "Committed")
          expect(winners).toHaveLength(1)
          const lost = results.filter((result) => result._tag === "Conflict")
          expect(lost).toEqual(lost.map(() => ({ _tag: "Conflict", head: winners[0] })))
          expect(yield* table.readHead(runId)).toEqual(winners[0])
        }
      })
    ))

  it.each(everyHead.map((head, index) => [`${index} ${head.status}`, head] as const))(
    "keeps head %s as it is",
    (_, head) =>
      run(
        Effect.gen(function* () {
          const table = yield* RunTable
          const runId = newRunId()
          yield* table.commitHead(runId, head)
          expect(plain(yield* table.readHead(runId))).toEqual(plain(head))
          expect(plain((yield* table.readRun(runId)).head)).toEqual(plain(head))
        })
      )
  )

  it("parks and goes on: what a head no longer has is gone", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const parked = everyHead.find(({ status }) => status === "parked") as Head
        yield* table.commitHead(runId, parked)
        yield* table.commitHead(runId, newHead({ version: 2 }))
        expect(yield* table.readHead(runId)).toEqual(newHead({ version: 2 }))
      })
    ))

  it("tells those who wait that a run has ended or been parked, and lets nobody wait for ever", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const ends = everyHead.filter(({ status }) => status === "parked" || status === "succeeded").slice(0, 2)
        for (const [index, end] of ends.entries()) {
          const runId = newRunId()
          yield* table.commitHead(runId, newHead())
          const waiting = yield* Effect.forkChild(table.headChanged(runId, 600_000), { startImmediately: true })
          const last = { ...end, version: 2, updatedAt: epoch + index }
          yield* table.commitHead(runId, last)
          const told = yield* Effect.timeout(Fiber.join(waiting), "5 seconds")
          expect([undefined, last]).toContainEqual(told)
        }
        yield* Effect.timeout(table.headChanged(runId, 20), "5 seconds")
      })
    ))

  it("tells those who wait for a commit beyond one that they know, also if it has come by then", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        yield* table.commitHead(runId, newHead())
        const waiting = yield* Effect.forkChild(table.headChanged(runId, 600_000, 1), { startImmediately: true })
        yield* table.commitHead(runId, newHead({ version: 2 }))
        yield* Effect.timeout(Fiber.join(waiting), "5 seconds")
        yield* Effect.timeout(table.headChanged(runId, 600_000, 1), "5 seconds")
      })
    ))

  it("lets nobody wait for the end of a run that has ended by then, however it has", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        for (const status of headStatuses.filter(isTerminal)) {
          const runId = newRunId()
          yield* table.commitHead(runId, newHead())
          yield* table.commitHead(runId, newHead({ version: 2, status }))
          yield* Effect.timeout(table.headChanged(runId, 600_000), "5 seconds")
        }
      })
    ))
}

/** Why a run is parked may come back as data: its fields are what counts. The message of an error is not among those listed. */
const plain = (head: Head | undefined) =>
  head?.parked === undefined ? head : { ...head, parked: { ...head.parked, message: head.parked.message } }

const runs = ({ run }: StoreUnderTest<RunTable>): void => {
  it("reads a run of several megabytes whole, in the order of its messages' times", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const rows = Array.from({ length: 12 }, (_, row) =>
          stepMessage(`a#${row}`, {
            at: epoch + 1_000 - row,
            outcome: { tag: "succeeded", payload: { json: bulkyJson(200 * 1024) } }
          })
        )
        const start = startMessage()
        yield* Effect.forEach([start, ...rows], (row) => table.put(runId, row), { concurrency: 4, discard: true })
        yield* table.commitHead(runId, newHead())
        const stored = yield* table.readRun(runId)
        expect(stored.head).toEqual(newHead())
        expect(stored.messages.map(messageKey)).toEqual([start, ...[...rows].reverse()].map(messageKey))
        expect(stored.messages).toEqual([start, ...[...rows].reverse()])
      })
    ))

  it("keeps order segments: put once, read in their order", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const segments = Array.from({ length: 12 }, (_, index) => [`step/a#${index}`, 'signal/x/"quoted", [1]', "🎈"])
        for (const [index, keys] of segments.entries()) yield* table.putSegment(runId, index, keys)
        yield* table.putSegment(runId, 3, segments[3] as ReadonlyArray<string>)
        expect(yield* table.readRun(runId)).toEqual({ head: undefined, segments, messages: [] })
      })
    ))

  it("keeps runs apart whatever their ids look like", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const base = newRunId()
        const ids = [
          ...[
            "",
            "/",
            "//",
            "/0",
            "/0/0",
            "/head",
            "#",
            "#0",
            " ",
            "%2F",
            "\u00e9",
            "e\u0301",
            "🎈",
            "\n",
            "\\",
            "'",
            '"',
            "__proto__"
          ].map((suffix) => `${base}${suffix}`),
          `#${base}`,
          `/${base}`,
          `head/${base}`,
          `${base}${"long".repeat(200)}`
        ]
        yield* Effect.forEach(
          ids,
          (runId, index) =>
            Effect.andThen(
              table.put(runId, startMessage({ at: epoch + index })),
              table.commitHead(runId, newHead({ updatedAt: epoch + index }))
            ),
          { concurrency: 5, discard: true }
        )
        for (const [index, runId] of ids.entries()) {
          const expected = {
            head: newHead({ updatedAt: epoch + index }),
            messages: [startMessage({ at: epoch + index })]
          }
          expect(yield* table.readRun(runId)).toEqual({ ...expected, segments: [] })
        }
      })
    ))
}
