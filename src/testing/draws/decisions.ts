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
  /** A worker dies at an await of the step's code: at its first, second, ... The step is executed again. */
  | "halfway"
  /** A step takes effect, and nobody hears of it: the attempt counts as failed. */
  | "unheard"
  /** Code of a step is stopped before it begins, at its first await, ..., until others that are due have had their turn. */
  | "pause"
  /** Another run of the workflow is in the same world, with an input of its own. */
  | "company"
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

/** These are drawn by themselves, so that whoever has none of them keeps the schedules that there were before. */
const ownKinds: ReadonlyArray<DecisionKind> = ["halfway", "unheard", "pause", "company"]

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
  private readonly others: SeededNumbers
  private readonly off: ReadonlySet<DecisionKind>

  /** `others`: for what is drawn by itself. */
  constructor(numbers: SeededNumbers, others: SeededNumbers) {
    this.numbers = numbers
    this.others = others
    const halfOf = (kinds: ReadonlyArray<DecisionKind>, by: SeededNumbers) => kinds.filter(() => by.chance(0.5))
    this.off = new Set([...halfOf(swarmKinds, numbers), ...halfOf(ownKinds, others)])
  }

  choose(kind: DecisionKind, place: string, alternatives: number, chance: number): number {
    if (alternatives <= 0 || this.off.has(kind)) return 0
    const key = planKey(kind, place)
    const before = this.decided.get(key)
    if (before !== undefined) return before
    const numbers = ownKinds.includes(kind) ? this.others : this.numbers
    const choice = numbers.chance(chance) ? 1 + oneOf(alternatives, numbers) : 0
    this.decided.set(key, choice)
    if (choice > 0) this.plan.set(key, choice)
    return choice
  }
}

const oneOf = (alternatives: number, numbers: SeededNumbers): number =>
  numbers.below(alternatives === anyValue && numbers.chance(0.5) ? few : alternatives)

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
