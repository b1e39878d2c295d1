import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * What has to be done before a function answers: from then on it is frozen, and what is held back until later is sent late or never. A layer of an entry
 * provides it for an exporter of its own, as in the example. Exporters of `effect/observability` (`Otlp.layerJson` and the others) need none: they are
 * flushed as they are.
 *
 * It has what is left of the function's time, and two seconds at most; if it fails or is late, the event is answered all the same.
 *
 * @example
 * export const layer = Layer.merge(
 *   tracerLayer,
 *   Layer.succeed(EndOfEvent, { flush: Effect.promise(() => provider.forceFlush()) })
 * )
 */
export class EndOfEvent extends Context.Service<EndOfEvent, { readonly flush: Effect.Effect<void, unknown> }>()(
  "dynactor/EndOfEvent"
) {}

/** That of Effect's exporters, by its name: whoever has one has loaded it, and nobody else needs to. */
const effectsFlusher = "effect/observability/OtlpExporter/Flusher"

const mostMs = 2_000

/** Of `services` all that holds something back. Never fails, and is over before `answerAt`. */
export const flushAtEnd = Effect.fnUntraced(function* (services: Context.Context<never>, answerAt: number) {
  const waiting = [EndOfEvent.key, effectsFlusher].flatMap((key) => {
    const found: EndOfEvent["Service"] | undefined = services.mapUnsafe.get(key)
    return found === undefined ? [] : [found.flush]
  })
  if (waiting.length === 0) return
  const now = yield* Clock.currentTimeMillis
  const flush = Effect.forEach(
    waiting,
    (one) =>
      Effect.catchCause(one, (cause) => Effect.logWarning("what the entry's layer does at the end of an event", cause)),
    { concurrency: "unbounded", discard: true }
  )
  const done = yield* Effect.timeoutOption(flush, Math.max(0, Math.min(mostMs, answerAt - now)))
  if (done._tag === "None") yield* Effect.logWarning("telemetry was not sent in time, and waits for the next event")
})
