import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AnyWorkflow } from "../../definitions/definition.ts"
import { defineWorkflow } from "../../definitions/workflow.ts"
import { misfitOf } from "../../values/misfit.ts"
import { defineSchedule, type ScheduleDefinition, type ScheduleOptions } from "./defineSchedule.ts"

const text = Schema.optionalKey(Schema.String)
/** Milliseconds. */
const length = Schema.optionalKey(Schema.Finite)

/** A schedule as a deployment names it beside its code: JSON, with the options of `defineSchedule`. */
export const DeployedSchedule = Schema.Struct({
  name: Schema.String,
  workflow: Schema.String,
  version: text,
  /** As the input's schema encodes it. Left out: null. */
  input: Schema.optionalKey(Schema.Json),
  cron: text,
  timeZone: text,
  onDstOverlap: text,
  every: length,
  offset: length,
  overlap: text,
  catchUp: Schema.optionalKey(Schema.Union([Schema.Literals(["latest", "none"]), Schema.Finite])),
  jitter: length,
  startsAt: text,
  endsAt: text
})
export type DeployedSchedule = typeof DeployedSchedule.Type

const decode = Schema.decodeUnknownResult(DeployedSchedule)

/** As it is, or what is wrong with it. What is in it besides `defineSchedule` refuses. */
export const readDeployed = (one: unknown): Result.Result<DeployedSchedule, string> =>
  Result.mapBoth(decode(one), { onSuccess: () => one as DeployedSchedule, onFailure: (error) => misfitOf(error, one) })

/** As `defineSchedule`, which says what is wrong with it. */
export const defineDeployed = (
  { name, workflow: _, version: __, input: ___, startsAt, endsAt, ...times }: DeployedSchedule,
  workflow: AnyWorkflow,
  input: unknown
): ScheduleDefinition =>
  defineSchedule(name, {
    ...times,
    workflow,
    input,
    ...(startsAt === undefined ? {} : { startsAt: Date.parse(startsAt) }),
    ...(endsAt === undefined ? {} : { endsAt: Date.parse(endsAt) })
  } as ScheduleOptions<unknown>)

/**
 * What would be refused of a schedule that is data, where there is no code to define it by. Whether there is such a workflow, and whether the input
 * fits it, only that code tells.
 */
export const assertDeployed = (one: { readonly [option: string]: unknown }): void => {
  const read = readDeployed(one)
  if (Result.isFailure(read)) throw new TypeError(`schedule ${one.name}: ${read.failure}`)
  const options = { input: Schema.Null, output: Schema.Void, run: () => Effect.void }
  defineDeployed(read.success, defineWorkflow(read.success.workflow, options), null)
}
