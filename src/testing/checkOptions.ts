import type * as Context from "effect/Context"
import type * as Layer from "effect/Layer"
import type { AnyStep, Workflow } from "../actor/definitions/definition.ts"
import type { ValueSource } from "./draws/samples.ts"
import type { Facts, RunView } from "./runView.ts"
import type { StandIn, Transact } from "./world/standIns.ts"

/** Of a property: false is a failure, and so is a throw. */
// biome-ignore lint/suspicious/noConfusingVoidType: a body of assertions answers with nothing
export type Verdict = boolean | void

export interface CheckOptions<In, Out, Err, World, Fact extends string> {
  /** Where inputs come from. Default: derived from the workflow's input schema. */
  readonly input?: ValueSource<NoInfer<In>>
  /**
   * What answers in place of steps, by name. Default: an answer derived from the step's output schema, sometimes one of its
   * declared errors, now and then `StepFailed`.
   */
  readonly steps?: Readonly<Record<string, StandIn<NoInfer<World>>>>
  /** What signals carry, by name. Default: derived from their schemas. */
  readonly signals?: Readonly<Record<string, ValueSource<any>>>
  /** What callbacks are completed with, by name. Default: derived from their schemas. */
  readonly callbacks?: Readonly<Record<string, ValueSource<any>>>
  /** What updates carry, by name. Default: derived from their schemas. */
  readonly updates?: Readonly<Record<string, ValueSource<any>>>
  /**
   * What steps that are real code act upon: made anew for each schedule, given to their code as third argument. With it, each
   * execution is tried twice, as after a crash, and must leave the same world; workers die at the awaits of that code, and steps of one time run by turns. What the world is
   * asked for (a method of a fake bank) goes on to its end.
   */
  readonly world?: () => World
  /**
   * Takes what steps with `transaction` write, where their own code runs: once for each outcome that stands. Answers with a `TransactionCancelled` where a condition does
   * not hold. Default: all of it is taken.
   */
  readonly transact?: Transact<NoInfer<World>>
  /** Of the world, what counts as an effect. Default: all of it that can be compared, which private fields cannot. */
  readonly effects?: (world: NoInfer<World>) => unknown
  /** The services of steps whose own code runs. */
  readonly services?: (world: NoInfer<World>) => Context.Context<any> | Layer.Layer<any>
  /**
   * By the name of a step, the step that undoes it: in a run that does not succeed, all that succeeded must be undone, in
   * reverse. Where one step undoes several others, each of their successes takes a call of it.
   */
  readonly compensations?: Readonly<Record<string, string | AnyStep>>
  /** What properties speak of, by name. */
  readonly facts?: Facts<Fact, NoInfer<World>, NoInfer<In>, NoInfer<Out>, NoInfer<Err>>
  /** Must hold after every turn. False and a throw are failures. */
  readonly always?: (run: RunView<NoInfer<Fact>, NoInfer<World>, NoInfer<In>, NoInfer<Out>, NoInfer<Err>>) => Verdict
  /** Must hold when the run has ended, or waits for something that does not come. */
  readonly atEnd?: (run: RunView<NoInfer<Fact>, NoInfer<World>, NoInfer<In>, NoInfer<Out>, NoInfer<Err>>) => Verdict
  /**
   * Loads the workflow's module anew and answers with the workflow in it: for what a module computes when it is loaded, and another
   * process computes otherwise. While it does, clock, randomness and the user's view of environment variables are other ones. Asked ten
   * times. Default: nothing is loaded again.
   *
   * @example
   * reload: async () => {
   *   vi.resetModules()
   *   return (await import("./rentBike.ts")).rentBike
   * }
   */
  readonly reload?: () => PromiseLike<Workflow<string, NoInfer<In>, NoInfer<Out>, NoInfer<Err>>>
  /** Default 1,000. */
  readonly schedules?: number
  /** The same seed gives the same schedules. Default 1. */
  readonly seed?: number
  /**
   * When virtual time begins, epoch milliseconds. Default: 5 January 2026, 9:00 UTC, in the systematic schedules, and another hour of
   * the four years after it in each that is drawn.
   */
  readonly startAt?: number
  /** Turns after which a run counts as endless. Default 500. */
  readonly maxTurns?: number
  /** The workflow is meant to go on for ever. Default false. */
  readonly endless?: boolean
  /**
   * There is never another run of the workflow in the same world. Default false: in some schedules there is, with an input that has nothing in common with the run's, and
   * both must do what they do alone. `always` and `atEnd` are not asked then.
   */
  readonly alone?: boolean
  /** The workflow may die of defects of its own. Default false. */
  readonly mayDie?: boolean
}

export type AnyOptions = CheckOptions<any, any, any, any, string>

const optionKinds: Readonly<Record<keyof AnyOptions, "record" | "function" | "boolean" | "number" | "any">> = {
  input: "any",
  steps: "record",
  signals: "record",
  updates: "record",
  callbacks: "record",
  world: "function",
  transact: "function",
  effects: "function",
  services: "function",
  compensations: "record",
  facts: "record",
  always: "function",
  atEnd: "function",
  reload: "function",
  schedules: "number",
  seed: "number",
  startAt: "number",
  maxTurns: "number",
  endless: "boolean",
  alone: "boolean",
  mayDie: "boolean"
}

/**
 * Throws a `TypeError` or a `RangeError`. Tests are run without a type checker as often as not, and an option with a slip in its name
 * would check nothing, in silence.
 */
export const assertOptions = (options: AnyOptions): void => {
  refuseOthers("checkWorkflow", options, Object.keys(optionKinds))
  for (const [option, kind] of Object.entries(optionKinds)) {
    const value = options[option as keyof AnyOptions]
    if (value === undefined || kind === "any" || kind === "number") continue
    const isFit = kind === "record" ? typeof value === "object" && value !== null : typeof value === kind
    if (!isFit) throw new TypeError(`${option}: ${String(value)} is no ${kind === "record" ? "record by name" : kind}`)
  }
  for (const [fact, condition] of Object.entries(options.facts ?? {})) {
    if (typeof condition !== "function") throw new TypeError(`facts.${fact}: ${String(condition)} is no function`)
  }
  for (const [step, by] of Object.entries(options.compensations ?? {})) {
    if (typeof by !== "string" && typeof by?.stepName !== "string")
      throw new TypeError(`compensations.${step}: ${String(by)} is neither a step nor the name of one`)
  }
  assertNumber("schedules", options.schedules, 1)
  assertNumber("maxTurns", options.maxTurns, 1)
  assertNumber("seed", options.seed, Number.MIN_SAFE_INTEGER)
  assertNumber("startAt", options.startAt, Number.MIN_SAFE_INTEGER)
}

export const refuseOthers = (what: string, options: object, known: ReadonlyArray<string>): void => {
  const other = Object.keys(options).find((option) => !known.includes(option))
  if (other !== undefined)
    throw new TypeError(`${what} has no option ${JSON.stringify(other)}; those are ${known.join(", ")}`)
}

export const assertNumber = (option: string, number: number | undefined, least: number): void => {
  if (number !== undefined && (!Number.isSafeInteger(number) || number < least))
    throw new RangeError(`${option}: ${number} is no whole number${least === 1 ? " of 1 or more" : ""}`)
}

export const assertWorkflow = (workflow: unknown): void => {
  if (typeof (workflow as { readonly workflowName?: unknown } | null | undefined)?.workflowName !== "string")
    throw new TypeError("the first argument is no workflow: it takes what defineWorkflow answers with")
}
