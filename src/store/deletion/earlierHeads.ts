import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Deletion, Head } from "../../actor/history/head.ts"
import { RunTable } from "../runTable.ts"

// Heads of generations that a run had left behind before it was deleted. They stay until its id is free: where there is none, a turn that began before the first
// commit of its generation, and is behind by all that came since, would write one.

/**
 * Each says that its run is deleted, before the tombstone stands: whoever has a condition on such a head, as a transaction of the user's has, is refused from then on. All
 * else of it stays, for whoever takes away what it leads to. To be done again where it did not come to its end.
 */
export const signEarlier = (newest: string, deletion: Deletion) =>
  Effect.forEach(addressesBefore(newest, deletion), (address) => signOne(address, deletion), {
    concurrency,
    discard: true
  })

const signOne = Effect.fnUntraced(function* (address: string, deletion: Deletion) {
  const table = yield* RunTable
  while (true) {
    const head = yield* table.readHead(address)
    if (head?.status !== "continued" || head.deletion !== undefined) return
    // Another is at it as well: what it has written is looked at.
    if ((yield* table.commitHead(address, signedHead(head, deletion)))._tag !== "Conflict") return
  }
})

/** A run that goes on for years has thousands. */
const concurrency = 16

const addressesBefore = (newest: string, { generation }: Deletion): ReadonlyArray<string> => {
  const { runId } = parseAddress(newest)
  return Array.from({ length: generation }, (_, number) => addressOf(runId, number))
}

const signedHead = (head: Head, { generation, until }: Deletion): Head => ({
  ...head,
  version: head.version + 1,
  deletion: { generation, until, isSettled: true }
})

/** They say nothing else any more. False: another is at it. */
export const blankEarlier = (newest: string, deletion: Deletion) =>
  Effect.map(
    Effect.forEach(addressesBefore(newest, deletion), (address) => blankOne(address, deletion), { concurrency }),
    (blanked) => blanked.every((isOurs) => isOurs)
  )

const blankOne = Effect.fnUntraced(function* (address: string, { generation, until }: Deletion) {
  const table = yield* RunTable
  const head = yield* table.readHead(address)
  // A run that has the id by now may be at this one. And earlier versions did not sign them.
  const isBlank = head?.deletion !== undefined && head.deletion.isSettled !== true
  if (head?.status !== "continued" || isBlank) return true
  const blank: Head = { ...blankHead(head, head.startedAt), status: "continued", deletion: { generation, until } }
  return (yield* table.commitHead(address, blank))._tag !== "Conflict"
})

/** Nothing of what the run was about. */
export const blankHead = (head: Head, nextLookAt: number): Head => ({
  version: head.version + 1,
  status: "deleted",
  workflow: head.workflow,
  definitionVersion: head.definitionVersion,
  startedAt: nextLookAt,
  updatedAt: head.updatedAt,
  adopted: head.adopted,
  segments: 0,
  tail: [],
  open: [],
  abandoned: [],
  fences: [],
  notices: false,
  tags: {},
  deletion: { generation: head.deletion?.generation ?? 0, until: head.deletion?.until ?? head.updatedAt }
})
