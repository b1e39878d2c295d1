import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { live } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget, type TestTarget } from "./eachTarget.ts"
import { steps, workflows } from "./workflows.ts"

const on = ({ environment, flags }: TestTarget) => ({
  text: (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment }),
  json: (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
})

type Typed = ReturnType<typeof on>

const begin = ({ json }: Typed, runId: string) =>
  json("start", "order", "--id", runId, "--input", '{"id":"a","amount":4}')

const ended = Effect.fnUntraced(function* (typed: Typed, ...runIds: ReadonlyArray<string>) {
  for (const runId of runIds) {
    expect((yield* begin(typed, runId)).json).toMatchObject({ runId, isNew: true })
    expect((yield* typed.json("wait", runId)).json).toMatchObject({ outcome: "succeeded" })
  }
})

const isGone = ({ json }: Typed, runId: string) =>
  Effect.map(json("get", runId), (got) =>
    expect(got).toMatchObject({ code: 3, json: { error: expect.stringMatching(/^Run(NotFound|Deleted)$/) } })
  )

onEachTarget("delete from the command line", (newTarget, kind) => {
  const opened = Effect.map(newTarget({ workflows, steps }), on)

  live("deletes a run that has ended, whose id is taken from then on", () =>
    Effect.gen(function* () {
      const typed = yield* opened
      yield* ended(typed, "o-1", "o-2")
      expect(yield* typed.text("delete", "o-1")).toEqual({ code: 0, out: "o-1\n", error: "" })
      yield* isGone(typed, "o-1")
      expect(yield* begin(typed, "o-1")).toMatchObject({ json: { error: "RunDeleted" } })
      expect((yield* typed.json("get", "o-2")).json).toMatchObject({ status: "succeeded" })
    })
  )

  live("deletes several by filters, after a question, and says before which they would be", () =>
    Effect.gen(function* () {
      const typed = yield* opened
      const { json, text } = typed
      yield* ended(typed, "o-1", "o-2")
      yield* json("start", "patient", "--id", "p-1", "--input", "1")
      const filters = ["delete", "--newer-than", "1h"]
      // The listing lags behind.
      const dry = yield* Effect.repeat(json(...filters, "--dry-run"), { until: ({ json }) => json.runIds.length === 2 })
      expect(dry).toMatchObject({ code: 0, json: { dryRun: true } })
      expect([...dry.json.runIds].sort()).toEqual(["o-1", "o-2"])
      expect(yield* json(...filters)).toMatchObject({ code: 2, json: { error: "NotConfirmed" } })
      for (const runId of ["o-1", "o-2"]) expect((yield* json("get", runId)).code).toBe(0)
      expect(yield* text(...filters, "--yes")).toEqual({ code: 0, out: "deleted 2 of 2 runs\n", error: "" })
      for (const runId of ["o-1", "o-2"]) yield* isGone(typed, runId)
      expect((yield* json("get", "p-1")).json).toMatchObject({ status: "running" })
    })
  )

  live("refuses a run that goes on, and says what to do first", () =>
    Effect.gen(function* () {
      const { json } = yield* opened
      yield* json("start", "patient", "--id", "p-1", "--input", "1")
      const refused = yield* json("delete", "p-1", "--yes")
      expect(refused).toMatchObject({ json: { error: "RunNotEnded" } })
      expect(refused.code).not.toBe(0)
      expect(refused.json.message).toContain("cannot be deleted")
      expect((yield* json("get", "p-1")).json.runId).toBe("p-1")
    })
  )

  live("frees the id with --no-tombstone", () =>
    Effect.gen(function* () {
      const typed = yield* opened
      yield* ended(typed, "o-1")
      expect(yield* typed.json("delete", "o-1", "--no-tombstone", "--no-scrub")).toMatchObject({ code: 0 })
      yield* isGone(typed, "o-1")
      // Of a table a purge deletes what is stored, the id with it.
      if (kind === "table")
        yield* Effect.repeat(typed.json("purge", "--yes"), { until: ({ json }) => json.finished + json.freed > 0 })
      yield* ended(typed, "o-1")
    })
  )
})
