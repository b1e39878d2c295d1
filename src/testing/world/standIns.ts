import type * as Effect from "effect/Effect"
import type { AnyStep, StepContext } from "../../actor/definitions/definition.ts"
import type { Writes } from "../../actor/definitions/transactions/transaction.ts"
import type { TransactionCancelled } from "../../actor/errors.ts"

/** Real code in a step's place; `world` is the schedule's own (see the option `world`). */
export type StepCode<World = any> = (
  input: any,
  context: StepContext,
  world: World
) => Effect.Effect<any, any, any> | PromiseLike<unknown> | unknown

/**
 * Takes what a step with `transaction` writes, in the place of its database: once for each outcome that stands. A `TransactionCancelled` as its answer says that a
 * condition does not hold.
 */
export type Transact<World = any> = (
  writes: Writes,
  about: { readonly step: string; readonly runId: string; readonly world: World }
  // biome-ignore lint/suspicious/noConfusingVoidType: a body that takes all answers with nothing
) => TransactionCancelled | void

/** A value, or a function that makes one of the step's input. */
export type Answer = ((input: any) => unknown) | object | string | number | boolean | bigint | symbol | null | undefined

export type StandInData =
  | { readonly _tag: "Succeeds"; readonly answer: Answer }
  | { readonly _tag: "Fails"; readonly error: unknown }
  | { readonly _tag: "Flaky"; readonly probability: number; readonly answer: Answer }
  | { readonly _tag: "Outcomes"; readonly all: ReadonlyArray<StandIn> }
  | { readonly _tag: "Derived" }

/**
 * What answers in a step's place: a stand-in made by {@link succeeds}, {@link fails}, {@link flaky} or {@link outcomes}, code,
 * or a step itself, whose own code then runs.
 */
export type StandIn<World = any> = StandInData | AnyStep | StepCode<World>

const standIns = new WeakSet<object>()

const make = <A extends StandInData>(data: A): A => {
  standIns.add(data)
  return data
}

export const isStandInData = (value: unknown): value is StandInData =>
  typeof value === "object" && value !== null && standIns.has(value)

/** Some attempts fail and others do not. */
export const isFlaky = (standIn: StandIn | undefined): boolean => {
  if (!isStandInData(standIn)) return false
  if (standIn._tag === "Outcomes") return standIn.all.some(isFlaky)
  return standIn._tag === "Flaky" && standIn.probability > 0 && standIn.probability < 1
}

export const isStep = (value: unknown): value is AnyStep => typeof value === "function" && "stepName" in value

/** A value of the step's output type, made up from its schema. Its own mark, so that `undefined` can be an answer. */
export const derivedAnswer: unique symbol = Symbol("derived")

export const derived: StandInData = make({ _tag: "Derived" })

/**
 * Always succeeds, with this value, or with what the function makes of the input.
 *
 * @example
 * steps: { chargeCard: succeeds((order) => ({ chargeId: "c-1", cents: order.cents })) }
 */
export const succeeds = (answer: Answer): StandInData => make({ _tag: "Succeeds", answer })

/** Always fails with this error, which the step must declare. */
export const fails = (error: unknown): StandInData => make({ _tag: "Fails", error })

/**
 * Each attempt fails with this probability; the step's own retry policy decides what comes of it, and time passes as it says.
 * `flaky(1)` fails always, `flaky(0)` never, in every schedule and in a `TestRuntime` (which draws by its option `seed`). What is between them fails
 * nowhere in the first schedule of `checkWorkflow`, which is a calm run; those after it begin with an attempt that fails, and with all of them.
 * Succeeds with `answer`; default: a value derived from the output schema.
 */
export const flaky = (probability: number, answer: Answer = derivedAnswer): StandInData => {
  if (!(typeof probability === "number" && probability >= 0 && probability <= 1))
    throw new RangeError("flaky: a probability is between 0 and 1")
  return make({ _tag: "Flaky", probability, answer })
}

/**
 * One of these, chosen anew at each call. The first is what happens when nothing special does. Values are successes,
 * instances of `Error` are failures, and any other stand-in is itself.
 *
 * @example
 * steps: { chargeCard: outcomes({ chargeId: "c-1" }, new CardDeclined({ message: "no" }), flaky(0.5)) }
 */
export const outcomes = (...all: ReadonlyArray<StandIn | Answer>): StandInData => {
  if (all.length === 0) throw new RangeError("outcomes: name at least one")
  return make({
    _tag: "Outcomes",
    all: all.map((one) => {
      if (isStandInData(one) || typeof one === "function") return one as StandIn
      return one instanceof Error ? fails(one) : succeeds(one as Answer)
    })
  })
}

/** Is it, or may it be, code of the user's own? */
export const isCode = (standIn: StandIn | undefined): boolean => {
  if (standIn === undefined) return false
  if (!isStandInData(standIn)) return true
  return standIn._tag === "Outcomes" && standIn.all.some(isCode)
}
