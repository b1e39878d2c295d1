import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { StateDefinition } from "../actor/definitions/definition.ts"
import { runIdOf } from "../actor/history/generation.ts"
import { isTerminal } from "../actor/history/head.ts"
import { isReference, type Payload } from "../actor/values/payload.ts"
import type { Newest } from "../store/generations/newest.ts"
import { load } from "../store/payloads.ts"
import { stateAt } from "../store/reading/shownState.ts"
import { RunTable } from "../store/runTable.ts"
import { StateNotSet, StateUnreadable } from "./errors.ts"
import { lookAgain, openNewest } from "./openNewest.ts"

/** One strong read of the head: no host is asked, and nothing is woken. */
export const readState = Effect.fnUntraced(function* <Name extends string, A>(
  runId: string,
  state: StateDefinition<Name, A>
) {
  const { stored } = yield* stateAt(yield* openNewest(runId), state.stateName)
  if (stored !== undefined) return yield* decodeState(runId, state, stored)
  return yield* new StateNotSet({
    runId,
    state: state.stateName,
    message: `run ${runId} has not set the state ${state.stateName} by its last commit`
  })
})

/** The same again, once there may be news, or after `atMostMs` at the latest. */
export const nextStateAt = Effect.fnUntraced(function* (
  before: Newest,
  name: string,
  waitMs: number,
  atMostMs = Number.POSITIVE_INFINITY
) {
  const { address, head } = before
  const table = yield* RunTable
  const changed = table.headChanged(address, waitMs, head?.version ?? 0)
  yield* Number.isFinite(atMostMs) ? Effect.timeoutOption(changed, atMostMs) : changed
  return yield* stateAt(yield* lookAgain(runIdOf(address), before, waitMs), name)
})

export const decodeState = Effect.fnUntraced(function* <Name extends string, A>(
  runId: string,
  state: StateDefinition<Name, A>,
  stored: Payload
) {
  const decoded = state.codec().decode(yield* load(stored))
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* new StateUnreadable({
    runId,
    state: state.stateName,
    message: `the state ${state.stateName} of run ${runId} does not decode: ${decoded.failure}`
  })
})

/** The text itself, or its hash: another value has another one. */
export const markOf = (stored: Payload | undefined): string | undefined =>
  stored === undefined ? undefined : isReference(stored) ? stored.sha256 : stored.json

interface Place {
  readonly mark: string | undefined
  /** Between two looks, as nothing is heard of other processes. */
  readonly waitMs: number
  /** Undefined before the first look. */
  readonly newest: Newest | undefined
}

/**
 * The value that there is, then each that a look finds changed: what was set and set again between two looks, or within one turn, is not seen. Ends
 * with the run.
 */
export const watchState = <Name extends string, A>(runId: string, state: StateDefinition<Name, A>) =>
  Stream.paginate({ mark: undefined, waitMs: leastWaitMs, newest: undefined } satisfies Place as Place, (place) =>
    Effect.gen(function* () {
      const { newest, stored } = yield* nextLook(runId, state.stateName, place)
      const mark = markOf(stored)
      const isNews = stored !== undefined && mark !== place.mark
      const values = isNews ? [yield* decodeState(runId, state, stored)] : []
      const isOver = newest.head !== undefined && isTerminal(newest.head.status)
      const next: Place = { mark, waitMs: isNews ? leastWaitMs : nextWaitMs(place.waitMs), newest }
      return [values, isOver ? Option.none() : Option.some(next)] as const
    })
  )

const nextLook = Effect.fnUntraced(function* (runId: string, name: string, { newest, waitMs }: Place) {
  return newest === undefined
    ? yield* stateAt(yield* openNewest(runId), name)
    : yield* nextStateAt(newest, name, waitMs)
})

const leastWaitMs = 50
const nextWaitMs = (waitMs: number): number => Math.min(waitMs * 1.5, 1_000)
