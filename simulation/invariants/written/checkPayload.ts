import { createHash } from "node:crypto"
import { isReference, type Payload } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import { isSurelySmall } from "../../../src/store/payloads.ts"
import { inlineLimitBytes, type SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { World } from "../../world/world.ts"

interface On {
  readonly world: World
  readonly payloads: SimulatedPayloads
}

/** S11: what is referred to is there, as it was referred to. S12: what is not is within the limit of a row, in bytes. */
export const checkPayload = ({ payloads, world }: On, payload: Payload | undefined, what: string): void => {
  if (payload === undefined) return
  if (!isReference(payload)) {
    const bytes = isSurelySmall(payload) ? 0 : Buffer.byteLength(payload.json)
    if (bytes > inlineLimitBytes)
      throw world.violate("S12", `${what} holds ${bytes} bytes, and the most is ${inlineLimitBytes}`)
    return
  }
  const name = objectName(payload)
  const text = payloads.has(name) ? payloads.get(name) : undefined
  if (text === undefined) throw world.violate("S11", `${what} refers to an object that is not there`)
  if (createHash("sha256").update(text).digest("hex") !== payload.sha256)
    throw world.violate("S11", `${what} refers to an object of another content`)
}

/** S10: what is told of an end is what it has come to, each wherever it is kept. */
export const checkSameText = ({ payloads, world }: On, told: Payload, is: Payload, what: string): void => {
  const [text, own] = [told, is].map((one) => (isReference(one) ? payloads.get(objectName(one)) : one.json))
  if (text !== own) throw world.violate("S10", `${what} is told something else than it has come to`)
}
