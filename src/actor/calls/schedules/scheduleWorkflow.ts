import * as Schema from "effect/Schema"
import type { AnyWorkflow } from "../../definitions/definition.ts"
import { systemPrefix } from "../../definitions/name.ts"
import { makeWorkflow } from "../../definitions/workflow.ts"
import { type GenerationLengths, runSchedule } from "./runSchedule.ts"
import { ScheduleState } from "./scheduleSpec.ts"

export const scheduleWorkflowName = `${systemPrefix}schedule`

/** The same, that goes on as a new generation sooner or later than usual. */
export const scheduleWorkflowOf = (lengths?: GenerationLengths): AnyWorkflow =>
  makeWorkflow(scheduleWorkflowName, {
    input: ScheduleState,
    output: Schema.Struct({ started: Schema.Int, skipped: Schema.Int }),
    run: (state) => runSchedule(state, lengths)
  })

/** Every schedule is a run of this workflow, which each host knows. */
export const scheduleWorkflow: AnyWorkflow = scheduleWorkflowOf()

const prefix = "schedule/"

/** The run of a schedule. Who starts a run of this id with another workflow is told of a conflict. */
export const scheduleRunId = (name: string): string => `${prefix}${name}`

export const nameOfSchedule = (runId: string): string => runId.slice(prefix.length)
