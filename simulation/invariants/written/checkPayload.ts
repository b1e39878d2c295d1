import { createHash } from "node:crypto"
import { isReference, type Payload } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { World } from "../../world/world.ts"

interface On {
  readonly world: World
  readonly payloads: SimulatedPayloads
}

/** S11: what is referred to is there, as it was referred to. */
export const checkPayload = ({ payloads, world }: On, payload: Payload | undefined, what: string): void => {
  if (payload === undefined || !isReference(payload)) return
  const name = objectName(payload)
  const text = payloads.has(name) ? payloads.get(name) : undefined
  if (text === undefined) throw world.violate("S11", `${what} refers to an object that is not there`)
  if (createHash("sha256").update(text).digest("hex") !== payload.sha256)
    throw world.violate("S11", `${what} refers to an object of another content`)
}
