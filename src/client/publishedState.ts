import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { StateDefinition } from "../actor/definitions/definition.ts"
import { RunNotFound } from "../actor/errors.ts"
import { type Head, isTerminal } from "../actor/history/head.ts"
import { isReference, type Payload } from "../actor/values/payload.ts"
import { load } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { StateNotSet, StateUnreadable } from "./errors.ts"

/** One strong read of the head: no host is asked, and nothing is woken. */
export const readState = Effect.fnUntraced(function* <Name extends string, A>(
  runId: string,
  state: StateDefinition<Name, A>
) {
  const stored = storedState(yield* headOf(runId), state.stateName)
  if (stored !== undefined) return yield* decodeState(runId, state, stored)
  return yield* new StateNotSet({
    runId,
    state: state.stateName,
    message: `run ${runId} has not set the state ${state.stateName} by its last commit`
  })
})

/** Undefined before the first commit. */
export const headOf = Effect.fnUntraced(function* (runId: string) {
  const table = yield* RunTable
  const head = yield* table.readHead(runId)
  if (head === undefined && (yield* table.readMessage(runId, "start")) === undefined)
    return yield* new RunNotFound({ runId, message: `there is no run ${runId}` })
  return head
})

export const storedState = (head: Head | undefined, name: string): Payload | undefined =>
  head?.states?.find((one) => one.name === name)?.payload

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
  readonly head: Head | undefined
  readonly isFirst: boolean
}

/**
 * The value that there is, then each that a look finds changed: what was set and set again between two looks, or within one turn, is not seen. Ends
 * with the run.
 */
export const watchState = <Name extends string, A>(runId: string, state: StateDefinition<Name, A>) =>
  Stream.paginate(
    { mark: undefined, waitMs: leastWaitMs, head: undefined, isFirst: true } satisfies Place as Place,
    (place) =>
      Effect.gen(function* () {
        const { head, stored } = yield* nextLook(runId, state.stateName, place)
        const mark = markOf(stored)
        const isNews = stored !== undefined && mark !== place.mark
        const values = isNews ? [yield* decodeState(runId, state, stored)] : []
        const isOver = head !== undefined && isTerminal(head.status)
        const next: Place = { mark, waitMs: isNews ? leastWaitMs : nextWaitMs(place.waitMs), head, isFirst: false }
        return [values, isOver ? Option.none() : Option.some(next)] as const
      })
  )

const nextLook = Effect.fnUntraced(function* (runId: string, name: string, { head, isFirst, waitMs }: Place) {
  if (!isFirst) yield* (yield* RunTable).headChanged(runId, waitMs, head?.version ?? 0)
  const now = isFirst ? yield* headOf(runId) : yield* (yield* RunTable).readHead(runId)
  return { head: now, stored: storedState(now, name) }
})

const leastWaitMs = 50
const nextWaitMs = (waitMs: number): number => Math.min(waitMs * 1.5, 1_000)
