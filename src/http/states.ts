import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StateDefinition } from "../actor/definitions/definition.ts"
import { isName } from "../actor/definitions/name.ts"
import { defineState } from "../actor/definitions/outside/state.ts"
import { type Head, isTerminal } from "../actor/history/head.ts"
import { fingerprintText } from "../actor/values/json.ts"
import { StateNotSet } from "../client/errors.ts"
import { decodeState, headOf, markOf, storedState } from "../client/publishedState.ts"
import { RunTable } from "../store/runTable.ts"
import { StateUnknown } from "./errors.ts"
import { type ApiRequest, type ApiResponse, stateQuery } from "./requests.ts"

type AnyState = StateDefinition<string, any>

/**
 * `{ value, mark, isOver }`: what the run has published last, as its schema encodes it to JSON. With `after`, the mark of an answer before, it
 * waits up to `waitMs` for another value, and answers `{ mark, isOver }` where there was none.
 */
export const answerState = Effect.fnUntraced(function* (
  request: ApiRequest,
  states: ReadonlyArray<AnyState> | undefined,
  runId: string,
  name: string
) {
  const { after, waitMs } = yield* stateQuery(request)
  const definition = yield* definitionOf(states, name)
  let head = yield* headOf(runId)
  const until = (yield* Clock.currentTimeMillis) + waitMs
  for (let pauseMs = leastWaitMs; shownMark(head, name) === after && !isEnded(head); pauseMs = pauseMs * 1.5) {
    const leftMs = until - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) break
    const table = yield* RunTable
    yield* Effect.timeoutOption(table.headChanged(runId, pauseMs, head?.version ?? 0), leftMs)
    head = yield* table.readHead(runId)
  }
  const stored = storedState(head, name)
  const mark = shownMark(head, name)
  if (stored === undefined && after === undefined) {
    const message = `run ${runId} has not set the state ${name} by its last commit`
    return yield* new StateNotSet({ runId, state: name, message })
  }
  if (stored === undefined || mark === after)
    return { status: 200, body: { mark: mark ?? after, isOver: isEnded(head) } } satisfies ApiResponse
  // As it is stored, so that a client reads what the schema has written; but only if it is what the schema can read.
  const value = yield* decodeState(runId, definition, stored)
  const encoded = definition.codec().encode(value)
  const json = encoded._tag === "Success" ? encoded.success.payload.json : "null"
  return { status: 200, body: { value: JSON.parse(json), mark, isOver: isEnded(head) } } satisfies ApiResponse
})

const isEnded = (head: Head | undefined): boolean => head !== undefined && isTerminal(head.status)

const shownMark = (head: Head | undefined, name: string): string | undefined => {
  const mark = markOf(storedState(head, name))
  return mark === undefined ? undefined : fingerprintText(mark)
}

const definitionOf = (states: ReadonlyArray<AnyState> | undefined, name: string) => {
  const found =
    states === undefined
      ? isName(name)
        ? defineState(name, Schema.Json)
        : undefined
      : states.find((one) => one.stateName === name)
  if (found !== undefined) return Effect.succeed(found as AnyState)
  const known = states?.map((one) => one.stateName).join(", ")
  const message = `there is no state ${name}${known === undefined ? "" : `; there are ${known || "none"}`}`
  return Effect.fail(new StateUnknown({ message }))
}

const leastWaitMs = 50
