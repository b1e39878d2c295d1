import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { live, openEngine, tempFile, withSql } from "../streams/engine.ts"
import { testCodec } from "./codecs.ts"

const go = defineSignal("go", Schema.String)

const note = defineStep("note", {
  input: Schema.String,
  output: Schema.String,
  transaction: (text) => ({
    statements: [{ sql: "insert into notes values (?)", params: [text.length] }],
    output: `${text}, noted`
  })
})

const waits = defineWorkflow("waits", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (text) {
    const noted = yield* note(text)
    return `${noted}, ${yield* go.receive}`
  })
})

live(
  "what starts and signals a run in a transaction of the user's own is sealed, and so is the outcome of a step with one",
  () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({
        filename,
        workflows: [waits],
        steps: [note],
        store: { codec: testCodec() }
      })
      yield* withSql(filename, (file) => file.exec("create table notes (length integer)"))
      const start = yield* client.startStatements(waits, { runId: "r", input: "the secret" })
      const signal = yield* client.signalStatements(start, go, "another secret")
      yield* withSql(filename, (file) => {
        file.exec("begin immediate")
        for (const { params = [], sql } of [...start.statements, ...signal.statements]) file.prepare(sql).run(...params)
        file.exec("commit")
      })
      expect(yield* client.wait(waits, "r")).toBe("the secret, noted, another secret")
      expect(yield* client.explainCancelled([start, signal])).toEqual({ _tag: "IsThere", runId: "r" })
      const other = yield* client.startStatements(waits, { runId: "r", input: "something else" })
      expect(yield* client.explainCancelled([other])).toMatchObject({ _tag: "RunConflict" })
      const rows = yield* withSql(filename, (file) => JSON.stringify(file.prepare("select * from inbox").all()))
      expect(rows).toContain("note#0")
      expect(rows).not.toContain("secret")
    })
)
