import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { eachPrefix } from "../../actor/definitions/name.ts"
import { defaultChildRunId } from "../../actor/history/command.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import { RunTable } from "../runTable.ts"
import { type MarkedRun, markDeleted } from "./markDeleted.ts"

/**
 * The child runs of `forEachStep` are part of the run that has asked for them: nobody else knows their ids, and they hold its items and results. So they are
 * deleted with it, before its rows go, which are what leads to them; their ids are taken for as long as its own, which is in them.
 *
 * False: one of them goes on, and the run is to be met again.
 */
export const deleteEachRuns = Effect.fnUntraced(function* <E, R>(
  newest: string,
  { heldMs, until }: { readonly until: number; readonly heldMs: number },
  finish: (marked: MarkedRun) => Effect.Effect<unknown, E, R>
) {
  let areGone = true
  const { runId, generation } = parseAddress(newest)
  const tombstoneMs = Math.max(0, until - (yield* Clock.currentTimeMillis))
  for (let number = 0; number <= generation; number++) {
    const address = addressOf(runId, number)
    for (const key of yield* eachKeys(address)) {
      const childRunId = defaultChildRunId(address, key)
      const isMeant = ({ parent }: Head) => parent?.runId === address && parent.key === key
      // What it has sent went to the run, which is deleted.
      const marked = yield* markDeleted(childRunId, { tombstoneMs, heldMs, isMeant, settlingMs: 0 })
      if (marked._tag === "NotEnded") {
        areGone = false
        yield* Effect.logWarning(
          `run ${runId} is deleted, and not all that it has stored is yet: ${childRunId}, a part of its forEachStep, is ${marked.status}; terminate that one if it does not end by itself`
        )
      }
      // One that was erased before has nothing but its tombstone, which a purge sees to.
      if (marked._tag === "Marked" && (marked.isOurs || marked.head.deletion?.was !== undefined)) yield* finish(marked)
    }
  }
  return areGone
})

const eachKeys = Effect.fnUntraced(function* (address: string) {
  const { head, messages } = yield* (yield* RunTable).readRun(address)
  const answered = messages.flatMap((message) => (message.kind === "child" ? [message.key] : []))
  const asked = [...(head?.open ?? []), ...(head?.abandoned ?? [])].flatMap(({ key, kind }) =>
    kind === "child" ? [key] : []
  )
  return [...new Set([...answered, ...asked])].filter((key) => key.startsWith(eachPrefix))
})
