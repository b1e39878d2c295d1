import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { addressOf, nextAddress, parseAddress } from "../../actor/history/generation.ts"
import { type Head, isPresent } from "../../actor/history/head.ts"
import type { StoreUnavailable } from "../errors.ts"
import { RunTable } from "../runTable.ts"
import { newestMark } from "./nextGeneration.ts"

/** A generation, and its head as it was read. */
export interface Newest {
  readonly address: string
  /** Undefined: no turn of it has been taken yet. */
  readonly head: Head | undefined
  /** The run was deleted: what its last head says of that. There is no other any more, and `address` is that of the first generation. */
  readonly deleted?: Head
}

/**
 * The generation that a run is in: no read beside that of its head where the run has never continued as new, and otherwise one of the mark
 * that names it and one of its head. `from`: a generation that is known to have been.
 */
export const findNewest = (runId: string, from = 0) =>
  Effect.withFiber<Newest, StoreUnavailable, RunTable>((fiber) => {
    const table = Context.get(fiber.context as Context.Context<RunTable>, RunTable)
    const address = addressOf(runId, from)
    return Effect.flatMap(table.readHead(address), (head) => newestFrom({ address, head }))
  })

/** The same from a head in hand. */
export const newestFrom = (found: Newest): Effect.Effect<Newest, StoreUnavailable, RunTable> =>
  found.head?.status === "continued" ? newestAfter(found) : Effect.succeed(unlessDeleted(found))

const unlessDeleted = (found: Newest): Newest =>
  found.head?.status === "deleted"
    ? { address: parseAddress(found.address).runId, head: undefined, deleted: found.head }
    : found

/**
 * For whoever asks a run or sends it something: a deletion that may be taken back yet has not happened, and the run is as it was. A start of it that was accepted
 * may be the reason why it will be taken back, and whoever was told so is not to be told next that there is no such run.
 */
export const asItWas = Effect.fnUntraced(function* (newest: Newest) {
  const { deletion, ...head } = newest.deleted ?? {}
  if (deletion?.was === undefined || deletion.isSettled === true) return newest
  const { runId } = parseAddress(newest.address)
  const table = yield* RunTable
  if ((yield* table.readMessage(runId, "start"))?.kind !== "start") return newest
  const address = addressOf(runId, deletion.generation)
  return { address, head: { ...(head as Head), ...deletion.was } } satisfies Newest as Newest
})

/** The same of one generation, from its head as it was read. */
export const headAsItWas = (
  address: string,
  head: Head | undefined
): Effect.Effect<Newest, StoreUnavailable, RunTable> => {
  if (head?.status === "deleted") return asItWas({ address, head: undefined, deleted: head })
  if (head === undefined || isPresent(head)) return Effect.succeed({ address, head })
  // An earlier generation's, which says so a moment before the tombstone stands: the last one knows when.
  const gone = ({ deleted = head }: Newest): Newest => ({ address, head: undefined, deleted })
  return Effect.map(newestFrom({ address, head }), gone)
}

/** {@link findNewest}, with the run {@link asItWas} while nobody can say whether it is deleted. */
export const findAsItWas = (runId: string) => Effect.flatMap(findNewest(runId), asItWas)

const newestAfter = Effect.fnUntraced(function* (found: Newest) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(found.address)
  // Of a run that was deleted the mark has gone, and each head names the newest.
  const marked = found.head?.deletion?.generation ?? (yield* table.readMark(runId, newestMark)) ?? 0
  let address = addressOf(runId, Math.max(marked, generation + 1))
  let head = yield* table.readHead(address)
  // The mark is raised after the head that calls for it.
  while (head?.status === "continued") {
    address = nextAddress(address)
    head = yield* table.readHead(address)
  }
  return unlessDeleted({ address, head })
})
