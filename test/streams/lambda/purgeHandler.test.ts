import { Client, clientLayer, defineWorkflow } from "dynactor"
import { sqliteStore } from "dynactor/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { makePurgeHandler } from "../../../src/streams/lambda/purgeHandler.ts"
import { live, openEngine, tempFile } from "../engine.ts"
import { contextWith } from "./platform.ts"

const workflow = defineWorkflow("plain", { input: Schema.String, output: Schema.String, run: Effect.succeed })

live("a purge ends with the time of its function, and the next one deletes what is left", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const engine = yield* openEngine({ filename, workflows: [workflow] })
    for (const runId of ["a", "b"]) yield* engine.client.execute(workflow, { runId, input: "x" })
    yield* engine.close
    const store = sqliteStore({ filename })
    const purge = makePurgeHandler({
      workflows: [workflow],
      store,
      environment: () => ({ DYNACTOR_RETENTION_MS: "0" })
    })
    const pass = (leftMs: number) => Effect.promise(() => purge({}, contextWith(leftMs)))
    expect(yield* pass(0)).toMatchObject({ deleted: 0, complete: false })
    expect(yield* pass(60_000)).toMatchObject({ deleted: 2, complete: true })
    const left = Effect.flatMap(Client, (client) => client.list())
    const { runs } = yield* Effect.provide(left, clientLayer.pipe(Layer.provideMerge(store)))
    expect(runs).toEqual([])
  })
)
