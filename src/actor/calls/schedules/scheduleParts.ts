import * as Schema from "effect/Schema"
import { defineSystemStep } from "../../definitions/callbacks/systemStep.ts"
import { systemPrefix } from "../../definitions/name.ts"
import { makeState } from "../../definitions/outside/state.ts"
import { makeSignal } from "../../definitions/signal.ts"
import { EncodedInput, ScheduleControl, ScheduleSpec, ScheduleStatus } from "./scheduleSpec.ts"

/** What people ask of a schedule: its run receives nothing else. */
export const scheduleControl = makeSignal(`${systemPrefix}schedule`, ScheduleControl)

/** What it does, as of its last commit; and how it stands. */
export const shownSpec = makeState(`${systemPrefix}schedule.spec`, ScheduleSpec)
export const shownStatus = makeState(`${systemPrefix}schedule.status`, ScheduleStatus)

/** Asked of the host when a time has come: how late is it, and what is the input for that time? */
export const LookInput = Schema.Struct({ schedule: Schema.String, scheduledAt: Schema.Int, wantsInput: Schema.Boolean })
export const LookOutput = Schema.Struct({
  /** By the host's clock: the run's own shows the time at which it was to wake. */
  now: Schema.Int,
  /** Null: not asked for, or not to be had, and then `why`. */
  input: Schema.NullOr(EncodedInput),
  why: Schema.NullOr(Schema.String)
})

export const scheduleLook = defineSystemStep("schedule.look", { input: LookInput, output: LookOutput })

/** Asked of the host: a run that an earlier generation of the schedule has started is to be cancelled, which only that generation could do. */
export const scheduleCancel = defineSystemStep("schedule.cancel", {
  input: Schema.Struct({ schedule: Schema.String, runId: Schema.String }),
  output: Schema.Null
})
