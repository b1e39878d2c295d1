import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CountedBeside } from "../../../store/telemetry/instruments.ts"
import type { Environment } from "../environment.ts"
import { EmbeddedMetrics } from "./embeddedMetrics.ts"
import { flushAtEnd } from "./endOfEvent.ts"

/** How one environment of a function tells what it does. */
export interface Telemetry {
  /** Below the store and the steps' services: what those bring of the same kind takes its place. */
  readonly layer: Layer.Layer<never>
  /** Before the function answers: it is frozen once it has. */
  readonly end: (services: Context.Context<never>, answerAt: number) => Effect.Effect<void>
}

export interface TelemetryOptions {
  /** A line of the function's log, as it is. Default: to stdout, past `console`, whose lines Lambda wraps into JSON of its own. */
  readonly write?: (line: string) => void
}

const toStdout = (line: string): void => void process.stdout.write(`${line}\n`)

/** As the function's variables say. */
export const makeTelemetry = (environment: Environment, options: TelemetryOptions = {}): Telemetry => {
  const { write = toStdout } = options
  const metrics = metricsOf(environment)
  return {
    layer:
      metrics === undefined ? Layer.empty : (Layer.succeed(CountedBeside, metrics) as Layer.Layer<never, never, never>),
    end: Effect.fnUntraced(function* (services, answerAt) {
      if (metrics !== undefined) for (const line of metrics.take(yield* Clock.currentTimeMillis)) write(line)
      yield* flushAtEnd(services, answerAt)
    })
  }
}

const metricsOf = ({ DYNACTOR_METRICS: detail, DYNACTOR_TABLE: table = "" }: Environment) =>
  detail === "embedded" || detail === "embeddedByName" ? new EmbeddedMetrics({ detail, table }) : undefined
