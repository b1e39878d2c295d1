import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { nextAddress, placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { Commits } from "../../store/commits.ts"
import { StoreUnavailable } from "../../store/errors.ts"
import { forwardAll } from "../../store/generations/forward.ts"
import { leftBehind } from "../../store/generations/leftBehind.ts"
import { nextFromStored, putNext } from "../../store/generations/nextGeneration.ts"
import { RunTable, type StoredRun } from "../../store/runTable.ts"

/**
 * A turn of a generation that the run has left behind: what its last commit had to put is there (the process may have died right after that
 * commit), and what came too late for it is with the newest generation.
 */
export const handOver = Effect.fnUntraced(function* (address: string, head: Head, stored: StoredRun) {
  const commits = yield* Commits
  if (!commits.atomic) yield* makeGood(address, head, stored)
  yield* forwardAll(address, head, leftBehind(head, stored))
})

/** The start row is put last: if it is there, all is. */
const makeGood = Effect.fnUntraced(
  function* (address: string, head: Head, stored: StoredRun) {
    const table = yield* RunTable
    if ((yield* table.readMessage(nextAddress(address), "start")) !== undefined) return
    const next = yield* nextFromStored(address, head, stored, yield* Clock.currentTimeMillis)
    if (next !== undefined) yield* putNext(next)
  },
  (effect, address) => {
    const tell = ({ message }: { readonly message: string }) =>
      Effect.logError(
        `run ${placeOfAddress(address)} has continued as new, and its next generation cannot begin: ${message}`
      )
    // No listing shows the run, so nothing else would come to it: whoever was woken for it keeps trying.
    const tellAndTryAgain = ({ message }: { readonly message: string }) =>
      Effect.andThen(tell({ message }), Effect.fail(new StoreUnavailable({ operation: "Payloads.get", message })))
    return Effect.catchTags(effect, {
      PayloadMissing: tellAndTryAgain,
      PayloadAltered: tellAndTryAgain,
      StoreRefused: tell
    })
  }
)
