import type { Plan } from "./decisions.ts"
import type { Sample } from "./samples.ts"

/** A schedule as data: what has to be the same for the same to happen. */
export interface Case {
  readonly plan: Plan
  readonly input: Sample
}

/** Schedules tried to make one smaller. By number and not by time: the same seed ends in the same story. */
const maxTries = 500

/**
 * The smallest case found that still fails: fewer entries in its plan, lower choices, a smaller input. `fails` answers with what it was
 * left with (places that the run did not come to are gone from the plan), or undefined.
 */
export const shrink = async <A extends { readonly plan: Plan }>(
  first: Case,
  fails: (one: Case) => Promise<A | undefined>
): Promise<{ readonly smallest: Case; readonly result: A | undefined }> => {
  let smallest = first
  let result: A | undefined
  let tries = 0
  const attempt = async (candidate: Case): Promise<boolean> => {
    if (tries++ >= maxTries) return false
    const found = await fails(candidate)
    if (found === undefined) return false
    smallest = { plan: found.plan, input: candidate.input }
    result = found
    return true
  }
  // Once as it is: is it the same again at all?
  if (!(await attempt(first))) return { smallest: first, result: undefined }
  for (let before = ""; before !== describe(smallest); ) {
    before = describe(smallest)
    await dropEntries(() => smallest, attempt)
    await lowerChoices(() => smallest, attempt)
    await reduceInput(() => smallest, attempt)
  }
  return { smallest, result }
}

type Attempt = (candidate: Case) => Promise<boolean>

const describe = ({ plan, input }: Case): string => JSON.stringify([[...plan], String(JSON.stringify(input.value))])

/** Large pieces first. */
const dropEntries = async (current: () => Case, attempt: Attempt): Promise<void> => {
  for (let size = current().plan.size; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < current().plan.size; ) {
      const entries = [...current().plan]
      const plan = new Map([...entries.slice(0, from), ...entries.slice(from + size)])
      if (!(await attempt({ plan, input: current().input }))) from += size
    }
  }
}

/** A choice among many is the number of a value, and small ones are no simpler than others. */
const lowest = 20

const lowerChoices = async (current: () => Case, attempt: Attempt): Promise<void> => {
  for (const [key, choice] of current().plan) {
    for (let lower = 1; lower < choice && lower <= lowest; lower++) {
      if (await attempt({ plan: new Map([...current().plan, [key, lower]]), input: current().input })) break
    }
  }
}

const reduceInput = async (current: () => Case, attempt: Attempt): Promise<void> => {
  for (let goesOn = true; goesOn; ) {
    goesOn = false
    for (const input of current().input.smaller()) {
      if (await attempt({ plan: current().plan, input })) {
        goesOn = true
        break
      }
    }
  }
}
