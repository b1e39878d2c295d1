import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isLimiter } from "../../actor/calls/limits/limitNames.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { type Head, isTerminal, type RunStatus } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { toBegin } from "../generations/starts.ts"
import { adoptedOrder, readWholeRun } from "../reading/wholeRun.ts"
import { RunTable } from "../runTable.ts"
import { signEarlier } from "./earlierHeads.ts"

/** A run whose head says that it was deleted, and whose tombstone stands. */
export interface MarkedRun {
  readonly _tag: "Marked"
  /** Of its newest generation. */
  readonly address: string
  readonly head: Head
  /** It was marked by this caller, who has it for now. */
  readonly isOurs: boolean
}

/** As long as a queue keeps a message: what is older is nowhere under way. */
export const usualTombstoneMs = 14 * 86_400_000

/** By then whoever is to make good what a run had sent last has done so. */
const usualSettlingMs = 60_000

export type Marking =
  | MarkedRun
  /** All of it is gone but the tombstone, or is about to be. */
  | { readonly _tag: "Gone"; readonly deletedAt: number; readonly takenUntil: number }
  /** It goes on, or is about to be started once more. */
  | { readonly _tag: "NotEnded"; readonly status: "accepted" | "running" | "parked" | "paused" | "settling" }
  | { readonly _tag: "NotFound" }

export interface MarkOptions {
  /** How long its id is taken from now on; 0: no longer than until all of it is gone. */
  readonly tombstoneMs: number
  /** Whoever marks it goes on with it, and nobody else for so long. 0: it is left to whoever purges next. */
  readonly heldMs: number
  /** Is it to be deleted at all, by its last head? Default: yes. */
  readonly isMeant?: (head: Head) => boolean
  /** So long after its end one that has sent something is left alone. 0: nobody is there any more for whom it matters. Default a minute. */
  readonly settlingMs?: number
}

/**
 * From here on there is no such run for anybody. Its head is committed once more, under the version that it had when it had ended: whoever starts it again
 * in this moment is first, or finds that it was deleted. Then the tombstone takes the place of its start.
 */
export const markDeleted = Effect.fnUntraced(function* (runId: string, options: MarkOptions) {
  for (;;) {
    const found = yield* findNewest(runId)
    if (found.deleted !== undefined) {
      const address = addressOf(runId, found.deleted.deletion?.generation ?? 0)
      const standing = yield* settleMark(address, found.deleted)
      if (standing !== undefined)
        return { _tag: "Marked", address, head: standing, isOurs: false } satisfies Marking as Marking
      continue
    }
    const unfit = yield* whyNot(runId, found, options.settlingMs ?? usualSettlingMs)
    if (unfit !== undefined) return unfit
    const head = found.head as Head
    if (options.isMeant?.(head) === false) return { _tag: "NotFound" } satisfies Marking as Marking
    const now = yield* Clock.currentTimeMillis
    const marked = markedHead(head, found.address, now, options)
    const table = yield* RunTable
    const result = yield* table.commitHead(found.address, marked)
    if (result._tag === "Conflict") continue
    const standing = yield* settleMark(found.address, marked)
    if (standing !== undefined)
      return {
        _tag: "Marked",
        address: found.address,
        head: standing,
        isOurs: options.heldMs > 0
      } satisfies Marking as Marking
  }
})

/** Undefined: it has ended, and may be deleted. */
const whyNot = Effect.fnUntraced(function* (runId: string, found: Newest, settlingMs: number) {
  const { address, head } = found
  const table = yield* RunTable
  if (head === undefined) {
    const start = address === runId ? yield* table.readMessage(runId, "start") : undefined
    if (start?.kind === "deleted")
      return { _tag: "Gone", deletedAt: start.at, takenUntil: start.until } satisfies Marking as Marking
    if (start === undefined && address === runId) return { _tag: "NotFound" } satisfies Marking as Marking
    return { _tag: "NotEnded", status: "accepted" } satisfies Marking as Marking
  }
  if (!isTerminal(head.status))
    return { _tag: "NotEnded", status: head.status as "running" | "parked" | "paused" } satisfies Marking as Marking
  if ((yield* toBegin(found)) !== found) return { _tag: "NotEnded", status: "accepted" } satisfies Marking as Marking
  // Whoever has found a limiter may be about to ask it (`limits/askLimiter.ts`).
  if ((head.notices || isLimiter(runId)) && head.updatedAt > (yield* Clock.currentTimeMillis) - settlingMs)
    return { _tag: "NotEnded", status: "settling" } satisfies Marking as Marking
  return undefined
})

const markedHead = (head: Head, address: string, now: number, { heldMs, tombstoneMs }: MarkOptions): Head => ({
  ...head,
  version: head.version + 1,
  status: "deleted",
  startedAt: now + heldMs,
  updatedAt: now,
  deletion: {
    generation: parseAddress(address).generation,
    until: now + tombstoneMs,
    was: { status: head.status as RunStatus, startedAt: head.startedAt, updatedAt: head.updatedAt }
  }
})

/**
 * Somebody may have asked for another start, a retry or a reset just before the head said that the run was deleted, and been told that it was accepted: then it was not
 * deleted. Otherwise its head says that nobody has, and from then on nothing is taken back: of two who look at one moment, and see different things, one is
 * first. Undefined: the run is as it had been, or another was first, and it is to be looked at again.
 */
export const settleMark = Effect.fnUntraced(function* (address: string, head: Head) {
  const { deletion } = head
  if (deletion?.was === undefined) return head
  const table = yield* RunTable
  const { runId, generation } = parseAddress(address)
  if ((yield* table.readMessage(runId, "start"))?.kind === "deleted") return head
  if (deletion.isSettled !== true && (yield* isAskedToStart(address))) {
    const { deletion: _, ...before } = { ...head, ...deletion.was, version: head.version + 1 }
    yield* table.commitHead(address, before)
    return undefined
  }
  // Also where it was settled before: whoever goes on with it may have come to its end meanwhile, and a tombstone that is put behind that is taken away by nobody.
  const settled: Head = { ...head, version: head.version + 1, deletion: { ...deletion, isSettled: true } }
  if ((yield* table.commitHead(address, settled))._tag === "Conflict") return undefined
  const { updatedAt: at } = head
  yield* signEarlier(address, deletion)
  yield* table.entomb(runId, { kind: "deleted", at, until: deletion.until, generation })
  return settled
})

const isAskedToStart = Effect.fnUntraced(function* (address: string) {
  const stored = yield* readWholeRun(address)
  if (stored.head === undefined) return false
  const adopted = new Set(adoptedOrder(stored.head, stored).map(adoptedKey))
  const isToGoOn = ({ kind }: Message) => kind === "restart" || kind === "repair"
  return stored.messages.some((row) => isToGoOn(row) && !adopted.has(messageKey(row)))
})
