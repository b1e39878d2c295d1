import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { type DeployedSchedule, defineDeployed, readDeployed } from "../../actor/calls/schedules/deployedSchedule.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { fingerprintText, signedText } from "../../actor/values/json.ts"
import { DeployedNames, type KeptNames } from "../../store/schedules/deployedNames.ts"
import { removeTakenOut } from "../../store/schedules/takenOut.ts"
import { ensureSchedules } from "./ensureSchedules.ts"

/** Undefined: the event says nothing of schedules. */
const schedulesOfEvent = (event: unknown): unknown =>
  typeof event === "object" && event !== null && "schedules" in event ? event.schedules : undefined

/**
 * Makes sure of schedules, those of the code and those that the sweeper's event names: once an environment, until an event names others, here or elsewhere. What is wrong
 * with one is told, and is no matter to the others, nor to the sweep that comes behind.
 */
export const keepSchedules = (
  workflows: ReadonlyArray<AnyWorkflow>,
  defined: ReadonlyArray<ScheduleDefinition> = []
) => {
  let areDefinedThere = defined.length === 0
  let areThere: string | undefined
  const keep = Effect.fnUntraced(function* (event: unknown) {
    if (!areDefinedThere) areDefinedThere = (yield* ensureSchedules(defined)).isDone
    const deployed = schedulesOfEvent(event)
    // Somebody's own invocation names none, which does not mean that there are to be none.
    if (deployed === undefined) return
    if (!Array.isArray(deployed))
      return yield* Effect.logError(
        "the sweeper's event does not name the schedules of the deployment as an array, and they stay as they are: deploy anew, with schedules that the construct takes"
      )
    const wanted = fingerprintText(JSON.stringify(deployed))
    const kept = yield* (yield* DeployedNames).load
    // Another environment may have heard of another deployment since, or late of an earlier one.
    if (wanted === areThere && kept !== "unreadable" && kept.event === wanted) return
    if (yield* keepDeployed({ deployed, wanted, workflows, defined }, kept)) areThere = wanted
  })
  return (event: unknown) => sweepAnyway(keep(event))
}

/** Without a sweep nothing is recovered, whatever it is that is wrong here. */
const sweepAnyway = <E, R>(keep: Effect.Effect<void, E, R>) =>
  Effect.catchCause(keep, (cause) => {
    if (Cause.hasInterrupts(cause)) return Effect.interrupt
    const error = Cause.squash(cause)
    const why = error instanceof Error ? error.message : String(error)
    return Effect.logWarning(`schedules of the deployment are not made sure of yet: ${why}`)
  })

interface Deployed {
  readonly deployed: ReadonlyArray<unknown>
  /** What says which they are. */
  readonly wanted: string
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly defined: ReadonlyArray<ScheduleDefinition>
}

