import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { ScheduleNames, ScheduleShown, ScheduleTold, Triggered } from "./answers.ts"
import { errors } from "./apiError.ts"
import { BackfillBody, EmptyBody, PauseBody, ScheduleBody, TriggerBody } from "./bodies.ts"
import { Authentication } from "./middleware.ts"
import { SchedulesQuery } from "./queries.ts"
import { routes } from "./routes.ts"

const says = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const params = { name: Schema.String }
const told = ScheduleTold.pipe(HttpApiSchema.status(202))
const error = errors("ScheduleNotFound", "ScheduleEnded", "ScheduleInvalid")
const durable = "202: it is durable, and takes effect with the next turn of the schedule's run."

const schedules = HttpApiEndpoint.get("schedules", routes.schedules.path, {
  query: SchedulesQuery,
  success: ScheduleNames,
  error: errors("CursorInvalid")
}).annotateMerge(says("Names of the schedules that have not ended", "May lag behind by a second."))

const schedule = HttpApiEndpoint.get("schedule", routes.schedule.path, {
  params,
  success: ScheduleShown,
  error: errors("ScheduleNotFound", "StateUnreadable", "PayloadMissing", "PayloadAltered")
}).annotateMerge(says("A schedule: its next times, and what became of the last", "As of its last commit."))

const ensureSchedule = HttpApiEndpoint.post("ensureSchedule", routes.ensureSchedule.path, {
  params,
  payload: ScheduleBody,
  success: [ScheduleTold, ScheduleTold.pipe(HttpApiSchema.status(201))],
  error: errors(
    "WorkflowUnknown",
    "InputInvalid",
    "ScheduleInvalid",
    "ScheduleEnded",
    "RunConflict",
    "PayloadMissing",
    "PayloadAltered"
  )
}).annotateMerge(says("Make sure of a schedule", "201: it is new. 200: it was there, as it should be or otherwise."))

const pauseSchedule = HttpApiEndpoint.post("pauseSchedule", routes.pauseSchedule.path, {
  params,
  payload: PauseBody,
  success: told,
  error
}).annotateMerge(says("Pause a schedule", `It starts nothing but what is triggered. ${durable}`))

const resumeSchedule = HttpApiEndpoint.post("resumeSchedule", routes.resumeSchedule.path, {
  params,
  payload: EmptyBody,
  success: told,
  error
}).annotateMerge(says("Resume a schedule", `Times that have passed meanwhile are not made up for. ${durable}`))

const triggerSchedule = HttpApiEndpoint.post("triggerSchedule", routes.triggerSchedule.path, {
  params,
  payload: TriggerBody,
  success: Triggered.pipe(HttpApiSchema.status(202)),
  error
}).annotateMerge(says("Start a run of a schedule now", `Paused or not. ${durable}`))

const backfillSchedule = HttpApiEndpoint.post("backfillSchedule", routes.backfillSchedule.path, {
  params,
  payload: BackfillBody,
  success: told,
  error
}).annotateMerge(says("Start a run for each time of a range", durable))

const removeSchedule = HttpApiEndpoint.post("removeSchedule", routes.removeSchedule.path, {
  params,
  payload: EmptyBody,
  success: told,
  error
}).annotateMerge(says("End a schedule, for good", `Runs that it has started go on. ${durable}`))

/** What starts runs at named times. */
export class SchedulesGroup extends HttpApiGroup.make("schedules")
  .add(
    schedules,
    schedule,
    ensureSchedule,
    pauseSchedule,
    resumeSchedule,
    triggerSchedule,
    backfillSchedule,
    removeSchedule
  )
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Schedules") {}
