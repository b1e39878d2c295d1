import * as Effect from "effect/Effect"
import { channelText } from "../values/channel.ts"
import { lazyCodec, type Storable } from "../values/codec.ts"
import { assertSchema } from "./assertOptions.ts"
import type { SignalDefinition, SignalSource } from "./definition.ts"
import { assertName, checkCorrelation } from "./name.ts"
import { RunPortKey } from "./runPort.ts"

/**
 * @example
 * const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
 * // in a workflow
 * const { by } = yield* approved.receive
 * const answer = yield* approved.for("question-1").receive
 */
export const defineSignal = <const Name extends string, A>(
  name: Name,
  payload: Storable<A>
): SignalDefinition<Name, A> => {
  assertName("signal", name)
  assertSchema(`signal ${name}`, "payload", payload)
  return makeSignal(name, payload)
}

/** Without a look at its name: those of the runtime's own are no user's. */
export const makeSignal = <const Name extends string, A>(
  name: Name,
  payload: Storable<A>
): SignalDefinition<Name, A> => {
  const codec = lazyCodec(payload)
  return {
    ...source({ name, codec }),
    for: (correlation) => {
      const wrong = checkCorrelation(correlation)
      if (wrong !== undefined) throw new RangeError(`what signal ${name} is for: ${wrong}`)
      return source({ name, codec, correlation })
    }
  }
}

/** Where its signals are kept until they are received. */
export const channelOf = ({ name, correlation }: SignalSource<string, any>): string =>
  channelText(correlation === undefined ? { name } : { name, for: correlation })

const source = <Name extends string, A>(
  from: Omit<SignalSource<Name, A>, "receive" | "send">
): SignalSource<Name, A> => {
  const made: SignalSource<Name, A> = {
    ...from,
    receive: Effect.suspend(() => Effect.flatMap(RunPortKey, (port) => port.receive(made))),
    send: (runId, payload, options) =>
      Effect.flatMap(RunPortKey, (port) => port.send(made, runId, payload, options?.id))
  }
  return made
}
