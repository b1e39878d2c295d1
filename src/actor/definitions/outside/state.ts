import * as Effect from "effect/Effect"
import { StateInvalid } from "../../errors.ts"
import { lazyCodec, type Storable } from "../../values/codec.ts"
import { isA } from "../../values/defect.ts"
import { assertSchema } from "../assertOptions.ts"
import type { StateDefinition } from "../definition.ts"
import { assertName } from "../name.ts"
import { RunPortKey } from "../runPort.ts"

/**
 * A value that a run shows to the outside. The body sets it; `client.state` reads it and `client.watch` follows it, while the run
 * goes on and after its end. What is seen is what stood when the run was last committed: a body may set it as often as it likes, and
 * the last value of a turn goes with that turn's commit, at no write of its own.
 *
 * @example
 * const progress = defineState("progress", Schema.Struct({ packed: Schema.Int, of: Schema.Int }))
 * // in a workflow
 * yield* progress.set({ packed: 3, of: 12 })
 * // outside
 * const { packed, of } = yield* client.state("order-17", progress)
 */
export const defineState = <const Name extends string, A>(
  name: Name,
  schema: Storable<A>
): StateDefinition<Name, A> => {
  assertName("state", name)
  assertSchema(`state ${name}`, "its schema", schema)
  return makeState(name, schema)
}

/** Without a look at its name: those of the runtime's own are no user's. */
export const makeState = <const Name extends string, A>(name: Name, schema: Storable<A>): StateDefinition<Name, A> => {
  const set = (value: A) => Effect.flatMap(RunPortKey, (port) => port.setState(state, value))
  const state: StateDefinition<Name, A> = {
    stateName: name,
    codec: lazyCodec(schema),
    set,
    setOrFail: (value) =>
      Effect.catchDefect(
        set(value),
        (defect): Effect.Effect<never, StateInvalid> =>
          isA(StateInvalid, defect) ? Effect.fail(defect) : Effect.die(defect)
      )
  }
  return state
}
