import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { afterAll, expect, it, vi } from "vitest"
import { makeApiHandler } from "../../../src/http/lambdaApi.ts"
import { sqliteStore } from "../../../src/store/sqlite/sqliteStore.ts"
import { makeTurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import { contextWith, doorbellEvent } from "./platform.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const secret = "4111-1111"

class Declined extends Schema.TaggedError<Declined>()("Declined", { card: Schema.String }) {}

const charge = defineStep("charge", {
  input: Schema.String,
  output: Schema.Void,
  error: Declined,
  inline: true,
  retry: { attempts: 1 },
  run: (card) => Effect.andThen(Effect.log("charging"), Effect.fail(new Declined({ card })))
})
const pays = defineWorkflow("pays", {
  input: Schema.String,
  output: Schema.Void,
  error: Declined,
  run: (card) => Effect.andThen(Effect.log("begun"), charge(card))
})

it("a function's lines say whose they are, and nothing of payloads", async () => {
  const store = sqliteStore({ filename: join(folder, "runs.db") })
  const definitions = { workflows: [pays], steps: [charge] }
  const api = makeApiHandler({ ...definitions, signals: [], store })
  const turn = makeTurnHandlers({ ...definitions, layer: Layer.empty, tuning: {}, store, environment: () => ({}) })
  const lines: Array<string> = []
  const spies = (["info", "log", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(`${level} ${String(line)}`))
  )
  try {
    await api({
      rawPath: "/workflows/pays/runs",
      requestContext: { stage: "$default", http: { method: "POST" } },
      body: JSON.stringify({ runId: "r", input: secret })
    })
    await turn.stream(doorbellEvent([["r", "start", "1"]]), contextWith(10_000))
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  const run = '"run":"r","workflow":"pays"'
  const attempt = `{${run},"step":"charge","key":"charge#0","attempt":1}`
  expect(lines).toEqual([
    `info charging ${attempt}`,
    `warn step charge#0 of run r failed, attempt 1 of 1, not tried again: Declined ${attempt}`,
    `info begun {${run}}`,
    `warn run r of workflow pays failed: Declined {${run}}`
  ])
  expect(lines.join()).not.toContain(secret)
})
