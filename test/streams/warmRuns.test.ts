import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { type WarmRun, WarmRuns } from "../../src/streams/turns/warmRun.ts"
import { workflowOf } from "../actor/definitions.ts"

const run = (runId: string): WarmRun => ({
  actor: new Actor({ workflow: workflowOf(Effect.succeed(null)), runId }),
  head: undefined,
  noticesUncertain: false
})

it.each([0, 1, 2])("as many runs are kept as there is to be room for: %i", (capacity) => {
  const warm = new WarmRuns(capacity)
  for (const runId of ["a", "b", "c"]) warm.keep(runId, run(runId))
  expect(warm.size).toBe(capacity)
  expect(["a", "b", "c"].filter((runId) => warm.get(runId) !== undefined)).toEqual(["a", "b", "c"].slice(3 - capacity))
})
