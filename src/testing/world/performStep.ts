import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { AnyStep, StepContext } from "../../actor/definitions/definition.ts"
import { StepFailed } from "../../actor/errors.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import { describeDefect } from "../../actor/values/defect.ts"
import { isMeant } from "../../actor/values/isMeant.ts"
import type { Execution } from "../../streams/steps/execution.ts"
import { anyValue, chooseValue, type Decisions } from "../draws/decisions.ts"
import { type Samples, schemaSamples } from "../draws/samples.ts"
import { derived, derivedAnswer, isStandInData, isStep, type StandIn, type StandInData } from "./standIns.ts"
import { executeCode, unanswered } from "./steps/executeCode.ts"
import type { StepCall, StepWorkers } from "./steps/stepCall.ts"

/** Of the code that stands in for a step, over all schedules. */
interface CodeRecord {
  /** It has succeeded, or failed with an error that its step declares. */
  works: boolean
  /** The first thing that it threw and does not declare. */
  thrown: string | undefined
}

/** Answers of steps, by stand-ins or by code. What is data answers at once, and so does code that does not wait. */
export class Performers {
  /** By the name of a step, the most awaits that its code has come to. */
  private readonly awaits = new Map<string, number>()
  private readonly codes = new Map<string, CodeRecord>()
  private readonly values = new Map<string, { readonly output: Samples; readonly error: Samples | undefined }>()

  /** How many awaits the code of a step has, as far as it is known. */
  awaitsOf(step: string): number {
    return Math.min(this.awaits.get(step) ?? 0, mostAwaits)
  }

  noteAwaits(step: string, count: number): void {
    if (count > (this.awaits.get(step) ?? 0)) this.awaits.set(step, count)
  }

  perform(call: StepCall, workers: StepWorkers, decisions: Decisions): Execution | Promise<Execution> {
    const answer = this.answer(call, workers.standIns[call.step.stepName] ?? derived, workers, decisions)
    if (call.isCutShort !== true) return answer
    const interrupted = () => unanswered(call, workers, "interrupted", "its worker died")
    return answer instanceof Promise ? answer.then(interrupted) : interrupted()
  }

  private answer(
    call: StepCall,
    standIn: StandIn,
    workers: StepWorkers,
    decisions: Decisions
  ): Execution | Promise<Execution> {
    if (isStandInData(standIn)) return this.fromData(call, standIn, workers, decisions)
    const { step } = call
    if (isStep(standIn)) {
      const { isTransaction } = standIn
      return executeCode(
        { ...call, step: { ...this.withCode(step, standIn.execute, call), isTransaction } as AnyStep },
        workers
      )
    }
    if (typeof standIn !== "function")
      throw new TypeError(`the stand-in of step ${step.stepName}: use succeeds, fails, flaky, outcomes, or a function`)
    return executeCode(
      { ...call, step: this.withCode(step, (input, context) => standIn(input, context, workers.world), call) },
      workers
    )
  }

  private fromData(
    call: StepCall,
    data: StandInData,
    workers: StepWorkers,
    decisions: Decisions
  ): Execution | Promise<Execution> {
    switch (data._tag) {
      case "Derived":
        return this.derive(call, decisions)
      case "Outcomes": {
        const choice = decisions.choose("error", call.place, data.all.length - 1, 0.4)
        return this.answer(call, data.all[choice] as StandIn, workers, decisions)
      }
      case "Succeeds":
        return this.succeed(call, data.answer, workers, decisions)
      case "Fails":
        return done({ tag: "failed", payload: encoded(call, "error", call.step.error().encode(data.error)) })
      case "Flaky": {
        // Of a certainty there is nothing to decide: such a step is out of order in a calm run, too.
        const isDown =
          data.probability === 1 ||
          decisions.choose("attempt", `${call.place}/${call.attempt}`, 1, data.probability) > 0
        if (!isDown) return this.succeed(call, data.answer, workers, decisions)
        const failing = withCode(call.step, () => Effect.die(new Error("out of order for a moment")))
        return executeCode({ ...call, step: failing }, workers)
      }
    }
  }

  private succeed(call: StepCall, answer: unknown, workers: StepWorkers, decisions: Decisions) {
    if (answer === derivedAnswer) return this.derivedSuccess(call, decisions)
    const code = (input: unknown) => (typeof answer === "function" ? answer(input) : answer)
    return executeCode({ ...call, step: this.withCode(call.step, code) }, workers)
  }

