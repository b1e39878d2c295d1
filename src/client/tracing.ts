import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { writeTraceparent } from "../actor/values/traceparent.ts"
import { beginSpan, endSpan, failureName, spanOf } from "../store/telemetry/tracing.ts"

/** Where in a trace the caller of a client is: it goes into the row that is put. Undefined: in none. */
export const CallersTrace = Context.Reference<string | undefined>("dynactor/CallersTrace", {
  defaultValue: () => undefined
})

/**
 * One operation of a client as a span. Without a tracer there is none, and a trace that the caller is in is passed on all the same.
 * `own`: the tracer that the client's layer was built with, for callers who have none.
 */
export const traced = <A, E, R>(
  own: Tracer.Tracer | undefined,
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  operation: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const { cache } = fiber
    const parent = spanOf(cache)
    const tracer = cache.tracerEnabled ? (cache.tracer ?? own) : undefined
    if (tracer === undefined) {
      const trace = parent === undefined ? undefined : writeTraceparent(parent)
      return trace === undefined ? operation : Effect.provideService(operation, CallersTrace, trace)
    }
    const clock = fiber.getRef(Clock.Clock)
    const startTime = clock.currentTimeNanosUnsafe()
    const span = beginSpan(tracer, `dynactor.${name}`, { parent, kind: "client", attributes, startTime })
    const context = Context.make(Tracer.ParentSpan, span).pipe(Context.add(CallersTrace, writeTraceparent(span)))
    return Effect.onExit(Effect.provideContext(operation, context), (exit) =>
      Effect.sync(() => endSpan(span, clock, failureName(exit)))
    ) as Effect.Effect<A, E, R>
  })
