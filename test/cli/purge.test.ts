import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { live } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget } from "./eachTarget.ts"
import { steps, workflows } from "./workflows.ts"

const entry = ["--entry", join(import.meta.dirname, "workflows.ts")]
const nothing = { deleted: 0, finished: 0, freed: 0, failed: 0, complete: true }

onEachTarget("purge from the command line", (newTarget) => {
  live("deletes what is older than it is to be kept, after a question, and says how many", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* newTarget({ workflows, steps })
      const json = (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
      yield* json("start", "order", "--id", "o-1", "--input", '{"id":"a","amount":4}')
      yield* json("start", "patient", "--id", "p-1", "--input", "1")
      yield* json("wait", "o-1")
      const old = [...entry, "--retention", "0s"]
      // The listing lags behind.
      const dry = yield* Effect.repeat(json("purge", "--dry-run", ...old), { until: ({ json }) => json.deleted > 0 })
      expect(dry).toEqual({ code: 0, error: "", json: { ...nothing, deleted: 1 } })
      // Nobody is there to be asked; without code nothing is old; and for ever is the default.
      expect(yield* json("purge", ...old)).toMatchObject({ code: 2, json: { error: "NotConfirmed" } })
      expect((yield* json("purge", "--retention", "0s", "--yes")).json).toEqual(nothing)
      expect((yield* json("purge", "--yes", ...entry)).json).toEqual(nothing)
      expect((yield* json("get", "o-1")).code).toBe(0)
      expect(yield* cli(["purge", "--yes", ...old, ...flags], { environment })).toEqual({
        code: 0,
        out: "deleted 1 run; finished 0 deletions, freed 0 ids\n",
        error: ""
      })
      expect(yield* json("get", "o-1")).toMatchObject({ code: 3, json: { error: "RunNotFound" } })
      expect((yield* json("get", "p-1")).json).toMatchObject({ status: "running" })
    })
  )
})
