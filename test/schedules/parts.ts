import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ScheduleDefinition } from "../../src/actor/calls/schedules/defineSchedule.ts"
import type { ScheduleState } from "../../src/actor/calls/schedules/scheduleSpec.ts"
import { scheduleRunId, scheduleWorkflow } from "../../src/actor/calls/schedules/scheduleWorkflow.ts"
import type { Client } from "../../src/index.ts"
import { defineSignal, defineWorkflow, Run } from "../../src/index.ts"
import { type Engine, eventually } from "../streams/engine.ts"

export const release = defineSignal("release", Schema.Null)

export const report = defineWorkflow("report", {
  input: Schema.Struct({ day: Schema.String }),
  output: Schema.String,
  run: ({ day }) => Effect.map(Run, ({ parentRunId }) => `${day} of ${parentRunId}`)
})

/** Goes on until it is released. */
export const long = defineWorkflow("long", { input: Schema.Null, output: Schema.Null, run: () => release.receive })

export const never = { every: "1000 days" } as const

export const settled = (client: Client["Service"], name: string) =>
  eventually(
    `schedule ${name} is there`,
    Effect.map(client.schedules.get(name), (one) => (one.status === "starting" ? undefined : one))
  )

/** As if its first host had gone right after its start, so long ago; or as a later generation finds it. */
export const startedAs = (
  { table }: Engine,
  { scheduleName, spec }: ScheduleDefinition,
  { agoMs = 0, ...rest }: Partial<ScheduleState> & { readonly agoMs?: number }
) => {
  const state = { name: scheduleName, spec, revision: 0, paused: null, after: null, started: 0, skipped: 0 }
  const input = { ...state, queue: [], backfills: [], live: [], recent: [], ...rest }
  const { fingerprint, payload } = Result.getOrThrow(scheduleWorkflow.input().encode(input))
  return table.put(scheduleRunId(scheduleName), {
    kind: "start",
    at: Date.now() - agoMs,
    workflow: scheduleWorkflow.workflowName,
    definitionVersion: scheduleWorkflow.version,
    fingerprint,
    input: payload
  })
}
