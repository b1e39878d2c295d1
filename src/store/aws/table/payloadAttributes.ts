import { deflateRawSync, inflateRawSync } from "node:zlib"
import { isReference, type Payload } from "../../../actor/values/payload.ts"
import { bytesOf, type Item, itemBytes, numberOf, textOf, writeUnits } from "./attributes.ts"

/**
 * The payload of an item, in attributes of its own: `j` JSON text, `z` the same deflated, or `h`, `n` and `ow`, hash and bytes of
 * an object elsewhere, and the run that it is of.
 *
 * A write is billed by the KB begun: deflated is what fits in fewer of them, and nothing else, as text can be read in a console.
 */
export const payloadAttributes = (payload: Payload, rest: Item): Item => {
  if (isReference(payload)) {
    const { bytes, owner, sha256 } = payload
    return { h: Buffer.from(sha256, "hex"), n: bytes, ...(owner === undefined ? {} : { ow: owner }) }
  }
  const restBytes = itemBytes(rest) + 1
  const textUnits = writeUnits(restBytes + Buffer.byteLength(payload.json))
  if (textUnits === 1) return { j: payload.json }
  const deflated = deflateRawSync(payload.json)
  return writeUnits(restBytes + deflated.byteLength) < textUnits ? { z: deflated } : { j: payload.json }
}

export const readPayload = (item: Item): Payload => {
  if ("j" in item) return { json: textOf(item, "j") }
  if ("z" in item) return { json: inflateRawSync(bytesOf(item, "z")).toString("utf8") }
  const reference = { sha256: Buffer.from(bytesOf(item, "h")).toString("hex"), bytes: numberOf(item, "n") }
  return "ow" in item ? { ...reference, owner: textOf(item, "ow") } : reference
}
