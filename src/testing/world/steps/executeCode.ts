import { inspect } from "node:util"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import type { AnyStep } from "../../../actor/definitions/definition.ts"
import { knownAtOf } from "../../../actor/history/copying/copiedFrom.ts"
import { makeSeededRandom } from "../../../actor/port/seededRandom.ts"
import { fromPayload } from "../../../actor/values/payload.ts"
import { OutputChunks } from "../../../store/beside/outputChunks.ts"
import type { Beats } from "../../../streams/steps/beats.ts"
import { cutShort, executeStep } from "../../../streams/steps/executeStep.ts"
import type { Execution } from "../../../streams/steps/execution.ts"
import { owning } from "../../surroundings/strays.ts"
import type { StepCall, StepWorkers } from "./stepCall.ts"

/** Of real time, for one execution. A check makes thousands. */
const patienceMs = 5_000

// A test may have put timers of its own there.
const [hostSetTimeout, hostClearTimeout] = [setTimeout, clearTimeout]

const shownWorld = { depth: 12, maxArrayLength: 1_000, maxStringLength: 1_000, breakLength: Number.POSITIVE_INFINITY }

/** All that is to be seen of the user's world. */
export const lookOf = (world: unknown): string => inspect(world, shownWorld)

/** The code of a step, as a worker runs it. Where it is stopped for good, an attempt that comes to nothing. */
export const executeCode = (call: StepCall, workers: StepWorkers): Execution | Promise<Execution> => {
  const { command, step, runId, start, attempt, now, lastDetails } = call
  const random = luckOf(call, workers)
  const services = workers.services.pipe(
    Context.add(Clock.Clock, stepClock(now)),
    Context.add(Random.Random, random),
    Context.add(OutputChunks, call.output.serviceOf(runId, start))
  )
  let beats: Beats | undefined
  const onBeats = (those: Beats) => {
    beats = those
  }
  const { input, key } = command
  const knownAt = start?.from === undefined ? undefined : knownAtOf(start.from, runId, key)
  const request = { runId, key, knownAt, input, attempt, lastDetails, onBeats }
  let hasAnswered = false
  const { world } = workers
  const timers = new Set<NodeJS.Timeout>()
  const dies = call.diesWhereStopped === true
  const code = () => {
    const executed = Effect.provideService(
      executeStep(step, request, services as Context.Context<never>),
      Random.Random,
      jitterOf(workers, random)
    )
    return Effect.runFork(dies ? Effect.provideService(executed, Clock.Clock, mortalClock(timers)) : executed)
  }
  const watched = () => call.awaits?.within(code) ?? code()
  const heard = (execution: Execution): Execution => {
    const details = beats?.take()
    if (details !== undefined) call.onDetails(details)
    return beats?.hasMissed === true
      ? unanswered(call, workers, "heartbeat", `step ${step.stepName} gave no heartbeat for ${step.heartbeatMs} ms`)
      : execution
  }
  const owner = { isOver: () => hasAnswered, show: () => lookOf(world), onStray: call.onStray }
  let isDead = false
  const died = new Promise<Execution>((resolve) => {
    if (call.awaits === undefined || !dies) return
    call.awaits.onStop(() => {
      isDead = true
      for (const timer of timers) hostClearTimeout(timer)
      resolve(unanswered(call, workers, "interrupted", "its worker died"))
    })
  }).then(heard)
  const fiber = world === undefined ? watched() : owning(owner, watched)
  fiber.addObserver(() => {
    hasAnswered = true
  })
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) return heard(unwrap(step, exit))
  if (isDead) return died
  const ended = new Promise<Execution>((resolve, reject) => {
    const limit = hostSetTimeout(() => {
      reject(new TypeError(notAnswered(call)))
      fiber.interruptUnsafe()
    }, patienceMs)
    timers.add(limit)
    fiber.addObserver((ended) => {
      hostClearTimeout(limit)
      try {
        resolve(heard(unwrap(step, ended)))
      } catch (error) {
        reject(error)
      }
    })
  })
  return dies ? Promise.race([ended, died]) : ended
}

const notAnswered = ({ step, redelivered }: StepCall): string =>
  [
    `step ${step.stepName}: its code has not answered for ${patienceMs / 1_000} seconds of real time.`,
    ...(redelivered > 0
      ? [
          "It was executed before, and its worker died half-way: does it wait for what that one still holds (a lock)?",
          "What one process holds belongs into the option services, which is asked anew after that."
        ]
      : []),
    "To have a step that never answers in time, say flaky(1)"
  ].join(" ")

/** What is waited for ends with the worker, and keeps no process alive. */
const mortalClock = (timers: Set<NodeJS.Timeout>): Clock.Clock => {
  const live = Context.get(Context.empty() as Context.Context<never>, Clock.Clock)
  return {
    currentTimeMillisUnsafe: () => live.currentTimeMillisUnsafe(),
    currentTimeMillis: live.currentTimeMillis,
    currentTimeNanosUnsafe: () => live.currentTimeNanosUnsafe(),
    currentTimeNanos: live.currentTimeNanos,
    monotonicTimeNanosUnsafe: () => live.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: live.monotonicTimeNanos,
    sleep: (duration) =>
      Effect.callback((resume) => {
        const timer = hostSetTimeout(() => resume(Effect.void), Math.min(Duration.toMillis(duration), longestTimerMs))
        timers.add(timer)
        return Effect.sync(() => hostClearTimeout(timer))
      })
  }
}

const longestTimerMs = 2 ** 31 - 1

const luckOf = ({ attempt, place, redelivered, unheard = [] }: StepCall, { isLuckRepeated }: StepWorkers) =>
  makeSeededRandom(
    isLuckRepeated === true ? `${place}/${attempt - unheard.length}/0` : `${place}/${attempt}/${redelivered}`
  )

const jitterOf = ({ hasWholeDelays }: StepWorkers, random: ReturnType<typeof makeSeededRandom>) =>
  hasWholeDelays === true ? noJitter : random

/** An attempt that came to no end of its own. */
export const unanswered = (
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
