import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { defineSchedule, type ScheduleDefinition } from "../../../actor/calls/schedules/defineSchedule.ts"
import type { AnyWorkflow } from "../../../actor/definitions/definition.ts"
import { signedText } from "../../../actor/values/json.ts"
import { Client } from "../../../client/client.ts"
import { InputInvalid, RunConflict } from "../../../client/errors.ts"
import type { ScheduleDescription } from "../../../client/schedules/describeSchedule.ts"
import { ScheduleEnded, ScheduleInvalid } from "../../../client/schedules/errors.ts"
import type { BackfillBody, PauseBody, ScheduleBody, TriggerBody } from "../../definition/bodies.ts"
import type { SchedulesQuery } from "../../definition/queries.ts"
import type { ApiDefinitions } from "../definitions.ts"
import type { ApiResponse } from "../response.ts"
import { workflowNamed } from "../start.ts"

const schedulesOf = Effect.map(Client, ({ schedules }) => schedules)

const told = (schedule: string, status: number): ApiResponse => ({ status, body: { schedule } })

export const listSchedules = Effect.fnUntraced(function* (query: typeof SchedulesQuery.Type) {
  const schedules = yield* schedulesOf
  return { status: 200, body: yield* schedules.list(query) } satisfies ApiResponse
})

export const showSchedule = Effect.fnUntraced(function* (name: string) {
  const schedules = yield* schedulesOf
  return { status: 200, body: shownSchedule(yield* schedules.get(name)) } satisfies ApiResponse
})

/** Without the input: what of it is secret only its workflow knows. */
export const shownSchedule = ({ spec, paused, next, backfills, ...rest }: ScheduleDescription) => {
  const { input, ...shown } = spec ?? { input: null }
  return {
    ...rest,
    ...(spec === undefined ? {} : { spec: { ...shown, isInputMade: input === null } }),
    ...(paused === undefined ? {} : { paused: { ...paused, at: paused.at.getTime() } }),
    ...(backfills === undefined ? {} : { backfills: backfills.map(shownRange) }),
    next: next.map((time) => time.getTime())
  }
}

const shownRange = ({ from, until }: { readonly from: Date; readonly until: Date }) => ({
  from: from.getTime(),
  until: until.getTime()
})

/** 201, or 200 if it was there. */
export const ensureSchedule = Effect.fnUntraced(function* (
  { workflow: workflowName, version, input = null, again = false, ...options }: typeof ScheduleBody.Type,
  definitions: ApiDefinitions,
  name: string
) {
  const workflow = yield* workflowNamed(definitions, workflowName, version)
  const decoded = workflow.input().decode({ json: signedText(input) })
  if (Result.isFailure(decoded)) {
    const message = `input of workflow ${workflowName} does not fit its schema: ${decoded.failure}`
    return yield* new InputInvalid({ workflow: workflowName, message })
  }
  const definition = yield* defined(name, workflow, decoded.success, options)
  const ensured = yield* (yield* schedulesOf).ensure(definition, { again })
  if (ensured === "ended") {
    const message = `schedule ${name} has ended, or was removed, and stays so: say again to have it begin anew, or give another one another name`
    return yield* new ScheduleEnded({ schedule: name, message })
  }
  if (ensured === "taken") {
    const runId = `schedule/${name}`
    return yield* new RunConflict({ runId, workflow: "?", message: `a run of another workflow has the id ${runId}` })
  }
  return told(name, ensured === "created" ? 201 : 200)
})

type Times = Omit<typeof ScheduleBody.Type, "workflow" | "version" | "input" | "again">

const defined = (
  name: string,
  workflow: AnyWorkflow,
  input: unknown,
  { endsAt, startsAt, ...times }: Times
): Effect.Effect<ScheduleDefinition, ScheduleInvalid> =>
  Effect.try({
    try: () =>
      defineSchedule(name, {
        workflow,
        input,
        ...times,
        ...(startsAt === undefined ? {} : { startsAt: new Date(startsAt) }),
        ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt) })
        // It is looked at there, as for those who write no TypeScript.
      } as never),
    catch: (error) => new ScheduleInvalid({ schedule: name, message: (error as Error).message })
  })

export const pauseSchedule = Effect.fnUntraced(function* (body: typeof PauseBody.Type, name: string) {
  yield* (yield* schedulesOf).pause(name, body)
  return told(name, 202)
})

export const resumeSchedule = Effect.fnUntraced(function* (name: string) {
  yield* (yield* schedulesOf).resume(name)
  return told(name, 202)
})

export const triggerSchedule = Effect.fnUntraced(function* (body: typeof TriggerBody.Type, name: string) {
  const { runId } = yield* (yield* schedulesOf).trigger(name, body)
  return { status: 202, body: { schedule: name, runId } } satisfies ApiResponse
})

export const backfillSchedule = Effect.fnUntraced(function* (
  { from, until, ...rest }: typeof BackfillBody.Type,
  name: string
) {
  yield* (yield* schedulesOf).backfill(name, { from: new Date(from), until: new Date(until), ...rest })
  return told(name, 202)
})

export const removeSchedule = Effect.fnUntraced(function* (name: string) {
  yield* (yield* schedulesOf).remove(name)
  return told(name, 202)
})
