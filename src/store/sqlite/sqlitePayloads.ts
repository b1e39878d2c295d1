import type { Payloads } from "../payloads.ts"
import type { Engine } from "./engine.ts"
import { storableText } from "./file/sqliteErrors.ts"

export const sqlitePayloads = (engine: Engine, inlineLimitBytes: number): Payloads["Service"] => ({
  inlineLimitBytes,
  put: (sha256, text) =>
    engine.writes.run("Payloads.put", () => {
      // Replace, not ignore: an object that was altered is mended by whoever stores the true one again.
      engine.database
        .sql("insert or replace into payloads (sha256, body) values (?, ?)")
        .run(sha256, storableText(text, `the payload ${sha256}`))
    }),
  get: (sha256) =>
    engine.writes.read("Payloads.get", () => {
      const row = engine.database.sql("select body from payloads where sha256 = ?").get(sha256)
      return row === undefined ? undefined : (row as { body: string }).body
    })
})
