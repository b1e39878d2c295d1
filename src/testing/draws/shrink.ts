import { isDeepStrictEqual } from "node:util"
import type { Plan, Values } from "./decisions.ts"
import { pieces, type Sample } from "./samples.ts"

/** A schedule as data: what has to be the same for the same to happen. */
export interface Case {
  readonly plan: Plan
  readonly input: Sample
  /** Of signals, answers and errors, where they are not those that the plan's numbers stand for. */
  readonly values: Values
}

/** What a case that fails was left with: what the run did not come to is gone from plan and values. */
type Left = Pick<Case, "plan" | "values"> & { readonly turns: number }

/** Schedules tried to make one smaller. By number and not by time: the same seed ends in the same story. */
const maxTries = 500
/** A try at smaller values counts for more than one where the value has many pieces, or the run many turns: it takes as much longer. */
const piecesOfOne = 1_000
const turnsOfOne = 40
/** Values made for that and found not to be of their schema: of large ones each takes its time, too. */
const maxRefused = 5_000
/** Tries at one value before the next has its turn. */
const share = 30

/**
 * The smallest case found that still fails: fewer entries in its plan, lower choices, smaller values. `fails` answers with what it was
 * left with, or undefined.
 */
export const shrink = async <A extends Left>(
  first: Case,
  fails: (one: Case) => Promise<A | undefined>
): Promise<{ readonly smallest: Case; readonly result: A | undefined }> => {
  const shrinker = new Shrinker(first, fails)
  await shrinker.run()
  return shrinker
}

/** Values of the case that are made smaller together: its input, or by the keys of `values`. */
interface Visit {
  readonly places: ReadonlyArray<Place>
  /** Candidates gone by. Of a value made smaller the first ones are like those that did not fail before. */
  next: number
}

type Place = { readonly key: string } | "input"

class Shrinker<A extends Left> {
  smallest: Case
  result: A | undefined
  private readonly fails: (one: Case) => Promise<A | undefined>
  private tries = 0
  private refused = 0
  private successes = 0

  constructor(first: Case, fails: (one: Case) => Promise<A | undefined>) {
    this.smallest = first
    this.fails = fails
  }

  async run(): Promise<void> {
    // Once as it is: is it the same again at all?
    if (!(await this.attempt(this.smallest))) return
    for (let before = 0; before !== this.successes && !this.isSpent; ) {
      before = this.successes
      await this.dropEntries()
      await this.lowerChoices()
      const places = placesOf(this.smallest)
      await this.reduce(equalOnes(this.smallest, places))
      await this.reduce(places.map((place) => [place]))
    }
  }

  private get isSpent(): boolean {
    return this.tries >= maxTries || this.refused >= maxRefused
  }

  private async attempt(candidate: Case, price = 1): Promise<boolean> {
    if (this.isSpent) return false
    this.tries += price
    const found = await this.fails(candidate)
    if (found === undefined) return false
    this.smallest = { plan: found.plan, values: found.values, input: candidate.input }
    this.result = found
    this.successes++
    return true
  }

