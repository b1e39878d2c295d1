import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import type { StepCommand } from "../../actor/history/command.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { objectName, ownerOf } from "../../store/deletion/payloadNames.ts"
import { Payloads } from "../../store/payloads.ts"

// Pages of what became of many items (`forEachStep`): content-addressed objects, and a reference in the history.

export const putPage = Effect.fnUntraced(function* ({ input: { json } }: StepCommand, runId: string) {
  const payloads = yield* Payloads
  const sha256 = createHash("sha256").update(json).digest("hex")
  const reference = { sha256, bytes: Buffer.byteLength(json), owner: ownerOf(runId) }
  yield* payloads.put(objectName(reference), json)
  return { tag: "succeeded", payload: { json: JSON.stringify(reference) } } satisfies Outcome
})

/** The answer is the object itself: nothing is copied. */
export const getPage = ({ input: { json } }: StepCommand): Effect.Effect<Outcome> =>
  Effect.sync(() => ({ tag: "succeeded", payload: JSON.parse(json) }))