/** True: all are as they should be, or it has been said why one is not. Otherwise it is to be tried again. */
const keepDeployed = Effect.fnUntraced(function* (event: Deployed, kept: KeptNames | "unreadable") {
  if (kept === "unreadable")
    yield* Effect.logError(
      "which schedules the deployment before has named cannot be read: those that were taken out since are not removed, and those that were put back do not begin anew. Remove or make them by hand (dynactor schedules)"
    )
  const { asked, names }: KeptNames = kept === "unreadable" ? { names: [], asked: [], event: "" } : kept
  const named = event.deployed.map((one, index) => ({ one, name: nameIn(one), place: `number ${index + 1}` }))
  const wanted = new Set(named.flatMap(({ name }) => name ?? []))
  // One that has moved into the code is the code's from now on.
  const goOn = new Set([...wanted, ...event.defined.map(({ scheduleName }) => scheduleName)])
  // One without a name may be any of them.
  const areAllNamed = named.every(({ name }) => name !== undefined)
  const left = [...new Set([...names, ...asked])].filter((name) => !goOn.has(name))
  const { gone, notYet } = areAllNamed ? yield* removeAll(left) : { gone: new Set<string>(), notYet: false }
  const ensured = yield* definitionsOf(named, event)
  // What somebody has removed stays so, unless a deployment names it anew.
  const isNew = (name: string) => kept !== "unreadable" && !names.includes(name)
  const toMake = ensured.map(({ scheduleName }) => scheduleName).filter(isNew)
  const isKept = (name: string) => !gone.has(name) && (wanted.has(name) || !goOn.has(name))
  const there = names.filter(isKept)
  const toMakeOrUnknown = [...new Set([...asked, ...toMake])].filter(isKept)
  const { save } = yield* DeployedNames
  // Whatever becomes of this environment: one that it has made, perhaps, is taken out with the deployment that names it no more.
  if (toMake.some((name) => !asked.includes(name))) yield* save({ names: there, asked: toMakeOrUnknown, event: "" })
  const made = yield* ensureSchedules(ensured, new Set(toMake))
  const isDone = made.isDone && !notYet
  const known = [...new Set([...there, ...made.there])]
  const now: KeptNames = {
    names: known,
    // One that could not be made is new once it can be.
    asked: toMakeOrUnknown.filter((name) => !known.includes(name)),
    event: isDone ? event.wanted : ""
  }
  if (kept === "unreadable" || JSON.stringify(kept) !== JSON.stringify(now)) yield* save(now)
  return isDone
})

/** `gone`: those of which nothing goes on. `notYet`: one is to be tried again. */
const removeAll = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const gone = new Set<string>()
  for (const name of names) {
    const removed = yield* Effect.result(removeTakenOut(name))
    if (Result.isFailure(removed)) {
      yield* Effect.logWarning(`schedule ${name} is not removed yet: ${removed.failure.message}`)
      continue
    }
    gone.add(name)
    if (removed.success) yield* Effect.logInfo(`schedule ${name} is removed: the deployment names it no more`)
  }
  return { gone, notYet: gone.size < names.length }
})

interface Named {
  readonly one: unknown
  readonly name: string | undefined
  /** For who has no name. */
  readonly place: string
}

const nameIn = (one: unknown): string | undefined =>
  typeof one === "object" && one !== null && "name" in one && typeof one.name === "string" ? one.name : undefined

/** Those that can be. Why another cannot is told. */
const definitionsOf = Effect.fnUntraced(function* (named: ReadonlyArray<Named>, event: Deployed) {
  const made: Array<ScheduleDefinition> = []
  for (const [index, { name, one, place }] of named.entries()) {
    const isTwice = name !== undefined && named.findIndex((other) => other.name === name) < index
    const definition = isTwice ? "another one before it has its name: give it one of its own" : definitionOf(one, event)
    if (typeof definition !== "string") made.push(definition)
    else yield* Effect.logError(`schedule ${name ?? place} of the deployment cannot be: ${definition}`)
  }
  return made
})

/** Or what is wrong with it. */
const definitionOf = (one: unknown, { defined, workflows }: Deployed): ScheduleDefinition | string => {
  const read = readDeployed(one)
  if (Result.isFailure(read)) return read.failure
  const deployed: DeployedSchedule = read.success
  const { input = null, name, version, workflow: workflowName } = deployed
  if (defined.some(({ scheduleName }) => scheduleName === name))
    return "the entry exports one of this name, and that one stands: give one of them another name, or leave it out"
  const named = workflows.filter((workflow) => workflow.workflowName === workflowName)
  // Of several versions the one listed last is the current one.
  const workflow = version === undefined ? named.at(-1) : named.find((one) => one.version === version)
  if (workflow === undefined) {
    const what = version === undefined ? workflowName : `${workflowName}, version ${version},`
    return `the entry exports no workflow ${what} in \`workflows\`: put it there, or name another`
  }
  try {
    const decoded = workflow.input().decode({ json: signedText(input) })
    if (Result.isFailure(decoded))
      return `its input does not fit the schema of workflow ${workflowName}: ${decoded.failure}`
    return defineDeployed(deployed, workflow, decoded.success)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
