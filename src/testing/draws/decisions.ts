import type { Sample, Samples } from "./samples.ts"
import type { SeededNumbers } from "./seededNumbers.ts"

/**
 * A schedule is made of decisions, each at a named place: is the run cancelled before its third turn, does the worker die after
 * `chargeCard#0`. Choice 0 is always that nothing special happens, so a plan holds the other choices only, an empty plan is a
 * calm run, and leaving one entry out takes one thing out of the story.
 */
export type DecisionKind =
  /** The run is asked to cancel before this turn. */
  | "cancel"
  /** A step is executed, and its worker dies before the outcome is written: the step is executed again. */
  | "crash"
  /** The step answers with one of its typed errors. */
  | "error"
  /** The step ends in `StepFailed`. */
  | "death"
  /** One attempt of a flaky step fails. */
  | "attempt"
  /** A step, a child's answer or a signal takes its time. */
  | "late"
  /** Messages share a turn. */
  | "batch"
  /** A signal comes that nobody waits for yet. */
  | "signal"
  /** Whoever is to answer a callback has not been heard of when the run looks. */
  | "silence"
  /** Which value a stand-in answers with, or a signal carries. No fault. */
  | "value"

export type Plan = ReadonlyMap<string, number>

/** What choices stand for where they are numbers of values, zeros among them, by the key of the choice. */
export type Values = ReadonlyMap<string, Sample>

export interface Decisions {
  /** From 0 to `alternatives`. `chance` is that of anything but 0, where this kind is on at all. */
  readonly choose: (kind: DecisionKind, place: string, alternatives: number, chance: number) => number
  /** The value that a choice stands for. */
  readonly value: (kind: DecisionKind, place: string, choice: number, samples: Samples) => unknown
  /** What was chosen so far, without the zeros. */
  readonly plan: Plan
  /** Those that were given instead of being drawn by their numbers. */
  readonly values: Values
}

const noValues: Values = new Map()

const drawn: Decisions["value"] = (_kind, _place, choice, samples) => samples(choice).value

export const planKey = (kind: DecisionKind, place: string): string => `${kind} ${place}`

export const kindOf = (key: string): DecisionKind => key.slice(0, key.indexOf(" ")) as DecisionKind

/** Nothing special happens, anywhere. */
export const calm: Decisions = { choose: () => 0, value: drawn, plan: new Map(), values: noValues }

/** A value that a stand-in answers with or a signal carries. */
export const chooseValue = (decisions: Decisions, place: string, samples: Samples): unknown =>
  decisions.value("value", place, decisions.choose("value", place, anyValue, 0.5), samples)

const swarmKinds: ReadonlyArray<DecisionKind> = [
  "cancel",
  "crash",
  "error",
  "death",
  "attempt",
  "late",
  "batch",
  "signal"
]

/** As the alternatives of a choice: it is the number of a value, and there are as many as anyone needs. */
export const anyValue = 2 ** 31 - 1

/** Some values are drawn from the first few, so that one comes up again. */
export const few = 8

/** Decides by chance. Each kind is off in half of all schedules: some faults hide others. */
export class RandomDecisions implements Decisions {
  readonly plan = new Map<string, number>()
  readonly values = noValues
  readonly value = drawn
  /** A step that is executed again because its worker died gets the same draws. */
  private readonly decided = new Map<string, number>()
  private readonly numbers: SeededNumbers
  private readonly off: ReadonlySet<DecisionKind>

  constructor(numbers: SeededNumbers) {
    this.numbers = numbers
    this.off = new Set(swarmKinds.filter(() => numbers.chance(0.5)))
  }

  choose(kind: DecisionKind, place: string, alternatives: number, chance: number): number {
    if (alternatives <= 0 || this.off.has(kind)) return 0
    const key = planKey(kind, place)
    const before = this.decided.get(key)
    if (before !== undefined) return before
    const choice = this.numbers.chance(chance) ? 1 + this.oneOf(alternatives) : 0
    this.decided.set(key, choice)
    if (choice > 0) this.plan.set(key, choice)
    return choice
  }

  private oneOf(alternatives: number): number {
    return this.numbers.below(alternatives === anyValue && this.numbers.chance(0.5) ? few : alternatives)
  }
}

/** Decides as the plan says. `plan` holds the entries that mattered: a place that the run never came to is left out. */
export class PlannedDecisions implements Decisions {
  readonly plan = new Map<string, number>()
  readonly values = new Map<string, Sample>()
  private readonly given: Plan
  private readonly givenValues: Values

  constructor(given: Plan, values: Values = noValues) {
    this.given = given
    this.givenValues = values
  }

  choose(kind: DecisionKind, place: string, alternatives: number): number {
    const key = planKey(kind, place)
    const choice = Math.min(this.given.get(key) ?? 0, Math.max(0, alternatives))
    if (choice > 0) this.plan.set(key, choice)
    return choice
  }

  value(kind: DecisionKind, place: string, choice: number, samples: Samples): unknown {
    const key = planKey(kind, place)
    const sample = this.givenValues.get(key) ?? samples(choice)
    this.values.set(key, sample)
    return sample.value
  }
}
