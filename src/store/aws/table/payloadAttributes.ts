import { deflateRawSync, inflateRawSync } from "node:zlib"
import { isReference, type Payload } from "../../../actor/values/payload.ts"
import { bytesOf, type Item, itemBytes, numberOf, textOf, writeUnits } from "./attributes.ts"

/**
 * The payload of an item, in attributes of its own: `j` JSON text, `z` the same deflated, or `h` and `n`, hash and bytes of
 * an object elsewhere.
 *
 * A write is billed by the KB begun: deflated is what fits in fewer of them, and nothing else, as text can be read in a console.
 */
export const payloadAttributes = (payload: Payload, rest: Item): Item => {
  if (isReference(payload)) return { h: Buffer.from(payload.sha256, "hex"), n: payload.bytes }
  const restBytes = itemBytes(rest) + 1
  const textUnits = writeUnits(restBytes + Buffer.byteLength(payload.json))
  if (textUnits === 1) return { j: payload.json }
  const deflated = deflateRawSync(payload.json)
  return writeUnits(restBytes + deflated.byteLength) < textUnits ? { z: deflated } : { j: payload.json }
}

export const readPayload = (item: Item): Payload => {
  if ("j" in item) return { json: textOf(item, "j") }
  if ("z" in item) return { json: inflateRawSync(bytesOf(item, "z")).toString("utf8") }
  return { sha256: Buffer.from(bytesOf(item, "h")).toString("hex"), bytes: numberOf(item, "n") }
}