  /** Large pieces first. */
  private async dropEntries(): Promise<void> {
    for (let size = this.smallest.plan.size; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < this.smallest.plan.size && !this.isSpent; ) {
        const dropped = new Set([...this.smallest.plan.keys()].slice(from, from + size))
        const without = <B>(map: ReadonlyMap<string, B>) => new Map([...map].filter(([key]) => !dropped.has(key)))
        const { plan, values, input } = this.smallest
        if (!(await this.attempt({ plan: without(plan), values: without(values), input }))) from += size
      }
    }
  }

  /** A choice that is the number of a value has no smaller alternatives: a lower number is not a simpler value. */
  private async lowerChoices(): Promise<void> {
    for (const [key, choice] of this.smallest.plan) {
      for (let lower = 1; lower < choice && !this.smallest.values.has(key) && !this.isSpent; lower++) {
        if (await this.attempt({ ...this.smallest, plan: new Map([...this.smallest.plan, [key, lower]]) })) break
      }
    }
  }

  /** In turns: one that is large would use up all tries. */
  private async reduce(all: ReadonlyArray<ReadonlyArray<Place>>): Promise<void> {
    for (let visits: ReadonlyArray<Visit> = all.map((places) => ({ places, next: 0 })); visits.length > 0; ) {
      const left: Array<Visit> = []
      for (const visit of visits) if (await this.visit(visit)) left.push(visit)
      visits = left
    }
  }

  /** Is there more to be tried? */
  private async visit(visit: Visit): Promise<boolean> {
    const until = this.tries + share
    const priceOf = (one: Case) => {
      const size = visit.places.reduce((sum, place) => sum + pieces(sampleAt(one, place)?.value), 0)
      return 1 + Math.floor(size / piecesOfOne) + Math.floor((this.result?.turns ?? 0) / turnsOfOne)
    }
    for (let goesOn = true; goesOn; ) {
      goesOn = false
      let index = 0
      for (const make of smallerAt(visit.places, this.smallest)) {
        if (index++ < visit.next) continue
        if (this.isSpent) return false
        if (this.tries >= until) return true
        const candidate = make()
        if (candidate === undefined) this.refused += priceOf(this.smallest)
        visit.next = index
        if (candidate === undefined || !(await this.attempt(candidate, priceOf(candidate)))) continue
        visit.next = Math.max(0, index - 3)
        goesOn = true
        break
      }
    }
    return false
  }
}

/** Those that the plan speaks of first: the others are simple as they are. */
const placesOf = ({ plan, values }: Case): ReadonlyArray<Place> => {
  const keys = [...values.keys()]
  const ordered = [...keys.filter((key) => plan.has(key)), ...keys.filter((key) => !plan.has(key))]
  return ["input", ...ordered.map((key) => ({ key }))]
}

const sampleAt = ({ input, values }: Case, place: Place): Sample | undefined =>
  place === "input" ? input : values.get(place.key)

/** It may be what matters of them. */
const equalOnes = (one: Case, places: ReadonlyArray<Place>): ReadonlyArray<ReadonlyArray<Place>> => {
  const groups: Array<{ readonly value: unknown; readonly places: Array<Place> }> = []
  for (const place of places) {
    const value = sampleAt(one, place)?.value
    const group = groups.find((known) => isDeepStrictEqual(known.value, value))
    if (group === undefined) groups.push({ value, places: [place] })
    else group.places.push(place)
  }
  return groups.flatMap(({ places }) => (places.length > 1 ? [places] : []))
}

/** The case with something smaller at these places, the same at all of them. */
function* smallerAt(places: ReadonlyArray<Place>, one: Case): Iterable<() => Case | undefined> {
  const samples = places.flatMap((place) => sampleAt(one, place) ?? [])
  // The run may have changed so that it does not reach all of these places any more.
  if (samples.length < places.length) return
  const [leading, ...others] = samples.map(({ smaller }) => smaller()[Symbol.iterator]())
  for (let next = leading?.next(); next !== undefined && next.done !== true; next = leading?.next()) {
    const makers = [next.value]
    for (const { done, value } of others.map((other) => other.next())) if (done !== true) makers.push(value)
    if (makers.length < places.length) return
    yield () => replacedAt(one, places, makers)
  }
}

const replacedAt = (
  one: Case,
  places: ReadonlyArray<Place>,
  makers: ReadonlyArray<() => Sample | undefined>
): Case | undefined => {
  let { input } = one
  const plan = new Map(one.plan)
  const values = new Map(one.values)
  const replacement = makers[0]?.()
  for (const [index, place] of places.entries()) {
    const sample = index === 0 ? replacement : makers[index]?.()
    if (sample === undefined || !isDeepStrictEqual(sample.value, replacement?.value)) return undefined
    if (place === "input") input = sample
    else {
      values.set(place.key, sample)
      // The number of a value that is given says nothing any more.
      if (plan.has(place.key)) plan.set(place.key, 1)
    }
  }
  return { plan, values, input }
}
