import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"

/** The tracer that somebody has installed. Undefined: none, and then no span is made. Effect's default keeps its spans nowhere, and does not count. */
export const tracerOf = (context: Context.Context<never>): Tracer.Tracer | undefined =>
  Context.get(context, References.TracerEnabled) ? context.mapUnsafe.get(Tracer.TracerKey) : undefined

/**
 * Where a fiber is in a trace. Without a tracer its spans are kept nowhere, and nobody could look one up: then it is where the
 * first of them began, such as the span of another service that has sent a request.
 */
export const spanOf = ({ span, tracer, tracerEnabled }: Fiber.Fiber.Cache): Tracer.AnySpan | undefined => {
  if (!tracerEnabled) return undefined
  let at = span
  while (
    at !== undefined &&
    (Context.get(at.annotations, Tracer.DisablePropagation) || (tracer === undefined && at._tag === "Span"))
  )
    at = at._tag === "Span" ? Option.getOrUndefined(at.parent) : undefined
  return at
}

export interface SpanStart {
  readonly parent: Tracer.AnySpan | undefined
  readonly kind: Tracer.SpanKind
  readonly attributes: Readonly<Record<string, unknown>>
  readonly startTime: bigint
  readonly links?: Array<Tracer.SpanLink>
}

/** By hand, as `Effect.withSpan` would, but that the price is paid only where there is a tracer, and what a span tells of errors is ours to say. */
export const beginSpan = (tracer: Tracer.Tracer, name: string, start: SpanStart): Tracer.Span => {
  const { attributes, kind, links = [], parent, startTime } = start
  const span = tracer.span({
    name,
    kind,
    links,
    startTime,
    parent: Option.fromUndefinedOr(parent),
    root: parent === undefined,
    sampled: parent?.sampled !== false,
    annotations: Context.empty()
  })
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) span.attribute(key, value)
  return span
}

/** The context of what happens in a span: spans are made below it, and log lines name it. */
export const inSpan = <R>(context: Context.Context<R>, span: Tracer.Span): Context.Context<R> =>
  context.pipe(
    Context.add(Tracer.ParentSpan, span),
    Context.add(References.CurrentLogAnnotations, {
      ...Context.get(context, References.CurrentLogAnnotations),
      traceId: span.traceId,
      spanId: span.spanId
    })
  ) as Context.Context<R>

/** `because`: why it failed, in words that may be logged. */
export const endSpan = (span: Tracer.Span, clock: Clock.Clock, because?: string): void =>
  span.end(clock.currentTimeNanosUnsafe(), because === undefined ? Exit.void : Exit.die(new SpanFailed(because)))

/** Only to be told to a tracer: its place in our code is of no use to anyone. */
class SpanFailed extends Error {
  override readonly name = "Failed"

  constructor(message: string) {
    super(message)
    this.stack = `Failed: ${message}`
  }
}

/** Of a failure only the name: what an error carries may be a secret (S16). Undefined of a success. */
export const failureName = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const error = Cause.squash(exit.cause)
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted"
  if (typeof error !== "object" || error === null) return "an error without a name"
  const { _tag, name } = error as { readonly _tag?: unknown; readonly name?: unknown }
  return typeof _tag === "string" ? _tag : typeof name === "string" ? name : "an error without a name"
}
