import { isDeepStrictEqual } from "node:util"
import type { Plan, Values } from "./decisions.ts"
import type { Sample } from "./samples.ts"

/** A schedule as data: what has to be the same for the same to happen. */
export interface Case {
  readonly plan: Plan
  readonly input: Sample
  /** Of signals, answers and errors, where they are not those that the plan's numbers stand for. */
  readonly values: Values
}

/** What a case that fails was left with: what the run did not come to is gone from plan and values. */
type Left = Pick<Case, "plan" | "values">

/** Schedules tried to make one smaller. By number and not by time: the same seed ends in the same story. */
const maxTries = 500

/**
 * The smallest case found that still fails: fewer entries in its plan, lower choices, smaller values. `fails` answers with what it was
 * left with, or undefined.
 */
export const shrink = async <A extends Left>(
  first: Case,
  fails: (one: Case) => Promise<A | undefined>
): Promise<{ readonly smallest: Case; readonly result: A | undefined }> => {
  let smallest = first
  let result: A | undefined
  let tries = 0
  let successes = 0
  const attempt = async (candidate: Case): Promise<boolean> => {
    if (tries++ >= maxTries) return false
    const found = await fails(candidate)
    if (found === undefined) return false
    smallest = { plan: found.plan, values: found.values, input: candidate.input }
    result = found
    successes++
    return true
  }
  // Once as it is: is it the same again at all?
  if (!(await attempt(first))) return { smallest: first, result: undefined }
  for (let before = 0; before !== successes; ) {
    before = successes
    await dropEntries(() => smallest, attempt)
    await lowerChoices(() => smallest, attempt)
    await reduceValues(() => smallest, attempt)
  }
  return { smallest, result }
}

type Attempt = (candidate: Case) => Promise<boolean>

/** Large pieces first. */
const dropEntries = async (current: () => Case, attempt: Attempt): Promise<void> => {
  for (let size = current().plan.size; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < current().plan.size; ) {
      const entries = [...current().plan]
      const plan = new Map([...entries.slice(0, from), ...entries.slice(from + size)])
      if (!(await attempt({ ...current(), plan }))) from += size
    }
  }
}

/** A choice among many is the number of a value, and small ones are no simpler than others. */
const lowest = 20

const lowerChoices = async (current: () => Case, attempt: Attempt): Promise<void> => {
  for (const [key, choice] of current().plan) {
    for (let lower = 1; lower < choice && lower <= lowest; lower++) {
      const { plan, values, input } = current()
      const others = new Map([...values].filter(([other]) => other !== key))
      if (await attempt({ plan: new Map([...plan, [key, lower]]), values: others, input })) break
    }
  }
}

/** A value of the case: its input, or that of an entry of its plan. */
type Place = { readonly key: string } | "input"

/** Those that are equal together first: it may be what matters of them. */
const reduceValues = async (current: () => Case, attempt: Attempt): Promise<void> => {
  const first = placesOf(current())
  const together = first.map((place) =>
    first.filter((other) => isDeepStrictEqual(valueAt(current(), other), valueAt(current(), place)))
  )
  for (const [index, places] of together.entries())
    if (places.length > 1 && places[0] === first[index]) await reduce(places, current, attempt)
  for (const place of first) await reduce([place], current, attempt)
}

const placesOf = ({ values }: Case): ReadonlyArray<Place> => ["input", ...[...values.keys()].map((key) => ({ key }))]

const sampleAt = ({ input, values }: Case, place: Place): Sample | undefined =>
  place === "input" ? input : values.get(place.key)

const valueAt = (one: Case, place: Place): unknown => sampleAt(one, place)?.value

const reduce = async (places: ReadonlyArray<Place>, current: () => Case, attempt: Attempt): Promise<void> => {
  for (let goesOn = true; goesOn; ) {
    goesOn = false
    for (const candidate of smallerAt(places, current())) {
      if (await attempt(candidate)) {
        goesOn = true
        break
      }
    }
  }
}

/** The case with something smaller at these places, the same at all of them. */
function* smallerAt(places: ReadonlyArray<Place>, one: Case): Iterable<Case> {
  const samples = places.flatMap((place) => sampleAt(one, place) ?? [])
  // A run that has become another may not come to all of them any more.
  if (samples.length < places.length) return
  const [leading, ...others] = samples.map(({ smaller }) => smaller()[Symbol.iterator]())
  for (let next = leading?.next(); next !== undefined && next.done !== true; next = leading?.next()) {
    const followers = others.map((other) => other.next())
    const replacements = [next.value]
    for (const { done, value } of followers)
      if (done !== true && isDeepStrictEqual(value.value, next.value.value)) replacements.push(value)
    if (replacements.length < places.length) continue
    yield places.reduce((changed, place, index) => replacedAt(changed, place, replacements[index] as Sample), one)
  }
}

/** The number of a value that is given says nothing any more. */
const replacedAt = (one: Case, place: Place, sample: Sample): Case =>
  place === "input"
    ? { ...one, input: sample }
    : { ...one, plan: new Map([...one.plan, [place.key, 1]]), values: new Map([...one.values, [place.key, sample]]) }
