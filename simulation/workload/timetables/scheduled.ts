import { scheduleRunId } from "../../../src/actor/calls/schedules/scheduleWorkflow.ts"

/** Is it a generation of a schedule's own run? */
export const isOfSchedule = (address: string): boolean => address.startsWith(scheduleRunId(""))
