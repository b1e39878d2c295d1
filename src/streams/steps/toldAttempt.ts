import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { labelsOf } from "../../actor/history/generation.ts"
import { instruments } from "../../store/telemetry/instruments.ts"
import { beginSpan, endSpan, inSpan, tracerOf } from "../../store/telemetry/tracing.ts"
import type { Execution, ExecutionRequest, Unwanted } from "./execution.ts"

type Ended = Execution | Unwanted

/**
 * One execution of a step, counted, and a span where there is a tracer: what the code makes of spans is below it. Why it failed is told
 * in the words of the log, which hold nothing that a typed error carries (S16).
 */
export const toldAttempt = (
  step: AnyStep,
  request: ExecutionRequest,
  services: Context.Context<never>,
  execute: (services: Context.Context<never>) => Effect.Effect<Ended>
): Effect.Effect<Ended> => {
  const clock = Context.get(services, Clock.Clock)
  const begunAt = clock.currentTimeNanosUnsafe()
  const count = (ended: Ended) => {
    const ms = Number(clock.currentTimeNanosUnsafe() - begunAt) / 1e6
    instruments.attempts.add(services, 1, step.stepName, outcomeOf(ended))
    instruments.stepMs.add(services, ms, step.stepName)
    return ended
  }
  const tracer = tracerOf(services)
  if (tracer === undefined) return Effect.map(execute(services), count)
  const span = begin(tracer, step, request, begunAt)
  return Effect.onExit(Effect.map(execute(inSpan(services, span)), count), (exit) =>
    Effect.sync(() => {
      if (exit._tag === "Failure") return endSpan(span, clock, "interrupted")
      span.attribute("dynactor.outcome", outcomeOf(exit.value))
      endSpan(span, clock, "because" in exit.value ? exit.value.because : undefined)
    })
  )
}

const begin = (
  tracer: Tracer.Tracer,
  step: AnyStep,
  { attempt, key, parent, runId, workflow }: ExecutionRequest,
  startTime: bigint
): Tracer.Span => {
  const { generation, run } = labelsOf(runId)
  return beginSpan(tracer, "dynactor.step", {
    parent,
    kind: "consumer",
    startTime,
    attributes: {
      "dynactor.run": run,
      "dynactor.generation": generation,
      "dynactor.workflow": workflow,
      "dynactor.step": step.stepName,
      "dynactor.key": key,
      "dynactor.attempt": attempt
    }
  })
}

const outcomeOf = (ended: Ended): string =>
  ended._tag === "Done" ? ended.outcome.tag : ended._tag === "Retry" ? "retried" : "stopped"
