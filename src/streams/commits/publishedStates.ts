import * as Effect from "effect/Effect"
import type { Head } from "../../actor/history/head.ts"
import type { StateBox } from "../../actor/port/stateBox.ts"
import { offload } from "../../store/payloads.ts"

/**
 * Encoded bytes up to which a published value stands in the head, which each commit writes anew. An object elsewhere costs as much as some eight
 * write units, but only when the value changes.
 */
export const stateInlineLimitBytes = 1_024

/** What the next head says of the states: the body set them, and this commit makes it so (S22). */
export const publishedStates = Effect.fnUntraced(function* (runId: string, states: StateBox, before: Head | undefined) {
  states.settle()
  const published = yield* Effect.forEach(states.all, ({ name, payload }) => {
    const known = before?.states?.find((one) => one.name === name)?.payload
    return Effect.map(offload(payload, runId, stateInlineLimitBytes, known), (stored) => ({ name, payload: stored }))
  })
  return { states: published } satisfies Partial<Head>
})
