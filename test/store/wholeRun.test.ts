import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import type { Head } from "../../src/actor/history/head.ts"
import { messageKey, type StepMessage } from "../../src/actor/history/message.ts"
import { historyOf } from "../../src/client/describe.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { adoptedOrder, readWholeRun } from "../../src/store/reading/wholeRun.ts"
import { RunTable, type StoredRun } from "../../src/store/runTable.ts"
import { openEngine } from "../streams/engine.ts"
import { newHead, signalMessage, startMessage, stepMessage } from "./samples.ts"

const start = startMessage()
const steps = (count: number) =>
  Array.from({ length: count }, (_, n) => stepMessage(`ship#${n}`, { at: start.at + n + 1 }))
const headOf = (rows: ReadonlyArray<StepMessage>, changes: Partial<Head> = {}) =>
  newHead({ adopted: rows.length + 1, tail: ["start", ...rows.map(messageKey)], ...changes })

/** A table that gives the answers one after the other, the last for ever, and counts what it is asked. */
const answering = (answers: ReadonlyArray<StoredRun>, there: ReadonlyArray<StepMessage> = []) => {
  const asked: Array<string> = []
  const table = {
    readRun: () =>
      Effect.sync(() => {
        const answer = answers[Math.min(asked.filter((one) => one === "run").length, answers.length - 1)]
        asked.push("run")
        return answer
      }),
    readMessage: (_: string, key: string) =>
      Effect.sync(() => {
        asked.push(key)
        return [start, ...there].find((row) => messageKey(row) === key)
      })
  } as unknown as RunTable["Service"]
  return { asked, table }
}

const read = (table: RunTable["Service"]) => Effect.provideService(readWholeRun("r"), RunTable, table)

it("the order of a run ends with the segments that its head counts: a turn that lost its race may have put one more", () => {
  const head = newHead({ segments: 1, tail: ["c"], adopted: 3 })
  expect(
    adoptedOrder(head, {
      segments: [
        ["a", "b"],
        ["c", "d"]
      ]
    })
  ).toEqual(["a", "b", "c"])
})

describe("a read that is no snapshot", () => {
  const rows = steps(3)

  it.effect("is asked for nothing more where nothing is missing, or the rows are newer", () =>
    Effect.gen(function* () {
      const newer = { head: headOf(rows.slice(0, 1)), segments: [], messages: [start, ...rows] }
      for (const answer of [newer, { ...newer, head: undefined }, { ...newer, head: headOf(rows) }]) {
        const { asked, table } = answering([answer])
        expect(yield* read(table)).toEqual(answer)
        expect(asked).toEqual(["run"])
      }
    })
  )

  it.effect("gets the rows that came before a head that was newer, in their order", () =>
    Effect.gen(function* () {
      const torn = { head: headOf(rows), segments: [], messages: [start, rows[1] as StepMessage] }
      const { asked, table } = answering([torn], rows)
      expect(yield* read(table)).toEqual({ ...torn, messages: [start, ...rows] })
      expect(asked).toEqual(["run", "step/ship#0", "step/ship#2"])
    })
  )

  it.effect("reads again what a parked head answers: its doorbell is spent, and no order names the row", () =>
    Effect.gen(function* () {
      const head = newHead({ status: "parked", adopted: 0, tail: [] })
      const then = { head, segments: [], messages: [] }
      const { asked, table } = answering([then, { ...then, head: headOf(rows), messages: [start, ...rows] }])
      expect(yield* read(table)).toEqual({ ...then, messages: [start, ...rows] })
      expect(asked).toEqual(["run", "run"])
    })
  )

  it.effect("gets segments that came before a head that was newer, and keeps to that head", () =>
    Effect.gen(function* () {
      const many = steps(40)
      const keys = ["start", ...many.map(messageKey)]
      const head = headOf(many, { segments: 1, tail: keys.slice(32) })
      const later = { head: { ...head, version: 99 }, segments: [keys.slice(0, 32)], messages: [start, ...many] }
      for (const segments of [[], [undefined as unknown as ReadonlyArray<string>]]) {
        const { asked, table } = answering([{ head, segments, messages: [start] }, later])
        expect(yield* read(table)).toEqual({ ...later, head })
        expect(asked).toEqual(["run", "run"])
      }
    })
  )

  it.effect("reads the partition again, once, where more is missing than is fetched one by one", () =>
    Effect.gen(function* () {
      const many = steps(60)
      const signal = signalMessage("paid", "1")
      const torn = { head: headOf(many), segments: [], messages: [start, signal] }
      const later = { head: headOf(many.slice(0, 2)), segments: [], messages: [start, ...many] }
      const { asked, table } = answering([torn, later])
      const found = yield* read(table)
      expect(found.head).toEqual(torn.head)
      expect(found.messages.map(messageKey).sort()).toEqual([start, signal, ...many].map(messageKey).sort())
      expect(asked).toEqual(["run", "run"])
    })
  )

  it.effect("says that a row is missing which is not there at the second look either", () =>
    Effect.gen(function* () {
      for (const count of [3, 60]) {
        const torn = { head: headOf(steps(count)), segments: [], messages: [start] }
        expect(yield* read(answering([torn]).table)).toEqual(torn)
      }
    })
  )
})

const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 2) })
const doubles = defineWorkflow("doubles", {
  input: Schema.Number,
  output: Schema.Number,
  run: (n) => Effect.flatMap(double(n), (twice) => Effect.flatMap(double(twice), double))
})

/** Rows as they were when they were first asked for, and the head of now. */
const tearing = (table: RunTable["Service"]): { readonly table: RunTable["Service"]; torn: number } => {
  const before = new Map<string, StoredRun>()
  const tears = {
    torn: 0,
    table: {
      ...table,
      readRun: (runId: string) =>
        Effect.map(table.readRun(runId), (now) => {
          const then = before.get(runId)
          before.set(runId, now)
          if (then === undefined) return now
          if (then.messages.length < now.messages.length) tears.torn++
          return { ...then, head: now.head }
        })
    }
  }
  return tears
}

describe("who reads a run whose head is newer than its rows", () => {
  it.live("client.history leaves out nothing that was adopted", () =>
    Effect.gen(function* () {
      const { client, table } = yield* openEngine({ workflows: [doubles], steps: [double] })
      const tears = tearing(table)
      yield* Effect.provideService(Effect.ignore(historyOf("r")), RunTable, tears.table)
      expect(yield* client.execute(doubles, { runId: "r", input: 1 })).toBe(8)
      const history = yield* Effect.provideService(historyOf("r"), RunTable, tears.table)
      expect(history.map(({ key, position }) => [key, position])).toEqual([
        ["start", 0],
        ["step/double#0", 1],
        ["step/double#1", 2],
        ["step/double#2", 3]
      ])
    })
  )
})
