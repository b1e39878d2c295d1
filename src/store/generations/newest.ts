import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { addressOf, nextAddress, parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
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

const newestAfter = Effect.fnUntraced(function* (found: Newest) {
  const table = yield* RunTable
  const { runId, generation } = parseAddress(found.address)
  const marked = (yield* table.readMark(runId, newestMark)) ?? 0
  let address = addressOf(runId, Math.max(marked, generation + 1))
  let head = yield* table.readHead(address)
  // The mark is raised after the head that calls for it.
  while (head?.status === "continued") {
    address = nextAddress(address)
    head = yield* table.readHead(address)
  }
  return unlessDeleted({ address, head })
})
