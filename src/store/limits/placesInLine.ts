import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { askId, limitWorkflowName } from "../../actor/calls/limits/limitNames.ts"
import { shownLimit } from "../../actor/calls/limits/limitParts.ts"
import { type LimitStatus, markOf } from "../../actor/calls/limits/limitSpec.ts"
import { isReference } from "../../actor/values/payload.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { stateAt } from "../reading/shownState.ts"
import type { WaitingFor, WaitingForPlace } from "../reading/waitingFor.ts"

/** What a limiter shows of itself by its last commit. Undefined: nothing yet, or it is none. */
export const statusOfLimiter = Effect.fnUntraced(function* (newest: Newest) {
  if (newest.head?.workflow !== limitWorkflowName) return undefined
  const { stored } = yield* stateAt(newest, shownLimit.stateName)
  // It is small, and so it stands in the head.
  if (stored === undefined || isReference(stored)) return undefined
  const decoded = shownLimit.codec().decode(stored)
  return Result.isSuccess(decoded) ? decoded.success : undefined
})

/** Where in line those stand that wait for a place: a read of each limiter's head. Nothing is read for a run that waits for none. */
export const withPlacesInLine = Effect.fnUntraced(function* (address: string, waits: ReadonlyArray<WaitingFor>) {
  if (!waits.some(({ kind }) => kind === "limit")) return waits
  const looked: Array<WaitingFor> = []
  for (const wait of waits) looked.push(wait.kind === "limit" ? yield* placeInLine(address, wait) : wait)
  return looked
})

const placeInLine = Effect.fnUntraced(function* (address: string, wait: WaitingForPlace) {
  const status = yield* Effect.flatMap(findNewest(wait.runId), statusOfLimiter)
  return status === undefined ? wait : inLine(address, wait, status)
})

const inLine = (address: string, wait: WaitingForPlace, status: LimitStatus): WaitingForPlace => {
  const index = status.next.indexOf(markOf(askId(address, wait.place, String(wait.number))))
  const { heldBackUntil } = status
  return {
    ...wait,
    ...(index < 0 ? {} : { position: index + 1 }),
    queued: status.queued,
    held: status.held,
    ...(heldBackUntil === null ? {} : { until: new Date(heldBackUntil) })
  }
}
