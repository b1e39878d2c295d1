import { limitWorkflow } from "../../actor/calls/limits/limitWorkflow.ts"
import { eachWorkflowOf, stepOfEach } from "../../actor/calls/many/eachWorkflow.ts"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { scheduleLook } from "../../actor/calls/schedules/scheduleParts.ts"
import { scheduleWorkflow } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import type { AnyStep, AnyWorkflow } from "../../actor/definitions/definition.ts"
import { assertLimitsAgree } from "../../actor/definitions/limits/limitsAgree.ts"
import { UnknownWorkflow } from "../../actor/errors.ts"
import type { Registered } from "../../actor/port/steps/namesakes.ts"
import { read } from "../../actor/values/defect.ts"
import { lookStep } from "../schedules/lookStep.ts"

/** The definitions that a host knows, and which of them a run goes on with: `runId` is its address. */
export interface Registry {
  readonly workflow: (name: string, version: string, runId: string) => AnyWorkflow | UnknownWorkflow
  readonly step: (name: string, runId: string) => AnyStep | undefined
  readonly stepNames: ReadonlyArray<string>
  /** Whose code runs for a name. Default: nobody compares it with what a workflow calls. */
  readonly registered?: Registered
}

/**
 * Throws a RangeError if two different definitions claim one name (and version): a host must not have to guess; a TypeError for
 * what is no definition.
 */
export const makeRegistry = (
  workflows: ReadonlyArray<AnyWorkflow>,
  steps: ReadonlyArray<AnyStep>,
  schedules: ReadonlyArray<ScheduleDefinition> = []
): Registry => {
  const byVersion = unique(workflows, (workflow) => `${workflow.workflowName}@${workflow.version}`, "workflow")
  const byName = unique(steps, (step) => step.stepName, "step")
  const look = lookStep(unique(schedules, (schedule) => schedule.scheduleName, "schedule"))
  assertLimitsAgree(workflows, steps)
  const registered = {
    step: (name: string) => byName.get(name),
    workflow: (name: string, version: string) => byVersion.get(`${name}@${version}`)
  }
  const ours = (name: string, version: string): AnyWorkflow | undefined =>
    own.find((workflow) => workflow.workflowName === name && workflow.version === version) ?? each(name, version)
  const each = (name: string, version: string): AnyWorkflow | undefined => {
    const step = byName.get(stepOfEach(name) ?? "")
    const workflow = step === undefined ? undefined : (eachWorkflowOf(step) as AnyWorkflow)
    return workflow?.version === version ? workflow : undefined
  }
  return {
    registered,
    workflow: (name, version) =>
      byVersion.get(`${name}@${version}`) ??
      ours(name, version) ??
      unknown(name, version, [...byVersion.keys()].sort()),
    step: (name) => (name === scheduleLook.stepName ? look : byName.get(name)),
    stepNames: [...byName.keys()].sort()
  }
}

/** What every host knows. */
const own: ReadonlyArray<AnyWorkflow> = [scheduleWorkflow, limitWorkflow]

const unique = <A>(definitions: ReadonlyArray<A>, nameOf: (definition: A) => string, what: string): Map<string, A> => {
  const found = new Map<string, A>()
  for (const [i, definition] of definitions.entries()) {
    assertDefinition(`${what}s[${i}]`, what, definition)
    const name = nameOf(definition)
    const before = found.get(name)
    if (before !== undefined && before !== definition)
      throw new RangeError(`two different definitions of ${what} ${name}`)
    found.set(name, definition)
  }
  return found
}

/** Undefined is mostly one that a module which imports this one has not made yet. */
const assertDefinition = (place: string, what: string, definition: unknown): void => {
  const name = read(definition, `${what}Name`)
  if (typeof name === "string") return
  const is = definition === undefined ? "undefined" : `no ${what}`
  const hint =
    definition === undefined
      ? "; if it is imported, the two modules import each other and this one was loaded first"
      : ""
  throw new TypeError(`${place} is ${is}: use what define${what[0]?.toUpperCase()}${what.slice(1)} gave${hint}`)
}

const unknown = (name: string, version: string, known: ReadonlyArray<string>): UnknownWorkflow => {
  const step = stepOfEach(name)
  const message =
    step === undefined
      ? `no workflow ${name}, version ${version}, is registered with this host; it knows ${known.join(", ") || "none"}`
      : `no step ${step} is registered with this host: this is a child run of its forEachStep, which each host knows that knows the step. Register it`
  return new UnknownWorkflow({ message, workflow: name, known })
}
