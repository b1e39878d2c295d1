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
export const signEarlier = Effect.fnUntraced(function* (newest: string, deletion: Deletion) {
  const table = yield* RunTable
  const { runId } = parseAddress(newest)
  for (let number = 0; number < deletion.generation; ) {
    const address = addressOf(runId, number)
    const head = yield* table.readHead(address)
    const signed = head?.status === "continued" && head.deletion === undefined ? signedHead(head, deletion) : undefined
    // Another is at it as well: what it has written is looked at.
    if (signed !== undefined && (yield* table.commitHead(address, signed))._tag === "Conflict") continue
    number++
  }
})

const signedHead = (head: Head, { generation, until }: Deletion): Head => ({
  ...head,
  version: head.version + 1,
  deletion: { generation, until, isSettled: true }
})

/** They say nothing else any more. False: another is at it. */
export const blankEarlier = Effect.fnUntraced(function* (newest: string, { generation, until }: Deletion) {
  const table = yield* RunTable
  const { runId } = parseAddress(newest)
  for (let number = 0; number < generation; number++) {
    const address = addressOf(runId, number)
    const head = yield* table.readHead(address)
    // A run that has the id by now may be at this one. And earlier versions did not sign them.
    const isBlank = head?.deletion !== undefined && head.deletion.isSettled !== true
    if (head?.status !== "continued" || isBlank) continue
    const blank: Head = { ...blankHead(head, head.startedAt), status: "continued", deletion: { generation, until } }
    if ((yield* table.commitHead(address, blank))._tag === "Conflict") return false
  }
  return true
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
