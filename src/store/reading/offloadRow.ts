import * as Effect from "effect/Effect"
import { type Message, payloadOf } from "../../actor/history/message.ts"
import { isReference } from "../../actor/values/payload.ts"
import { isSurelySmall, offload } from "../payloads.ts"
import { withPayload } from "./resolveMessage.ts"

/** A row as it may be stored. A turn has rows with all that they hold, be it more than an item takes (S12). */
export const offloadRow = Effect.fnUntraced(function* (row: Message, runId: string) {
  const payload = payloadOf(row)
  if (payload === undefined || isReference(payload) || isSurelySmall(payload)) return row
  return withPayload(row, yield* offload(payload, runId))
})
