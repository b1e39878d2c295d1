import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { AnyStep, StepContext } from "../../actor/definitions/definition.ts"
import { StepFailed } from "../../actor/errors.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import { makeSeededRandom } from "../../actor/port/seededRandom.ts"
import { describeDefect } from "../../actor/values/defect.ts"
import { fromPayload, type Payload } from "../../actor/values/payload.ts"
import { OutputChunks } from "../../store/beside/outputChunks.ts"
import type { Beats } from "../../streams/steps/beats.ts"
import { cutShort, executeStep } from "../../streams/steps/executeStep.ts"
import type { Execution } from "../../streams/steps/execution.ts"
import { anyValue, chooseValue, type Decisions } from "../draws/decisions.ts"
import { type Samples, schemaSamples } from "../draws/samples.ts"
import { owning } from "../surroundings/strays.ts"
import {
  derived,
  derivedAnswer,
  isStandInData,
  isStep,
  type StandIn,
  type StandInData,
  type Transact
} from "./standIns.ts"
import type { VirtualOutput } from "./virtualOutput.ts"

/** One execution that is asked for. */
export interface StepCall {
  readonly command: StepCommand
  readonly step: AnyStep
  readonly runId: string
  readonly attempt: number
  /** Names the call in a plan, the same in every schedule: its key, after the run id of a child run. */
  readonly place: string
  /** Epoch milliseconds of virtual time. */
  readonly now: number
  /** How often this very execution was begun before, because its worker died. */
  readonly redelivered: number
  /** Told where its code has begun async calls that changed the world after its answer. */
  readonly onStray: (place: string) => void
  /** Where it emits to. */
  readonly output: VirtualOutput
  /** What executions before it have told by their heartbeats. */
  readonly lastDetails: Payload | undefined
  /** Told what this one has told last. */
  readonly onDetails: (details: Payload) => void
  /** Its worker dies, and the attempt is not to be made again. */
  readonly isCutShort?: boolean
}

export interface StepWorkers {
  readonly standIns: Readonly<Record<string, StandIn>>
  readonly world: unknown
  /** Takes what steps with `transaction` write. Default: nobody does, and all of it is taken. */
  readonly transact?: Transact | undefined
  /** For steps whose own code runs, and for code that answers with an Effect. */
  readonly services: Context.Context<never>
  /** What is executed again draws what it drew before. Default: other numbers. */
  readonly isLuckRepeated?: boolean
  /** Delays between attempts are as long as the policy has them, without jitter. Default: they are drawn. */
  readonly hasWholeDelays?: boolean
}

/** Of the code that stands in for a step, over all schedules. */
interface CodeRecord {
  /** It has succeeded, or failed with an error that its step declares. */
  works: boolean
  /** The first thing that it threw and does not declare. */
  thrown: string | undefined
}

/** Answers of steps, by stand-ins or by code. What is data answers at once, and so does code that does not wait. */
export class Performers {
  private readonly codes = new Map<string, CodeRecord>()
  private readonly values = new Map<string, { readonly output: Samples; readonly error: Samples | undefined }>()

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
      return execute({ ...call, step: { ...this.withCode(step, standIn.execute), isTransaction } as AnyStep }, workers)
    }
    if (typeof standIn !== "function")
      throw new TypeError(`the stand-in of step ${step.stepName}: use succeeds, fails, flaky, outcomes, or a function`)
    return execute(
      { ...call, step: this.withCode(step, (input, context) => standIn(input, context, workers.world)) },
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
        return execute({ ...call, step: failing }, workers)
      }
    }
  }

  private succeed(call: StepCall, answer: unknown, workers: StepWorkers, decisions: Decisions) {
    if (answer === derivedAnswer) return this.derivedSuccess(call, decisions)
    const code = (input: unknown) => (typeof answer === "function" ? answer(input) : answer)
    return execute({ ...call, step: this.withCode(call.step, code) }, workers)
  }

  /** The user's own code, of which it is noted whether it ever works. */
  private withCode(step: AnyStep, code: (input: any, context: StepContext) => unknown): AnyStep {
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
        answer = code(input, context)
      } catch (error) {
        failed(error)
        throw error
      }
      if (Effect.isEffect(answer))
        return Effect.onExit(answer as Effect.Effect<unknown, unknown>, (exit) =>
          Effect.sync(() => (Exit.isSuccess(exit) ? ended() : failed(Cause.squash(exit.cause))))
        )
      if (isPromise(answer)) answer.then(ended, failed)
      else ended()
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
        return Result.isSuccess(step.error().encode(error as never)) ? Effect.fail(error) : Effect.die(error)
      }
    }
  }) as unknown as AnyStep

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"

