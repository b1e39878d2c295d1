import { scheduleWorkflowOf } from "../../../src/actor/calls/schedules/scheduleWorkflow.ts"

/** So that a few times make several generations. Hosts take this one for their own, which has longer ones. */
export const shortLengths = { atRest: 12, atMost: 36 }

export const shortScheduleWorkflow = scheduleWorkflowOf(shortLengths)
