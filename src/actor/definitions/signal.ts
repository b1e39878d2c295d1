import * as Effect from "effect/Effect"
import { lazyCodec, type Storable } from "../values/codec.ts"
import { assertSchema } from "./assertOptions.ts"
import type { SignalDefinition } from "./definition.ts"
import { assertName } from "./name.ts"
import { RunPortKey } from "./runPort.ts"

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
  assertSchema(`signal ${name}`, "payload", payload)
  const definition: SignalDefinition<Name, A> = {
    name,
    codec: lazyCodec(payload),
    receive: Effect.suspend(() => Effect.flatMap(RunPortKey, (port) => port.receive(definition))),
    send: (runId, payload, options) =>
      Effect.flatMap(RunPortKey, (port) => port.send(definition, runId, payload, options?.id))
  }
  return definition
}
