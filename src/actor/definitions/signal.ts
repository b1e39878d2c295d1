import * as Effect from "effect/Effect"
import { type Codec, lazyCodec, type Storable } from "../values/codec.ts"
import { assertName } from "./name.ts"
import { type Run, RunPortKey } from "./run.ts"

/** A named message from outside with a payload. Signals of one name are received in the order in which they were adopted. */
export interface SignalDefinition<Name extends string, A> {
  readonly name: Name
  readonly codec: () => Codec<A>
  /**
   * The next signal of this name: one that came before, or else waits for it. Each signal is received once. An interrupted
   * wait (a timeout, a lost race) takes none.
   */
  readonly receive: Effect.Effect<A, never, Run>
}

/**
 * @example
 * const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
 * // in a workflow
 * const { by } = yield* approved.receive
 */
export const defineSignal = <const Name extends string, A>(
  name: Name,
  payload: Storable<A>
): SignalDefinition<Name, A> => {
  assertName("signal", name)
  const definition: SignalDefinition<Name, A> = {
    name,
    codec: lazyCodec(payload),
    receive: Effect.suspend(() => Effect.flatMap(RunPortKey, (port) => port.receive(definition)))
  }
  return definition
}
