import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { lazyCodec, type Storable } from "../../values/codec.ts"
import { assertKnown, assertSchema } from "../assertOptions.ts"
import type { UpdateDefinition, UpdateHandling } from "../definition.ts"
import { assertName } from "../name.ts"
import { RunPortKey } from "../runPort.ts"

export interface UpdateOptions<In, Out, Err> {
  readonly input: Storable<In>
  readonly output: Storable<Out>
  /** The errors that an update may be answered with. Default: none. */
  readonly error?: Storable<Err>
}

/**
 * A request to a run that goes on, with a typed answer. The body says what is done by `handle`; `client.update` sends one and waits for
 * the answer.
 *
 * @example
 * const changeAddress = defineUpdate("changeAddress", { input: Address, output: Schema.Void, error: AlreadyShipped })
 * // in a workflow, before anything else
 * yield* changeAddress.handle(Effect.fn(function* (address: Address) {
 *   yield* reroute(address) // a step
 * }), { validate: () => (isShipped ? Effect.fail(new AlreadyShipped()) : Effect.void) })
 * // outside
 * yield* client.update("order-17", changeAddress, address)
 */
export const defineUpdate = <const Name extends string, In, Out, Err = never>(
  name: Name,
  options: UpdateOptions<In, Out, Err>
): UpdateDefinition<Name, In, Out, Err> => {
  assertName("update", name)
  const what = `update ${name}`
  assertKnown(what, options, ["input", "output", "error"])
  assertSchema(what, "input", options.input)
  assertSchema(what, "output", options.output)
  if ("error" in options) assertSchema(what, "error", options.error)
  const update: UpdateDefinition<Name, In, Out, Err> = {
    updateName: name,
    input: lazyCodec(options.input),
    output: lazyCodec(options.output),
    error: lazyCodec(options.error ?? (Schema.Never as unknown as Storable<Err>)),
    handle: (handler, handling = {}) => {
      assertHandling(what, handler, handling)
      return Effect.flatMap(RunPortKey, (port) =>
        Effect.flatMap(Effect.context<never>(), (context) =>
          port.handleUpdate({ update, handler, validate: handling.validate, context })
        )
      )
    }
  }
  return update
}

const assertHandling = (what: string, handler: unknown, handling: UpdateHandling<any, any>): void => {
  if (typeof handler !== "function") throw new TypeError(`${what}: its handler is no function`)
  assertKnown(`${what}: handle`, handling, ["validate"])
  const { validate } = handling
  if (validate !== undefined && typeof validate !== "function") throw new TypeError(`${what}: validate is no function`)
}
