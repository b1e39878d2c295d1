import * as Effect from "effect/Effect"
import { parseAddress } from "../../actor/history/generation.ts"
import { runGone } from "../deletion/gone.ts"
import { headAsItWas } from "../generations/newest.ts"
import { readWholeRun } from "./wholeRun.ts"

/** One generation with all its rows, for whoever looks at it: its head as it was while nobody can say yet whether the run is deleted. Fails with `RunNotFound` once that is settled. */
export const readPresent = Effect.fnUntraced(function* (address: string) {
  const stored = yield* readWholeRun(address)
  const { deleted, head } = yield* headAsItWas(address, stored.head)
  const gone = stored.messages.find(({ kind }) => kind === "deleted")
  if (deleted !== undefined || gone !== undefined) return yield* runGone(parseAddress(address).runId, gone, deleted)
  return { ...stored, head }
})
