import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { assertKnown, assertSchema, durationMs } from "../definitions/assertOptions.ts"
import type { StreamDefinition } from "../definitions/definition.ts"
import { assertName } from "../definitions/name.ts"
import { RunPortKey } from "../definitions/runPort.ts"
import { type EmitError, isEmitError } from "../history/output/emitted.ts"
import { lazyCodec, type Storable } from "../values/codec.ts"

export interface StreamOptions {
  /**
   * Least time between two writes of one execution of a step: what it emits meanwhile is written together, as one chunk of up to
   * 65,536 characters. The first value is written at once. Default 200 ms.
   */
  readonly flushEvery?: Duration.Input
}

/**
 * @example
 * const tokens = defineStream("tokens", Schema.String)
 * // in a step
 * run: (question, { emit }) => Effect.forEach(words(question), (word) => emit(tokens, word), { discard: true })
 * // in a workflow
 * yield* tokens.emit("Thank you.")
 * // outside
 * const client = yield* Client
 * yield* client.stream(runId, tokens).pipe(Stream.runForEach((item) => Console.log(item)))
 */
export const defineStream = <const Name extends string, A>(
  name: Name,
  value: Storable<A>,
  options: StreamOptions = {}
): StreamDefinition<Name, A> => {
  assertName("stream", name)
  assertSchema(`stream ${name}`, "value", value)
  assertKnown(`stream ${name}`, options, ["flushEvery"])
  const emit = (given: A) => Effect.flatMap(RunPortKey, (port) => port.emit(definition, given))
  const definition: StreamDefinition<Name, A> = {
    streamName: name,
    codec: lazyCodec(value),
    flushEveryMs: durationMs(`stream ${name}: flushEvery`, options.flushEvery ?? 200),
    emit,
    emitOrFail: (given) =>
      Effect.catchDefect(
        emit(given),
        (defect): Effect.Effect<never, EmitError> => (isEmitError(defect) ? Effect.fail(defect) : Effect.die(defect))
      )
  }
  return definition
}
