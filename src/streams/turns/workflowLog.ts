import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import type { Actor } from "../../actor/actor.ts"
import type { OutputTarget } from "../../actor/runtime/bodyOutput.ts"
import { flatContext } from "../../actor/values/flatContext.ts"
import { tracerOf } from "../../store/telemetry/tracing.ts"

/** What bodies say goes to the host's loggers, console and metrics. */
export const outputTarget = (services: Context.Context<never>): OutputTarget => ({
  loggers: Context.get(services, Logger.CurrentLoggers),
  minimumLogLevel: Context.get(services, References.MinimumLogLevel),
  annotations: Context.get(services, References.CurrentLogAnnotations),
  console: Context.get(services, Console.Console),
  metrics: Context.get(services, Metric.MetricRegistry),
  tracer: tracerOf(services)
})

/**
 * Hands on what the body has said since the last time, once: its commit stands, or it is parked and this is said of it (`marks`). A
 * process that dies between the commit and this has said nothing, and nobody says it again.
 */
export const tellOutput = (actor: Actor, marks: Readonly<Record<string, unknown>> = {}): void => {
  for (const say of actor.takeOutput()) {
    try {
      say(marks)
    } catch (error) {
      complain(error)
    }
  }
}

/** A logger that throws must not end a turn, nor a step: what it was given is lost, and that is told once. */
export const withSafeLoggers = <R>(services: Context.Context<R>): Context.Context<R> =>
  flatContext(
    Context.add(services, Logger.CurrentLoggers, new Set([...Context.get(services, Logger.CurrentLoggers)].map(safe)))
  )

const safe = (logger: Logger.Logger<unknown, unknown>): Logger.Logger<unknown, unknown> =>
  Logger.make((options) => {
    try {
      const output = logger.log(options)
      // One of an async function, which nobody waits for.
      if (output instanceof Promise) output.catch(complain)
      return output
    } catch (error) {
      return complain(error)
    }
  })

const complain = (error: unknown): void => {
  if (hasComplained) return
  hasComplained = true
  process.emitWarning(
    `a logger, console or metric of this host has failed, and what it was given is lost: ${String(error)}`,
    {
      type: "dynactor",
      detail: "This is told once."
    }
  )
}

let hasComplained = false
