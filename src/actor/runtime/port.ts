import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyStep, AnyWorkflow, ChildOptions, SignalDefinition } from "../definitions/definition.ts"
import { checkRunId } from "../definitions/name.ts"
import type { RunPort } from "../definitions/runPort.ts"
import { ChildFailed, type DeterminismViolation, StepFailed } from "../errors.ts"
import type { Ledger } from "../history/ledger.ts"
import type { Outcome } from "../history/outcome.ts"
import { decodeStepFailed } from "../history/stepFailure.ts"
import type { Codec } from "../values/codec.ts"
import { fingerprintText } from "../values/json.ts"
import { fromPayload } from "../values/payload.ts"
import { uuidFrom } from "./seededRandom.ts"
import type { SignalBox } from "./signalBox.ts"

export interface PortOptions {
  readonly ledger: Ledger
  readonly now: () => number
  readonly signals: SignalBox
  readonly uuidRandom: { readonly nextDoubleUnsafe: () => number }
  readonly violate: (violation: DeterminismViolation["violation"], message: string) => void
  readonly endless: (change: 1 | -1) => void
  /** A stored value cannot be read: the slice is lost and the run is parked. */
  readonly fail: (error: unknown) => void
}

/** What workflow code can ask for, over the ledger of its run. */
export const makePort = (
  options: PortOptions
): RunPort & { readonly sleepMs: (durationMs: number) => Effect.Effect<void> } => ({
  step: (step, input, key) => callStep(options, step, input, key),
  child: (workflow, input, childOptions) => callChild(options, workflow, input, childOptions),
  receive: (signal) => receive(options, signal),
  uuid: Effect.sync(() => uuidFrom(options.uuidRandom)),
  sleepMs: (durationMs) => sleepMs(options, durationMs)
})

const callStep = (
  options: PortOptions,
  step: AnyStep,
  input: unknown,
  userKey: string | undefined
): Effect.Effect<unknown, unknown> => {
  const { ledger } = options
  const encoded = step.input().encode(input)
  if (Result.isFailure(encoded)) {
    const message = `input of step ${step.stepName} does not fit its schema: ${encoded.failure}`
    return Effect.die(new StepFailed({ message, step: step.stepName, reason: "invalidInput", attempts: 0 }))
  }
  const { payload, fingerprint } = encoded.success
  const name = step.stepName
  const key =
    userKey === undefined ? ledger.nextKey("step", name) : ledger.nextUserKey("step", name, userKey, fingerprint)
  if (typeof key !== "string") {
    const { reason, why } = key
    return Effect.die(new StepFailed({ message: `step ${name}: ${why}`, step: name, reason, attempts: 0 }))
  }
  return Effect.callback((resume) => {
    ledger.issue(
      { kind: "step", key, name: step.stepName, fingerprint, index: ledger.index, input: payload, inline: step.inline },
      (outcome) => resume(stepExit(options, step, outcome as Outcome))
    )
    return Effect.sync(() => ledger.abandon("step", key))
  })
}

const stepExit = (options: PortOptions, step: AnyStep, outcome: Outcome): Effect.Effect<unknown, unknown> => {
  switch (outcome.tag) {
    case "succeeded":
      return decoded(options, step.output(), outcome, Effect.succeed)
    case "failed":
      return decoded(options, step.error(), outcome, Effect.fail)
    default:
      return Effect.die(decodeStepFailed(step.stepName, fromPayload(outcome.payload)))
  }
}

const decoded = <A>(
  options: PortOptions,
  codec: Codec<A>,
  outcome: Outcome,
  f: (value: A) => Effect.Effect<unknown, unknown>
): Effect.Effect<unknown, unknown> => {
  const result = codec.decode(outcome.payload)
  if (Result.isSuccess(result)) return f(result.success)
  options.fail(new Error(result.failure))
  return Effect.never
}

