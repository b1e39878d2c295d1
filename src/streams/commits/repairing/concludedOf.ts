import * as Effect from "effect/Effect"
import type { Concluded, RunStatus } from "../../../actor/history/head.ts"
import type { Outcome } from "../../../actor/history/outcome.ts"
import { offload } from "../../../store/payloads.ts"

/** How a generation ended that the run leaves behind for another start. It stands in the head, beside what the next one begins with. */
export const concludedOf = Effect.fnUntraced(function* (address: string, status: RunStatus, { payload, tag }: Outcome) {
  return { status, outcome: { tag, payload: yield* offload(payload, address, mostInlineBytes) } } satisfies Concluded
})

const mostInlineBytes = 32 * 1024
