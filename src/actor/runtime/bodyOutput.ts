import * as Console from "effect/Console"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { Services } from "../values/flatContext.ts"
import { HeldMetrics } from "./heldMetrics.ts"
import { snapshot } from "./snapshot.ts"
import type { SpanSink } from "./spans/heldTracer.ts"

/** What a host has for the lines and counts of its runs. */
export interface OutputTarget {
  readonly loggers: ReadonlySet<Logger.Logger<unknown, unknown>>
  readonly minimumLogLevel: LogLevel.LogLevel
  readonly annotations: Readonly<Record<string, unknown>>
  readonly console: Console.Console
  readonly metrics: Metric.MetricRegistry
  /** For the spans that bodies make. Undefined: nobody keeps them. */
  readonly tracer?: Tracer.Tracer | undefined
}

/** Something that a body has said, to be handed on. Lines are annotated with the marks as well. */
export type Utterance = (marks: Marks) => void

type Marks = Readonly<Record<string, unknown>>

const heldBy = Symbol("heldBy")

interface Marked {
  readonly [heldBy]?: BodyOutput
}

/**
 * What a body says (log lines, `Console`, `console`, metrics) leaves its slice as data. A logger of the host may set timers and use
 * promises, which nothing in a slice may; if it throws, the body must not take another way because of that; and a turn whose commit
 * fails must say nothing, nor a replay say it again. So lines are collected while the run is live, and whoever drives the run hands
 * them on when its commit stands. Loggers that the body itself sets get theirs in the same way.
 */
export class BodyOutput {
  private readonly target: OutputTarget
  private readonly annotations: Readonly<Record<string, unknown>>
  private readonly logger = this.heldLogger(undefined)
  private readonly loggers = this.marked(new Set([this.logger]))
  private said: Array<Utterance> = []
  private lastContext: Context.Context<never> | undefined
  /** For `console` as well, which is a global. */
  readonly console: Console.Console
  private readonly metrics: Metric.MetricRegistry
  isLive = true

  constructor(target: OutputTarget, annotations: Readonly<Record<string, unknown>>) {
    this.target = target
    this.annotations = { ...target.annotations, ...annotations }
    this.console = this.heldConsole(target.console)
    this.metrics = new HeldMetrics(target.metrics, (update) => this.say(update))
  }

  /** For the fibers of the run. */
  provide(services: Services): void {
    services
      .add(Logger.CurrentLoggers, this.loggers)
      .add(References.MinimumLogLevel, this.target.minimumLogLevel)
      .add(References.CurrentLogAnnotations, this.annotations)
      .add(Console.Console, this.console)
      .add(Metric.MetricRegistry, this.metrics)
  }

  /** Asked before each operation of a fiber: has its body put loggers or a console in place that do not collect yet? */
  watch(fiber: Fiber.Fiber<unknown, unknown>): void {
    const { context } = fiber
    if (context === this.lastContext) return
    const loggers = Context.get(context, Logger.CurrentLoggers)
    const console = Context.get(context, Console.Console)
    let held = context
    if (!this.holds(loggers)) held = Context.add(held, Logger.CurrentLoggers, this.hold(loggers))
    if (!this.holds(console)) held = Context.add(held, Console.Console, this.heldConsole(console))
    if (held !== context) fiber.setContext(held)
    this.lastContext = held
  }

  get isEmpty(): boolean {
    return this.said.length === 0
  }

  take(): ReadonlyArray<Utterance> {
    const { said } = this
    this.said = []
    return said
  }

  /** Where the spans of the body go. A turn that parks tells none: they are made again when the run goes on. */
  get spans(): SpanSink | undefined {
    const { tracer } = this.target
    if (tracer === undefined) return undefined
    return {
      tracer,
      say: (span) =>
        this.say((marks) => {
          if (!("parked" in marks)) span()
        })
    }
  }

  private say(utterance: Utterance): void {
    if (this.isLive) this.said.push(utterance)
  }

  private hold(loggers: ReadonlySet<Logger.Logger<unknown, unknown>>): ReadonlySet<Logger.Logger<unknown, unknown>> {
    return this.marked(
      new Set([...loggers].map((logger) => (logger === this.logger ? logger : this.heldLogger(logger))))
    )
  }

  /** By a mark of its own: every run has these, and a weak map for each would be work for each collection of garbage. */
  private holds(loggersOrConsole: object): boolean {
    return (loggersOrConsole as Marked)[heldBy] === this
  }

  private marked(loggers: ReadonlySet<Logger.Logger<unknown, unknown>>): ReadonlySet<Logger.Logger<unknown, unknown>> {
    return Object.assign(loggers, { [heldBy]: this })
  }

  /** `own`: a logger that the body has set; otherwise those of the host. */
  private heldLogger(own: Logger.Logger<unknown, unknown> | undefined): Logger.Logger<unknown, void> {
    return Logger.make((options) => {
      if (!this.isLive) return
      const { cause, date, fiber, logLevel } = options
      const message = snapshot(options.message)
      const { context } = fiber
      const annotations = this.traced(
        context,
        snapshot(Context.get(context, References.CurrentLogAnnotations)) as Marks
      )
      this.say((marks) => {
        const asItWas = this.asItWas(fiber, context, { ...annotations, ...marks })
        const entry = { cause, date, logLevel, message, fiber: asItWas }
        if (own !== undefined) own.log(entry)
        else for (const logger of this.target.loggers) logger.log(entry)
      })
    })
  }

  /** A line says where in a trace it was written, where somebody keeps traces. */
  private traced(context: Context.Context<never>, annotations: Marks): Marks {
    if (this.target.tracer === undefined) return annotations
    const span = Context.getOrUndefined(context, Tracer.ParentSpan)
    return span === undefined ? annotations : { ...annotations, traceId: span.traceId, spanId: span.spanId }
  }

  /**
   * Loggers ask the fiber for annotations, spans and the console. The fiber has gone on since, and its console only collects: so they
   * are shown the context that the line was written in, with the host's console.
   */
  private asItWas(
    fiber: Fiber.Fiber<unknown, unknown>,
    context: Context.Context<never>,
    annotations: Marks
  ): Fiber.Fiber<unknown, unknown> {
    const plain = context.pipe(
      Context.add(References.CurrentLogAnnotations, annotations),
      Context.add(Console.Console, this.target.console)
    )
    return Object.create(fiber, { context: { value: plain } })
  }

  private heldConsole(console: Console.Console): Console.Console {
    return new Proxy(console, {
      get: (target, name) => {
        if (name === heldBy) return this
        const value = Reflect.get(target, name)
        if (typeof value !== "function") return value
        return (...args: ReadonlyArray<unknown>) => {
          if (!this.isLive) return
          const said = args.map(snapshot)
          this.say(() => void Reflect.apply(value, target, said))
        }
      }
    })
  }
}
