import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { defineSchedule, type ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { signedText } from "../../actor/values/json.ts"
import { DeployedNames } from "../../store/schedules/deployedNames.ts"
import { beginPutBack, removeTakenOut } from "../../store/schedules/takenOut.ts"
import { ensureSchedules } from "./ensureSchedules.ts"

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

const decodeEvent = Schema.decodeUnknownSync(Schema.Struct({ schedules: Schema.Array(DeployedSchedule) }))

/** Undefined: the event says nothing of schedules. One that is not quite right fails, and says why. */
export const schedulesOfEvent = (event: unknown): ReadonlyArray<DeployedSchedule> | undefined =>
  typeof event === "object" && event !== null && "schedules" in event ? decodeEvent(event).schedules : undefined

/**
 * Makes sure of schedules, those of the code and those that the sweeper's event names: once an environment, until an event names others. What is wrong with one
 * is told, and is no matter to the others, nor to the sweep that comes behind.
 */
export const keepSchedules = (
  workflows: ReadonlyArray<AnyWorkflow>,
  defined: ReadonlyArray<ScheduleDefinition> = []
) => {
  let areDefinedThere = defined.length === 0
  let areThere: string | undefined
  return Effect.fnUntraced(function* (event: unknown) {
    if (!areDefinedThere) areDefinedThere = yield* ensureSchedules(defined)
    const deployed = schedulesOfEvent(event)
    const wanted = JSON.stringify(deployed)
    // Somebody's own invocation names none, which does not mean that there are to be none.
    if (deployed === undefined || wanted === areThere) return
    const are = yield* Effect.catch(keepDeployed(deployed, workflows, defined), ({ message }) =>
      Effect.as(Effect.logWarning(`schedules of the deployment are not made sure of yet: ${message}`), false)
    )
    if (are) areThere = wanted
  })
}

/** True: all are as they should be, or it has been said why one is not. Otherwise it is to be tried again. */
const keepDeployed = Effect.fnUntraced(function* (
  deployed: ReadonlyArray<DeployedSchedule>,
  workflows: ReadonlyArray<AnyWorkflow>,
  defined: ReadonlyArray<ScheduleDefinition>
) {
  const kept = yield* DeployedNames
  const before = yield* kept.load
  const names = deployed.map(({ name }) => name)
  // One that has moved into the code is the code's from now on.
  const goOn = new Set([...names, ...defined.map(({ scheduleName }) => scheduleName)])
  for (const name of before) {
    if (goOn.has(name)) continue
    if (yield* removeTakenOut(name))
      yield* Effect.logInfo(`schedule ${name} is removed: the deployment names it no more`)
  }
  const ensured: Array<ScheduleDefinition> = []
  for (const one of deployed) {
    const made = definitionOf(one, workflows, defined)
    if (typeof made === "string") yield* Effect.logError(`schedule ${one.name} of the deployment cannot be: ${made}`)
    else ensured.push(made)
  }
  // What somebody has removed stays so, unless a deployment names it anew.
  const isNew = ({ scheduleName }: ScheduleDefinition) => !before.includes(scheduleName)
  const areThere = yield* ensureSchedules(ensured, (schedule) => (isNew(schedule) ? beginPutBack(schedule) : undefined))
  if (areThere && JSON.stringify(before) !== JSON.stringify(names)) yield* kept.save(names)
  return areThere
})

/** Or what is wrong with it. */
const definitionOf = (
  { name, workflow: workflowName, version, input = null, startsAt, endsAt, ...times }: DeployedSchedule,
  workflows: ReadonlyArray<AnyWorkflow>,
  defined: ReadonlyArray<ScheduleDefinition>
): ScheduleDefinition | string => {
  if (defined.some(({ scheduleName }) => scheduleName === name))
    return "the entry exports one of this name, and that one stands: give one of them another name, or leave it out"
  const named = workflows.filter((one) => one.workflowName === workflowName)
  // Of several versions the one listed last is the current one.
  const workflow = version === undefined ? named.at(-1) : named.find((one) => one.version === version)
  if (workflow === undefined) {
    const what = version === undefined ? workflowName : `${workflowName}, version ${version},`
    return `the entry exports no workflow ${what} in \`workflows\`: put it there, or name another`
  }
  const decoded = workflow.input().decode({ json: signedText(input) })
  if (Result.isFailure(decoded))
    return `its input does not fit the schema of workflow ${workflowName}: ${decoded.failure}`
  try {
    return defineSchedule(name, {
      workflow,
      input: decoded.success,
      ...(times as { readonly every: Duration.Input }),
      ...(startsAt === undefined ? {} : { startsAt: new Date(startsAt) }),
      ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt) })
    })
  } catch (error) {
    return (error as Error).message
  }
}
