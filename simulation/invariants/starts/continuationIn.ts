import type { Continuation } from "../../../src/actor/history/continuation.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"

/** What a head says of the generation that follows it. */
export const continuationIn = (head: Head | undefined, payloads: SimulatedPayloads): Continuation | undefined => {
  const outcome = head?.outcome
  if (outcome?.tag !== "continued") return undefined
  const { payload } = outcome
  const json = isReference(payload) ? payloads.get(objectName(payload)) : payload.json
  return json === undefined ? undefined : JSON.parse(json)
}
