import * as fc from "fast-check"
import { type Plan, plans } from "./plan.ts"
import { runSchedule, type ScheduleOptions, type ScheduleResult } from "./simulation.ts"

/** Schedules are made in chunks: one of them is named by the seed of its chunk and its place in it. */
export const chunkLength = 250

export const chunkOf = (seed: number, length = chunkLength): ReadonlyArray<Plan> =>
  fc.sample(plans, { seed, numRuns: length })

/** A plan that breaks an invariant, made as small as it will go. */
export interface Finding {
  readonly plan: Plan
  readonly result: ScheduleResult
  readonly seed: number
  /** With the seed it names the small plan. */
  readonly path: string
  readonly shrinks: number
  /** What it stood on. Undefined: simulated services. */
  readonly flag: string | undefined
}

/**
 * Shrinks the schedule at `path` of a chunk; undefined if nothing is wrong with it. Wrong: by default, a broken invariant. On the wire only
 * from a macrotask, as all that runs schedules there.
 */
export const shrink = (
  seed: number,
  path: string,
  limitMs: number,
  isWrong = (result: ScheduleResult) => result.violation !== undefined,
  options: ScheduleOptions = {}
): Finding | undefined => {
  const holds = fc.property(plans, (plan) => !isWrong(runSchedule(plan, options)))
  const found = fc.check(holds, {
    seed,
    path,
    numRuns: 1,
    interruptAfterTimeLimit: limitMs,
    markInterruptAsFailure: false
  })
  if (found.counterexample === null) return undefined
  const [plan] = found.counterexample
  const result = runSchedule(plan, { ...options, traced: true })
  return {
    plan,
    result,
    seed,
    path: found.counterexamplePath ?? path,
    shrinks: found.numShrinks,
    flag: options.ground?.flag
  }
}

/** The schedule of that name as it is, with its timeline. */
export const repeat = (seed: number, path: string, options: ScheduleOptions = {}): Finding | undefined => {
  let found: Finding | undefined
  const property = fc.property(plans, (plan) => {
    found ??= {
      plan,
      result: runSchedule(plan, { ...options, traced: true }),
      seed,
      path,
      shrinks: 0,
      flag: options.ground?.flag
    }
    return true
  })
  fc.check(property, { seed, path, numRuns: 1, endOnFailure: true })
  return found
}

/**
 * Does the alarm work? Claims something false, that no two hosts ever race to one commit, and looks for a schedule that breaks
 * it. One must
 * be found, and be made smaller. Answers with the faults that are left, or undefined if there was none.
 */
export const tryAlarm = (seed: number, limitMs: number): number | undefined => {
  const isWrong = (result: ScheduleResult) => result.sometimes.has("conflict")
  const index = chunkOf(seed).findIndex((plan) => isWrong(runSchedule(plan)))
  const found = index < 0 ? undefined : shrink(seed, String(index), limitMs, isWrong)
  return found === undefined || found.shrinks === 0 ? undefined : found.plan.faults.length
}
