import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"
import type { Payloads } from "../payloads.ts"
import { RunTable } from "../runTable.ts"
import { deleteEachRuns } from "./eachRuns.ts"
import { blankEarlier, blankHead } from "./earlierHeads.ts"
import type { MarkedRun } from "./markDeleted.ts"
import { type ErasedStream, RunEraser } from "./runEraser.ts"
import { tellFirst } from "./tellFirst.ts"

/**
 * So long nobody else takes up a run that somebody is deleting. Far longer than it takes; whoever was held up for longer stops by itself, as a run of
 * that id may have been started by then.
 */
export const heldMs = 600_000

/** What was under way when a run was deleted has come by then: all is looked at once more. */
export const secondLookMs = 3_600_000

/** How far a deletion has come. */
export type Finished =
  /** All is gone but the tombstone. */
  | { readonly _tag: "Erased"; readonly items: number }
  /** The id is free. */
  | { readonly _tag: "Removed"; readonly items: number }
  /** Another is at it. */
  | { readonly _tag: "Elsewhere" }

/** Of a run whose tombstone stands: all else is deleted, and what comes late with it. `isHeld`: the head that is given was written by this caller, who has the run for now. */
export const finishDeletion = Effect.fnUntraced(function* (address: string, marked: Head, isHeld: boolean) {
  const table = yield* RunTable
  const eraser = yield* RunEraser
  const { deletion } = marked
  const begun = yield* Clock.currentTimeMillis
  if (deletion === undefined) return { _tag: "Elsewhere" } satisfies Finished as Finished
  let head = marked
  if (!isHeld) {
    head = { ...marked, version: marked.version + 1, startedAt: begun + heldMs }
    if ((yield* table.commitHead(address, head))._tag === "Conflict")
      return { _tag: "Elsewhere" } satisfies Finished as Finished
  }
  const { runId, generation } = parseAddress(address)
  yield* tellFirst(address, head)
  if (!(yield* deleteEachRuns(address, { until: deletion.until, heldMs }, finishMarked)))
    return { _tag: "Elsewhere" } satisfies Finished as Finished
  const items = yield* Effect.timeoutOrElse(eraser.erase({ runId, generation, streams: yield* streamsOf(address) }), {
    duration: heldMs / 2,
    orElse: () => Effect.succeed(undefined)
  })
  const now = yield* Clock.currentTimeMillis
  if (items === undefined || now > begun + heldMs / 2) return { _tag: "Elsewhere" } satisfies Finished as Finished
  if (deletion.until <= now) {
    yield* eraser.remove({ runId, generation, version: head.version })
    return { _tag: "Removed", items } satisfies Finished as Finished
  }
  if (!(yield* blankEarlier(address, deletion))) return { _tag: "Elsewhere" } satisfies Finished as Finished
  const again = marked.updatedAt + secondLookMs
  const blank = blankHead(head, again > now ? Math.min(again, deletion.until) : deletion.until)
  const committed = yield* table.commitHead(address, blank)
  if (committed._tag === "Conflict") return { _tag: "Elsewhere" } satisfies Finished as Finished
  return { _tag: "Erased", items } satisfies Finished as Finished
})

/** Of a run that is part of another. */
const finishMarked = ({
  address,
  head,
  isOurs
}: MarkedRun): Effect.Effect<Finished, StoreUnavailable | StoreRefused, RunTable | RunEraser | Payloads> =>
  finishDeletion(address, head, isOurs)

const streamsOf = Effect.fnUntraced(function* (newest: string) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(newest)
  const streams = new Map<string, ErasedStream>()
  for (let number = 0; number <= generation; number++) {
    const head = yield* table.readHead(addressOf(runId, number))
    const since = head?.since ?? 0
    for (const { stream: name } of head?.emitted ?? []) streams.set(`${since}/${name}`, { since, name })
  }
  return [...streams.values()]
})

/** Something has come for a run that was deleted: it is looked at once more, soon. */
export const noteLate = Effect.fnUntraced(function* (runId: string, generation: number) {
  const table = yield* RunTable
  const address = addressOf(runId, generation)
  const head = yield* table.readHead(address)
  const now = yield* Clock.currentTimeMillis
  // Whoever has it in hand comes to what is new as well, or leaves it to the next look.
  if (head?.status !== "deleted" || head.deletion?.was !== undefined || head.startedAt <= now + secondLookMs) return
  yield* table.commitHead(address, { ...head, version: head.version + 1, startedAt: now })
})
