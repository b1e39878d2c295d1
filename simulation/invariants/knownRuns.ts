import { runIdOf } from "../../src/actor/history/generation.ts"
import type { Plan } from "../plan.ts"
import { chairs, drawnLimits, entries, limitKeys } from "../workload/features/limits/drawnLimits.ts"
import { takenInput } from "../workload/model.ts"
import { timetableName } from "../workload/timetables/definitionOf.ts"

/** S15: does anybody start runs of that id? Of what a plan does not draw there is none. */
export const knownRuns = (plan: Plan): ((address: string) => boolean) => {
  const text = JSON.stringify(plan.runs)
  const roots = [
    // What there is to do while faults are left, and when all is still, with a child that several may want.
    "more-\\d+",
    "calm",
    "shared",
    ...plan.runs.map((_, index) => `run-${index}`),
    ...(plan.runs.some(({ copies }) => copies !== undefined) ? ["fork-\\d+"] : []),
    ...(plan.runs.some(({ orders }) => orders !== undefined) ? ["order-\\d+"] : []),
    ...(plan.hasPoison || text.includes(`"input":${takenInput}`) ? ["poison"] : [])
  ]
  const known = new RegExp(`^(?:${roots.join("|")})(?::|$)`)
  const ofTimetable = new RegExp(
    `^${timetableName}/(?:now-id-\\d+|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{3})?Z)$`
  )
  const limiters = limitersOf(text)
  return (address) => {
    const runId = runIdOf(address)
    if (known.test(runId) || limiters.has(runId)) return true
    return plan.timetable !== undefined && (runId === `schedule/${timetableName}` || ofTimetable.test(runId))
  }
}

/** The runs that give places, of the limits that stand in these programs. */
const limitersOf = (programs: string): ReadonlySet<string> => {
  const names = Object.entries(drawnLimits).flatMap(([name, { limitName }]) =>
    programs.includes(`"limit":"${name}"`) ? [limitName] : []
  )
  const ofRuns = programs.includes('"do":"seats"') ? [chairs.limitName, entries.limitName] : []
  // Told a second time, and not by the function that names them.
  return new Set([...names, ...ofRuns].flatMap((name) => limitKeys.map((key) => `dynactor.limit/${name}/${key}`)))
}
