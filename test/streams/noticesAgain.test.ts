import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { defineWorkflow } from "../../src/index.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { answerConflict, putNoticesAgain } from "../../src/streams/commits/notices.ts"
import { startRow } from "./startRow.ts"

const child = defineWorkflow("child", { input: Schema.Number, output: Schema.Number, run: Effect.succeed })
const parent = defineWorkflow("parent", {
  input: Schema.Null,
  output: Schema.Array(Schema.Number),
  run: () => Effect.forEach([1, 2], (n) => child.child(n, { runId: "one" }), { concurrency: 2 })
})

describe("starts of children that are put again", () => {
  it.effect("are answered with a conflict if another start of the id comes between the look and the put", () =>
    Effect.gen(function* () {
      const rows = new Map<string, Message>()
      const table = {
        readMessage: (runId: string, key: string) =>
          Effect.tap(
            Effect.sync(() => rows.get(`${runId} ${key}`)),
            () => Effect.yieldNow
          ),
        put: (runId: string, row: Message) =>
          Effect.sync(() => {
            const id = `${runId} ${messageKey(row)}`
            const there = rows.get(id)
            if (there === undefined) rows.set(id, row)
            return there === undefined ? { _tag: "Inserted" } : { _tag: "Exists", message: there }
          })
      } as unknown as RunTable["Service"]
      const actor = new Actor({ workflow: parent, runId: "p" })
      actor.deliver(startRow("parent"))
      yield* putNoticesAgain
        .running("p", actor, { notices: true } as Head)
        .pipe(Effect.provideService(RunTable, table), Effect.provideService(Payloads, {} as Payloads["Service"]))
      expect([...rows.keys()].sort()).toEqual(["one start", "p child/child#1"])
      expect(rows.get("p child/child#1")).toMatchObject({ outcome: { tag: "died" } })
    })
  )
})

describe("a signal that reaches nobody", () => {
  it.effect("is told to the log, unless it is the runtime's own, which may come too late", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const logger = Logger.make(({ message }) => void told.push(String(message)))
      for (const name of ["hurry", "dynactor.stop"]) {
        const message = { kind: "signal", at: 0, name, id: "p/1.0", payload: { json: "null" } } as const
        const conflict = { notice: { runId: "c", message }, dropped: "run c has ended" }
        yield* answerConflict("p", conflict, 0).pipe(
          Effect.provideService(RunTable, {} as RunTable["Service"]),
          Effect.provideService(Payloads, {} as Payloads["Service"]),
          Effect.provide(Logger.layer([logger]))
        )
      }
      expect(told).toEqual(["signal hurry of run p, with the id p/1.0, was not sent: run c has ended"])
    })
  )
})
