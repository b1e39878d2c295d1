import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineWorkflow } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const short = defineWorkflow("short", {
  input: Schema.Int,
  output: Schema.Int,
  retention: "50 millis",
  run: (n) => Effect.succeed(n)
})
const long = defineWorkflow("long", {
  input: Schema.Int,
  output: Schema.Int,
  retention: "30 days",
  run: (n) => Effect.succeed(n)
})
const silent = defineWorkflow("silent", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n) })
const kept = defineWorkflow("kept", {
  input: Schema.Int,
  output: Schema.Int,
  retention: "forever",
  run: (n) => Effect.succeed(n)
})
const goesOn = defineWorkflow("goesOn", {
  input: Schema.Int,
  output: Schema.Int,
  retention: "50 millis",
  run: () => Effect.never
})

const workflows = [short, long, silent, kept, goesOn]

onEachStore("retention", (newStore) => {
  live("a purge deletes what is older than its workflow keeps it, and nothing else", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* (yield* newStore)({ workflows, retention: "50 millis" })
      for (const workflow of [short, long, silent, kept]) {
        yield* client.execute(workflow, { runId: workflow.workflowName, input: 1 })
      }
      yield* client.start(goesOn, { runId: "goesOn", input: 1 })
      yield* Effect.sleep(200)
      const dry = yield* eventually(
        "the listing has both",
        Effect.map(host.purge({ dryRun: true }), (result) => (result?.deleted === 2 ? result : undefined))
      )
      expect(dry).toEqual({ deleted: 2, finished: 0, freed: 0, failed: 0, complete: true })
      expect((yield* client.get("short")).status).toBe("succeeded")
      expect(yield* host.purge()).toMatchObject({ deleted: 2, failed: 0, complete: true })
      for (const runId of ["short", "silent"])
        expect(yield* Effect.flip(client.get(runId))).toMatchObject({
          _tag: "RunNotFound",
          deletedAt: expect.any(Number)
        })
      for (const runId of ["long", "kept", "goesOn"]) expect((yield* client.get(runId)).runId).toBe(runId)
      // What is left of them is looked at once more later, and not now.
      expect(yield* table.listDeleted({ before: Date.now(), limit: 10 })).toEqual([])
      expect(yield* host.purge()).toMatchObject({ deleted: 0, finished: 0, freed: 0 })
    })
  )

  live(
    "a deletion that its process did not finish is finished by the next pass, and an id is free when its time is over",
    () =>
      Effect.gen(function* () {
        const { client, host, table } = yield* (yield* newStore)({ workflows })
        yield* client.execute(kept, { runId: "r", input: 1 })
        // The process dies right behind the commit which says that the run was deleted.
        const head = yield* table.readHead("r")
        if (head === undefined) throw new Error("it has no head")
        const now = Date.now()
        const until = now + 3_600_000
        const { startedAt, updatedAt } = head
        yield* table.commitHead("r", {
          ...head,
          version: head.version + 1,
          status: "deleted",
          startedAt: now - 1,
          updatedAt: now - 10,
          deletion: { generation: 0, until, was: { status: "succeeded", startedAt, updatedAt } }
        })
        // Nobody has been told so, and a start that was accepted before would take it back.
        expect(yield* client.get("r")).toMatchObject({ status: "succeeded" })
        const pass = host.purge()
        yield* eventually(
          "it is finished",
          Effect.map(pass, (done) => (done?.finished === 1 ? done : undefined))
        )
        expect(yield* Effect.flip(client.get("r"))).toMatchObject({ _tag: "RunNotFound", takenUntil: until })
        expect((yield* table.readRun("r")).messages).toMatchObject([{ kind: "deleted", until }])
        expect(yield* Effect.flip(client.start(kept, { runId: "r", input: 1 }))).toMatchObject({ _tag: "RunDeleted" })
        // That time is over: it says so itself, as it does after an hour.
        const blank = yield* table.readHead("r")
        if (blank?.deletion === undefined) throw new Error("it is not deleted")
        const over = { ...blank.deletion, until: now }
        yield* table.commitHead("r", { ...blank, version: blank.version + 1, startedAt: now - 1, deletion: over })
        yield* eventually(
          "it is free",
          Effect.map(pass, (done) => (done?.freed === 1 ? done : undefined))
        )
        expect(yield* client.start(kept, { runId: "r", input: 2 })).toMatchObject({ isNew: true, generation: 0 })
        expect(yield* client.wait(kept, "r")).toBe(2)
      })
  )
})
