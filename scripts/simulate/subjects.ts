import type { Plan, RunPlan } from "../../simulation/plan.ts"

/** What not every schedule has, by the names of `workload/features` where it is a feature: each is what some promise is about. */
export type Subject =
  | "answers"
  | "callbacks"
  | "carries"
  | "generations"
  | "limits"
  | "many"
  | "otherRuns"
  | "output"
  | "patches"
  | "state"
  | "takesItsTime"
  | "tags"
  | "times"
  | "writesTogether"
  | "update"
  | "starts"
  | "debounce"
  | "orders"
  | "copies"
  | "deletions"
  | "schedules"
  | "pauses"
  | "terminations"
  | "cancellations"
  | "changedCode"
  | "poison"

/** Of a plan as its ground takes it (`GroundKind.planOf`): what is left out there is in none. */
export const subjectsOf = (plan: Plan): ReadonlySet<Subject> => {
  const found = new Set<Subject>(plan.runs.flatMap(ofRun))
  if (plan.deletion !== undefined) found.add("deletions")
  if (plan.timetable !== undefined) found.add("schedules")
  if (plan.hasPoison) found.add("poison")
  if ((plan.setting?.deploysAfterMs ?? null) !== null || plan.faults.some(({ kind }) => kind === "changedCode"))
    found.add("changedCode")
  return found
}

const ofRun = (run: RunPlan): ReadonlyArray<Subject> => {
  const has: Partial<Record<Subject, boolean>> = {
    starts: run.beginsAfterMs !== undefined || isSome(run.again),
    debounce: isSome(run.debounced),
    orders: isSome(run.orders),
    copies: isSome(run.copies),
    pauses: run.decision?.do === "pause",
    terminations: run.decision?.do === "terminate",
    cancellations: run.cancelAfterMs !== null
  }
  const drawn = (Object.keys(has) as ReadonlyArray<Subject>).filter((subject) => has[subject])
  return [...drawn, ...featuresIn(run.program)]
}

const isSome = (list: ReadonlyArray<unknown> | undefined): boolean => list !== undefined && list.length > 0

/** Terms stand in terms, and in the arguments of features. */
const featuresIn = (part: unknown): ReadonlyArray<Subject> => {
  if (typeof part !== "object" || part === null) return []
  const inside = Object.values(part).flatMap(featuresIn)
  return "do" in part && part.do === "feature" && "feature" in part ? [part.feature as Subject, ...inside] : inside
}