  /** The user's own code, of which it is noted whether it ever works. */
  private withCode(
    step: AnyStep,
    code: (input: any, context: StepContext) => unknown,
    { awaits, onAttemptRead }: Pick<StepCall, "awaits" | "onAttemptRead"> = {}
  ): AnyStep {
    const record = this.codes.get(step.stepName) ?? { works: false, thrown: undefined }
    this.codes.set(step.stepName, record)
    const failed = (error: unknown) => {
      if (Result.isSuccess(step.error().encode(error as never))) record.works = true
      else record.thrown ??= describeDefect(error)
    }
    const ended = () => {
      record.works = true
    }
    return withCode(step, (input, context) => {
      let answer: unknown
      try {
        awaits?.begin()
        answer = code(input, onAttemptRead === undefined ? context : readingAttempt(context, onAttemptRead))
        answer = awaits === undefined ? answer : awaits.of(answer, isPromise)
      } catch (error) {
        awaits?.end()
        failed(error)
        throw error
      }
      if (Effect.isEffect(answer))
        return Effect.onExit(answer as Effect.Effect<unknown, unknown>, (exit) =>
          Effect.sync(() => (Exit.isSuccess(exit) ? ended() : failed(Cause.squash(exit.cause))))
        )
      if (isPromise(answer)) answer.then(ended, failed)
      else {
        awaits?.end()
        ended()
      }
      return answer
    })
  }

  /**
   * Throws a `TypeError` for code that never works. Its step is out of order in all schedules, and most properties hold of runs in which
   * nothing succeeds.
   */
  refuseBroken(): void {
    for (const [step, { works, thrown }] of this.codes) {
      if (works || thrown === undefined) continue
      throw new TypeError(
        `steps.${step}: in no schedule does it come to an answer; it throws ${thrown}. ` +
          "If the step is meant to be out of order, say flaky(1)"
      )
    }
  }

  /** Mostly a success; sometimes an error that the step declares, now and then the end of all attempts. */
  private derive(call: StepCall, decisions: Decisions): Execution {
    const { step, place } = call
    const { error } = this.valuesOf(step)
    if (error !== undefined) {
      const choice = decisions.choose("error", place, anyValue, 0.15)
      if (choice > 0) {
        const value = decisions.value("error", place, choice, error)
        return done({ tag: "failed", payload: encoded(call, "error", step.error().encode(value as never)) })
      }
    }
    if (decisions.choose("death", place, 1, 0.04) > 0) return done(outOfOrder(step))
    return this.derivedSuccess(call, decisions)
  }

  private derivedSuccess(call: StepCall, decisions: Decisions): Execution {
    const { output } = this.valuesOf(call.step)
    const value = chooseValue(decisions, call.place, output)
    return done({ tag: "succeeded", payload: encoded(call, "output", call.step.output().encode(value as never)) })
  }

  private valuesOf(step: AnyStep) {
    const found = this.values.get(step.stepName)
    if (found !== undefined) return found
    const samples = (what: "output" | "error") =>
      schemaSamples<unknown>(step[what]().schema, `the ${what} of step ${step.stepName}`, `steps.${step.stepName}`)
    const values = { output: samples("output"), error: declaresErrors(step) ? samples("error") : undefined }
    this.values.set(step.stepName, values)
    return values
  }
}

/** Code that loops has no end of them. */
const mostAwaits = 40

const declaresErrors = (step: AnyStep): boolean => step.error().schema.ast._tag !== "Never"

const done = (outcome: Outcome): Execution => ({ _tag: "Done", outcome })

const outOfOrder = (step: AnyStep): Outcome => {
  const { stepName, retry } = step
  const message = `step ${stepName} is out of order: all ${retry.attempts} attempts have failed`
  return stepFailedOutcome(new StepFailed({ message, step: stepName, reason: "defect", attempts: retry.attempts }))
}

const encoded = (
  call: StepCall,
  what: "output" | "error",
  result: ReturnType<ReturnType<AnyStep["output"]>["encode"]>
) => {
  if (Result.isSuccess(result)) return result.success.payload
  throw new TypeError(
    `the stand-in of step ${call.step.stepName}: its ${what} does not fit the schema: ${result.failure}`
  )
}

/** The step with other code. A value is taken as it is; what is thrown is a typed error if the step declares it. */
const withCode = (step: AnyStep, code: (input: unknown, context: StepContext) => unknown): AnyStep =>
  ({
    ...step,
    isTransaction: false,
    execute: (input: unknown, context: StepContext) => {
      try {
        const answer = code(input, context)
        return Effect.isEffect(answer) || isPromise(answer) ? (answer as Effect.Effect<any>) : Effect.succeed(answer)
      } catch (error) {
        return isMeant(step.error(), error) ? Effect.fail(error) : Effect.die(error)
      }
    }
  }) as unknown as AnyStep

const readingAttempt = (context: StepContext, onRead: () => void): StepContext => {
  const { attempt } = context
  const get = () => {
    onRead()
    return attempt
  }
  return Object.defineProperty(context, "attempt", { enumerable: true, configurable: true, get })
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