/** Of real time, for one execution. A check makes thousands. */
const patienceMs = 5_000

// A test may have put timers of its own there.
const [hostSetTimeout, hostClearTimeout] = [setTimeout, clearTimeout]

const shownWorld = { depth: 12, maxArrayLength: 1_000, maxStringLength: 1_000, breakLength: Number.POSITIVE_INFINITY }

const execute = (call: StepCall, workers: StepWorkers): Execution | Promise<Execution> => {
  const { command, step, runId, attempt, now, lastDetails } = call
  const random = luckOf(call, workers)
  const services = workers.services.pipe(
    Context.add(Clock.Clock, stepClock(now)),
    Context.add(Random.Random, random),
    Context.add(OutputChunks, call.output.service)
  )
  let beats: Beats | undefined
  const onBeats = (those: Beats) => {
    beats = those
  }
  const request = { runId, key: command.key, input: command.input, attempt, lastDetails, onBeats }
  let hasAnswered = false
  const { world } = workers
  const code = () =>
    Effect.runFork(
      Effect.provideService(
        executeStep(step, request, services as Context.Context<never>),
        Random.Random,
        jitterOf(workers, random)
      )
    )
  const heard = (execution: Execution): Execution => {
    const details = beats?.take()
    if (details !== undefined) call.onDetails(details)
    return beats?.hasMissed === true
      ? unanswered(call, workers, "heartbeat", `step ${step.stepName} gave no heartbeat for ${step.heartbeatMs} ms`)
      : execution
  }
  const owner = { isOver: () => hasAnswered, show: () => inspect(world, shownWorld), onStray: call.onStray }
  const fiber = world === undefined ? code() : owning(owner, code)
  fiber.addObserver(() => {
    hasAnswered = true
  })
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) return heard(unwrap(step, exit))
  return new Promise((resolve, reject) => {
    const limit = hostSetTimeout(() => {
      reject(
        new TypeError(
          `step ${step.stepName}: its code has not answered for ${patienceMs / 1_000} seconds of real time. ` +
            "To have a step that never answers in time, say flaky(1)"
        )
      )
      fiber.interruptUnsafe()
    }, patienceMs)
    fiber.addObserver((ended) => {
      hostClearTimeout(limit)
      try {
        resolve(heard(unwrap(step, ended)))
      } catch (error) {
        reject(error)
      }
    })
  })
}

const luckOf = ({ attempt, place, redelivered }: StepCall, { isLuckRepeated }: StepWorkers) =>
  makeSeededRandom(`${place}/${attempt}/${isLuckRepeated === true ? 0 : redelivered}`)

const jitterOf = ({ hasWholeDelays }: StepWorkers, random: ReturnType<typeof makeSeededRandom>) =>
  hasWholeDelays === true ? noJitter : random

/** An attempt that came to no end of its own. */
const unanswered = (
  call: StepCall,
  workers: StepWorkers,
  reason: "heartbeat" | "interrupted",
  message: string
): Execution =>
  Effect.runSync(
    Effect.provideService(
      cutShort(call.step, call.attempt, reason, message),
      Random.Random,
      jitterOf(workers, luckOf(call, workers))
    )
  )

const noJitter = { nextDoubleUnsafe: () => 0, nextIntUnsafe: () => 0 }

/**
 * A slip of the test, and none of the workflow. Its step could never succeed, and most properties hold of runs in which nothing
 * does.
 */
const refuseSlips = (step: AnyStep, execution: Execution): Execution => {
  const { reason, message } = failureOf(execution)
  const service = /Service not found: (\S+)/.exec(message)?.[1]
  if (reason === "defect" && service !== undefined)
    throw new TypeError(`step ${step.stepName} asks for the service ${service}: give it by the option services`)
  if (reason === "invalidOutput") throw new TypeError(message)
  return execution
}

const failureOf = (execution: Execution): { readonly reason: string; readonly message: string } => {
  if (execution._tag === "Retry") return { reason: "defect", message: execution.because }
  const { tag, payload } = execution.outcome
  return tag === "died" ? (fromPayload(payload) as never) : { reason: "", message: "" }
}

const unwrap = (step: AnyStep, exit: Exit.Exit<Execution>): Execution => {
  if (exit._tag === "Success") return refuseSlips(step, exit.value)
  throw exit.cause.reasons[0]
}

/** Sleeps of step code take no time; its clock moves on all the same. */
export const stepClock = (start: number): Clock.Clock => {
  let now = start
  const nanos = () => BigInt(Math.round(now)) * 1_000_000n
  return {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.suspend(() => {
        now += Duration.toMillis(duration)
        return Effect.yieldNow
      })
  }
}
