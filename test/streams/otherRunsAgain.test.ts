import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey, type StartMessage } from "../../src/actor/history/message.ts"
import { replay } from "../../src/actor/turn.ts"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { Commits } from "../../src/store/commits.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { buildCommit } from "../../src/streams/commits/buildCommit.ts"
import { putNoticesAgain } from "../../src/streams/commits/notices.ts"
import { startRow } from "./startRow.ts"

const told = defineSignal("told", Schema.Number)
const go = defineSignal("go", Schema.Void)
const child = defineWorkflow("child", { input: Schema.Number, output: Schema.Number, run: () => Effect.never })

const sends = (first: number) =>
  defineWorkflow("sends", {
    input: Schema.Null,
    output: Schema.Null,
    run: Effect.fn(function* () {
      yield* told.send("other", first)
      yield* go.receive
      yield* told.send("other", first + 1)
      yield* told.send("other", first + 2)
      yield* go.receive
      yield* child.start(1)
      yield* child.start(2, { whenParentEnds: "abandon" })
      yield* told.send("other", first + 3)
      return null
    })
  })

/** The first is sent once more, behind the second, and what follows must be behind that one. */
const repeats = defineWorkflow("repeats", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    yield* told.send("other", 0, { id: "first" })
    yield* told.send("other", 0, { id: "first" })
    yield* told.send("other", 1)
    yield* go.receive
    yield* told.send("other", 0, { id: "first" })
    yield* told.send("other", 2)
    return yield* Effect.never
  })
})

const start: StartMessage = startRow("sends")
const signal = (id: string): Message => ({ kind: "signal", at: 2, name: "go", id, payload: { json: "null" } })

/** What is put again of the last of so many commits by code that is `now`: the run's code was `sends(0)`. */
const again = (messages: ReadonlyArray<Message>, now: AnyWorkflow = sends(0), code: AnyWorkflow = sends(0)) =>
  Effect.gen(function* () {
    const payloads = Effect.provideService(Payloads, {} as Payloads["Service"])
    const commits = Effect.provideService(Commits, { atomic: false } as Commits["Service"])
    const actor = new Actor({ workflow: code, runId: "r" })
    let head: Head | undefined
    for (const message of messages) {
      actor.deliver(message)
      head = (yield* Effect.gen(() => buildCommit({ actor, head }, 3, [])).pipe(payloads, commits)).head
    }
    const last = head as Head
    const rows = new Map<string, Message>([["other start", startRow("other")]])
    const table = {
      readHead: () => Effect.succeed(undefined),
      readMessage: (runId: string, key: string) => Effect.sync(() => rows.get(`${runId} ${key}`)),
      put: (runId: string, row: Message) =>
        Effect.sync(() => {
          const id = `${runId} ${messageKey(row)}`
          const there = rows.get(id)
          if (there === undefined) rows.set(id, row)
          return there === undefined ? { _tag: "Inserted" } : { _tag: "Exists", message: there }
        }),
      newestGeneration: () => Effect.succeed(0)
    } as unknown as RunTable["Service"]
    const inbox = new Map(messages.map((message) => [messageKey(message), message]))
    const rebuilt = replay({ workflow: now, runId: "r" }, { order: actor.order, open: last.open, abandoned: [] }, inbox)
    yield* (
      last.outcome === undefined
        ? putNoticesAgain.running("r", rebuilt, last)
        : putNoticesAgain.finished("r", last, start, rebuilt)
    ).pipe(payloads, commits, Effect.provideService(RunTable, table))
    return [...rows.keys()].slice(1)
  })

describe("what a commit has sent to other runs", () => {
  it.effect("is put again by a turn that did not write it, and nothing of earlier commits", () =>
    Effect.gen(function* () {
      expect(yield* again([start])).toEqual(["other signal/told/r/1.0"])
      expect(yield* again([start, signal("1")])).toEqual(["other signal/told/r/2.0", "other signal/told/r/2.1"])
    })
  )

  it.effect("is put again of a run that has ended, with the children of its last turn and their cancellations", () =>
    Effect.gen(function* () {
      expect(yield* again([start, signal("1"), signal("2")])).toEqual([
        "r:child#0 start",
        "r:child#1 start",
        "other signal/told/r/3.0",
        "r:child#0 cancel"
      ])
    })
  )

  it.effect("is put again as well where one of them had been sent before", () =>
    Effect.gen(function* () {
      expect(yield* again([start], repeats, repeats)).toEqual(["other signal/told/first", "other signal/told/r/1.0"])
      expect(yield* again([start, signal("1")], repeats, repeats)).toEqual([
        "other signal/told/first",
        "other signal/told/r/2.0"
      ])
    })
  )

  it("is behind what was sent there last, also where one is sent once more that stands before that", () => {
    const actor = new Actor({ workflow: repeats, runId: "r" })
    const behind = (message: Message) => {
      actor.deliver(message)
      return actor.ledger
        .takeFresh()
        .flatMap((one) => (one.kind === "send" ? [`${one.key} behind ${one.previous ?? "nothing"}`] : []))
    }
    expect(behind(start)).toEqual([
      "told/first behind nothing",
      "told/first behind nothing",
      "told/r/1.0 behind signal/told/first"
    ])
    expect(behind(signal("1"))).toEqual(["told/first behind signal/told/r/1.0", "told/r/2.0 behind signal/told/r/1.0"])
  })

  it.effect("is not put again by code that would send something else", () =>
    Effect.gen(function* () {
      expect(yield* again([start, signal("1")], sends(10))).toEqual([])
      expect(yield* again([start, signal("1"), signal("2")], sends(10))).toEqual([])
    })
  )
})