const callChild = (
  options: PortOptions,
  workflow: AnyWorkflow,
  input: unknown,
  childOptions: ChildOptions
): Effect.Effect<unknown, unknown> => {
  const { ledger } = options
  const name = workflow.workflowName
  const encoded = workflow.input().encode(input)
  if (Result.isFailure(encoded)) {
    const message = `input of child run ${name} does not fit its schema: ${encoded.failure}`
    return Effect.die(new ChildFailed({ message, workflow: name, runId: "", reason: "died" }))
  }
  const { payload, fingerprint } = encoded.success
  const { key: userKey } = childOptions
  const key =
    userKey === undefined ? ledger.nextKey("child", name) : ledger.nextUserKey("child", name, userKey, fingerprint)
  if (typeof key !== "string") {
    const { reason, why } = key
    return Effect.die(new ChildFailed({ message: `child run ${name}: ${why}`, workflow: name, runId: "", reason }))
  }
  const runId = childOptions.runId ?? ledger.childRunId(key)
  const wrong = checkRunId(runId)
  if (wrong !== undefined) return Effect.die(new ChildFailed({ message: wrong, workflow: name, runId, reason: "died" }))
  // The fingerprint of the command covers the run id as well: another child is another command.
  const command = {
    kind: "child",
    key,
    fingerprint: fingerprintText(`${workflow.version} ${runId} ${fingerprint}`),
    index: ledger.index,
    workflow: name,
    definitionVersion: workflow.version,
    runId,
    inputFingerprint: fingerprint,
    input: payload
  } as const
  return Effect.callback((resume) => {
    ledger.issue(command, (outcome) => resume(childExit(options, workflow, runId, outcome as Outcome)))
    // Structured: an interrupted parent is through only when its child is, compensations included.
    return Effect.callback<void>((ended) => ledger.cancelChild(key, () => ended(Effect.void)))
  })
}

const childExit = (
  options: PortOptions,
  workflow: AnyWorkflow,
  runId: string,
  outcome: Outcome
): Effect.Effect<unknown, unknown> => {
  switch (outcome.tag) {
    case "succeeded":
      return decoded(options, workflow.output(), outcome, Effect.succeed)
    case "failed":
      return decoded(options, workflow.error(), outcome, Effect.fail)
    default: {
      const cause = fromPayload(outcome.payload)
      const conflict =
        typeof cause === "object" && cause !== null && (cause as { _tag?: unknown })._tag === "RunConflict"
      const reason = conflict ? "conflict" : outcome.tag
      const name = workflow.workflowName
      return Effect.die(
        new ChildFailed({ message: `child run ${runId} of ${name}: ${reason}`, workflow: name, runId, reason, cause })
      )
    }
  }
}

const receive = (options: PortOptions, signal: SignalDefinition<string, any>): Effect.Effect<unknown> => {
  const arrived = options.signals.take(signal.name)
  if (arrived !== undefined) {
    try {
      return Effect.succeed(arrived(signal))
    } catch (error) {
      options.fail(error)
      return Effect.never
    }
  }
  return Effect.callback((resume) => {
    const stop = options.signals.wait(signal, (value) => resume(Effect.succeed(value)))
    return Effect.sync(stop)
  })
}

/** A timer is named by its duration, so that an unrelated sleep of another length moves no key. */
const sleepMs = (options: PortOptions, durationMs: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { ledger } = options
    const due = options.now() + durationMs
    if (!(due <= lastTime)) return endlessSleep(options)
    const key = ledger.nextKey("timer", `${durationMs}ms`)
    return Effect.callback<void>((resume) => {
      ledger.issue({ kind: "timer", key, fingerprint: String(due), index: ledger.index, due }, () =>
        resume(Effect.void)
      )
      return Effect.sync(() => ledger.abandon("timer", key))
    })
  })

/** The last moment that a `Date` holds, in September of the year 275760: who sleeps for longer sleeps for ever. */
const lastTime = 8_640_000_000_000_000

const endlessSleep = (options: PortOptions): Effect.Effect<never> =>
  Effect.callback(() => {
    options.endless(1)
    return Effect.sync(() => options.endless(-1))
  })
