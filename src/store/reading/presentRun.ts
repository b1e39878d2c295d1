import * as Effect from "effect/Effect"
import { parseAddress } from "../../actor/history/generation.ts"
import { isPresent } from "../../actor/history/head.ts"
import { runGone } from "../deletion/gone.ts"
import { findAsItWas, headAsItWas } from "../generations/newest.ts"
import { RunTable } from "../runTable.ts"
import { readWholeRun } from "./wholeRun.ts"

/** The newest generation of a run, for whoever looks at it. Fails with `RunNotFound` if it was deleted, or was never started. */
export const findPresent = Effect.fnUntraced(function* (runId: string) {
  const { address, deleted, head } = yield* findAsItWas(runId)
  if (head !== undefined && isPresent(head)) return { address, head }
  const table = yield* RunTable
  const start = yield* table.readMessage(runId, "start")
  if (deleted !== undefined || start?.kind !== "start") return yield* runGone(runId, start, deleted)
  return { address, head: undefined }
})

/** One generation with all its rows: its head as it was while nobody can say yet whether it is deleted. Fails with `RunNotFound` once that is settled. */
export const readPresent = Effect.fnUntraced(function* (address: string) {
  const stored = yield* readWholeRun(address)
  const { deleted, head } = yield* headAsItWas(address, stored.head)
  const gone = stored.messages.find(({ kind }) => kind === "deleted")
  if (deleted !== undefined || gone !== undefined || (head !== undefined && !isPresent(head)))
    return yield* runGone(parseAddress(address).runId, gone, deleted)
  return { ...stored, head }
})
