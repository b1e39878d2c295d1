import * as Effect from "effect/Effect"
import { carriedRows, endingOf, type NextCopy, nextStart } from "../../../actor/history/continuation.ts"
import type { RepairMessage } from "../../../actor/history/copying/repairMessage.ts"
import { adoptedKey, readEntry, writeEntry } from "../../../actor/history/entry.ts"
import { nextAddress } from "../../../actor/history/generation.ts"
import { type Head, isEnded, type RunStatus } from "../../../actor/history/head.ts"
import { isDecision, type Message, messageKey, type StartMessage, tracedBy } from "../../../actor/history/message.ts"
import type { Ending } from "../../../actor/history/outcome.ts"
import type { InlinePayload } from "../../../actor/values/payload.ts"
import type { HeadCommit } from "../../../store/commits.ts"
import { leftBehind } from "../../../store/generations/leftBehind.ts"
import { offload } from "../../../store/payloads.ts"
import { byArrival } from "../../../store/reading/byArrival.ts"
import { adoptedOrder } from "../../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../../store/runTable.ts"
import { cancelsOfLeft, childrenToCancel } from "../leftChildren.ts"
import { spill } from "../spill.ts"
import { concludedOf } from "./concludedOf.ts"

/**
 * What a generation is asked to be left for, and no head tells of yet: the first such request, unless another start was asked for before it. One that was
 * made for another generation is nobody's.
 */
export const repairOf = (address: string, { head, messages, segments }: StoredRun): RepairMessage | undefined => {
  if (head === undefined || !messages.some(({ kind }) => kind === "repair")) return undefined
  const adopted = new Set(adoptedOrder(head, { segments }).map(adoptedKey))
  const isFitting = ({ from }: RepairMessage) => from.address === address && from.count <= head.adopted
  // Of a run that goes on, another start has its turn when it ends.
  const isAsked = (row: Message) =>
    row.kind === "repair" ? !adopted.has(messageKey(row)) && isFitting(row) : row.kind === "restart" && isEnded(head)
  const [first] = byArrival(messages.filter(isAsked))
  return first?.kind === "repair" ? first : undefined
}

/** Of a run that has ended. Undefined: nobody has asked. */
export const repairedEnd = Effect.fnUntraced(function* (address: string, head: Head, stored: StoredRun, at: number) {
  if (head.outcome === undefined || head.outcome.tag === "continued") return undefined
  const row = repairOf(address, stored)
  return row === undefined ? undefined : yield* repairCommit(address, { ...stored, head }, row, at)
})

/** The head that leaves the run to its next generation, and what that one begins with. */
export const repairCommit = Effect.fnUntraced(function* (
  address: string,
  stored: StoredRun & { readonly head: Head },
  request: RepairMessage,
  at: number
) {
  const { head: before } = stored
  const start = stored.messages.find((row): row is StartMessage => row.kind === "start") as StartMessage
  const hasEnded = before.outcome !== undefined
  const left = byArrival(leftBehind(before, stored))
  // What was to end a run, or to have it stand still, is over with what it was sent to: of one that goes on if it came before the request.
  const isOver = (row: Message) =>
    ((row.kind === "cancel" || isDecision(row)) && (hasEnded || row.at <= request.at)) ||
    (hasEnded && row.kind === "await")
  const over = left.filter(isOver)
  const adopted = [...over, request].map((row) =>
    writeEntry({ key: messageKey(row), isSetAside: true, time: undefined })
  )
  const order = [...adoptedOrder(before, stored), ...adopted]
  const carried = goOn(stored, request.from.count, hasEnded)
  const next = nextOf(start, request, hasEnded)
  const ending = endingOf(next, carried)
  const open = hasEnded ? before.open : yield* childrenToCancel(address, before)
  const { segments, spilled, tail } = spill(order, before)
  const head: Head = {
    ...(hasEnded ? before : standing(before, at)),
    version: before.version + 1,
    status: "continued",
    outcome: { tag: ending.tag, payload: yield* offload(ending.payload, address) } as Ending,
    ...(hasEnded
      ? { concluded: yield* concludedOf(address, before.status as RunStatus, before.outcome as never) }
      : {}),
    open,
    adopted: order.length,
    segments,
    tail,
    notices: true
  }
  const timers = hasEnded ? [] : before.open.filter(({ kind }) => kind === "timer")
  const rows = [
    ...carriedRows(carried),
    ...left.filter((row) => !isOver(row)),
    nextStart(address, next, head, at, undefined)
  ]
  return {
    head,
    adopted,
    segments: spilled,
    steps: [],
    timers: [],
    clearTimers: timers.map(({ fingerprint, key }) => ({ runId: address, key, due: Number(fingerprint) })),
    notices: cancelsOfLeft(address, { open }, at),
    next: { address: nextAddress(address), rows },
    openIndexes: []
  } satisfies HeadCommit
})

/** It waits for nothing any more. */
const standing = (
  { endless: _, parked: _1, paused: _2, sends: _3, signals: _4, updates: _5, ...kept }: Head,
  at: number
): Head => ({ ...kept, updatedAt: Math.max(kept.updatedAt, at), abandoned: [], fences: [] })

/**
 * What of the dropped part is for the run and not for this generation of it: signals and updates, in their order, and all starts that are to follow it or
 * to take its place. Of a run that has not ended also who waits for its end.
 */
const goOn = (
  stored: StoredRun & { readonly head: Head },
  count: number,
  hasEnded: boolean
): ReadonlyArray<Message> => {
  const byKey = new Map(stored.messages.map((row) => [messageKey(row), row]))
  return adoptedOrder(stored.head, stored).flatMap((text, index): ReadonlyArray<Message> => {
    const { key, isSetAside } = readEntry(text)
    const row = byKey.get(key)
    if (row === undefined) return []
    // A run that was terminated has begun none of those that it had been asked for.
    if (row.kind === "restart") return [row]
    if (row.kind === "await") return hasEnded ? [] : [row]
    if (index < count) return []
    // An update that was set aside has its answer.
    return row.kind === "signal" || (row.kind === "update" && !isSetAside) ? [row] : []
  })
}

const nextOf = (start: StartMessage, { from, id, trace }: RepairMessage, isStart: boolean) => {
  const { definitionVersion, fingerprint, input, notBefore, tags, workflow } = start
  const copy: NextCopy = {
    id,
    from,
    isStart,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(tags === undefined ? {} : { tags }),
    ...tracedBy(trace ?? start.trace)
  }
  return { workflow, definitionVersion, fingerprint, input: input as InlinePayload, copy }
}
