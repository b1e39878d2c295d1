import type { CodecDefinition, PayloadCodec } from "./payloadCodec.ts"
import { sealServices } from "./sealServices.ts"

/**
 * A codec of your own: what goes to a store is sealed by it, and opened as it comes back. `seal` and `open` are Effects; each is told what the text stands for,
 * and must bind it to that (`contextBytes` as additional data of an AEAD cipher). What fails is told by `CodecUnavailable` (asked again),
 * `CodecRefused` (a person has to give it something: the run is parked) or `SealBroken` (it is not what was sealed for this place).
 * `checkPayloadCodec` tries what is asked of one. Throws on a name that cannot be one.
 *
 * @example
 * const codec = definePayloadCodec({ name: "vault", seal: (clear, context) => ..., open: (sealed, context) => ... })
 * const store = sqliteStore({ filename: "runs.db", codec })
 */
export const definePayloadCodec = (definition: CodecDefinition): PayloadCodec => {
  if (!/^[A-Za-z0-9-]{1,32}$/.test(definition.name))
    throw new TypeError(`${JSON.stringify(definition.name)} is no name for a codec: use 1 to 32 of [A-Za-z0-9-]`)
  const codec: PayloadCodec = {
    ...definition,
    sealServices: (services, tenant) => sealServices(codec, services, tenant)
  }
  return codec
}
