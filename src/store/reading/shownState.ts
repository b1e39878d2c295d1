import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Payload } from "../../actor/values/payload.ts"
import type { Newest } from "../generations/newest.ts"
import { RunTable } from "../runTable.ts"

/** What a run shows of a state: until its newest generation has set it, what the one before it had set. */
export const stateAt = Effect.fnUntraced(function* (newest: Newest, name: string) {
  const stored = storedState(newest.head, name)
  const { runId, generation } = parseAddress(newest.address)
  if (stored !== undefined || generation === 0) return { newest, stored }
  const table = yield* RunTable
  return { newest, stored: storedState(yield* table.readHead(addressOf(runId, generation - 1)), name) }
})

const storedState = (head: Head | undefined, name: string): Payload | undefined =>
  head?.states?.find((one) => one.name === name)?.payload
