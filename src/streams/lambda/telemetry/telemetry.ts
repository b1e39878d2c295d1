import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { CountedBeside } from "../../../store/telemetry/instruments.ts"
import type { Environment } from "../environment.ts"
import { EmbeddedMetrics } from "./embeddedMetrics.ts"
import { flushAtEnd } from "./endOfEvent.ts"
import { XrayDaemon } from "./xrayDaemon.ts"
import { type InvocationSegment, readInvocation, xrayTracer } from "./xraySpan.ts"

/** How one environment of a function tells what it does. */
export interface Telemetry {
  /** Below the store and the steps' services: what those bring of the same kind takes its place. */
  readonly layer: Layer.Layer<never>
  /** Where the invocation that is under way is in a trace of X-Ray's. Undefined: spans do not go there. */
  readonly invocation: () => InvocationSegment | undefined
  /** Before the function answers: it is frozen once it has. */
  readonly end: (services: Context.Context<never>, answerAt: number) => Effect.Effect<void>
}

export interface TelemetryOptions {
  /** A line of the function's log, as it is. Default: to stdout, past `console`, whose lines Lambda wraps into JSON of its own. */
  readonly write?: (line: string) => void
}

const toStdout = (line: string): void => void process.stdout.write(`${line}\n`)

/** As the function's variables say. They are read anew for what Lambda sets with each event. */
export const makeTelemetry = (environment: () => Environment, options: TelemetryOptions = {}): Telemetry => {
  const { write = toStdout } = options
  const metrics = metricsOf(environment())
  const tracing = tracingOf(environment)
  const layers = [
    ...(metrics === undefined ? [] : [Layer.succeed(CountedBeside, metrics)]),
    ...(tracing === undefined ? [] : [Layer.succeed(Tracer.Tracer, tracing.tracer)])
  ] as ReadonlyArray<Layer.Layer<never>>
  return {
    layer: Layer.mergeAll(Layer.empty, ...layers),
    invocation: () => (tracing === undefined ? undefined : readInvocation(environment()._X_AMZN_TRACE_ID)),
    end: Effect.fnUntraced(function* (services, answerAt) {
      if (metrics !== undefined) for (const line of metrics.take(yield* Clock.currentTimeMillis)) write(line)
      if (tracing !== undefined)
        yield* Effect.timeoutOption(
          Effect.promise(() => tracing.daemon.sent()),
          mostMs
        )
      yield* flushAtEnd(services, answerAt)
    })
  }
}

/** To the same machine: it takes microseconds, or something is wrong with it. */
const mostMs = 200

const metricsOf = ({ DYNACTOR_METRICS: detail, DYNACTOR_TABLE: table = "" }: Environment) =>
  detail === "embedded" || detail === "embeddedByName" ? new EmbeddedMetrics({ detail, table }) : undefined

const tracingOf = (environment: () => Environment) => {
  const { DYNACTOR_TRACING, DYNACTOR_TRACED_SHARE = "", AWS_XRAY_DAEMON_ADDRESS = "" } = environment()
  if (DYNACTOR_TRACING !== "xray") return undefined
  const daemon = new XrayDaemon(AWS_XRAY_DAEMON_ADDRESS)
  const share = DYNACTOR_TRACED_SHARE === "" ? defaultShare : Number(DYNACTOR_TRACED_SHARE)
  const tracer = xrayTracer({
    share,
    invocation: () => /Root=([^;]+)/.exec(environment()._X_AMZN_TRACE_ID ?? "")?.[1],
    onEnded: (span) => {
      const document = span.document()
      if (document !== undefined) daemon.send(document)
    }
  })
  return { daemon, tracer }
}

/** That of X-Ray's own default rule, beside its one a second. */
const defaultShare = 0.05
