import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StateDefinition } from "../../actor/definitions/definition.ts"
import { isName } from "../../actor/definitions/name.ts"
import { defineState } from "../../actor/definitions/outside/state.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { fingerprintText, type Json } from "../../actor/values/json.ts"
import type { Payload } from "../../actor/values/payload.ts"
import { StateNotSet } from "../../client/errors.ts"
import { openNewest } from "../../client/openNewest.ts"
import { decodeState, markOf, nextStateAt } from "../../client/publishedState.ts"
import { hidePublished } from "../../inspection/timeline/hidePublished.ts"
import type { Newest } from "../../store/generations/newest.ts"
import { stateAt } from "../../store/reading/shownState.ts"
import type { StateQuery } from "../definition/queries.ts"
import { StateUnknown } from "../errors.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

type AnyState = StateDefinition<string, any>

/**
 * `{ value, mark, isOver }`: what the run has published last, as its schema encodes it to JSON. With `after`, the mark of an answer before, it
 * waits up to `waitMs` for another value, and answers `{ mark, isOver }` where there was none.
 */
export const answerState = Effect.fnUntraced(function* (
  { after, secrets, waitMs = 0 }: typeof StateQuery.Type,
  { states, steps = [], workflows }: ApiDefinitions,
  runId: string,
  name: string
) {
  const definition = yield* definitionOf(states, name)
  let look = yield* stateAt(yield* openNewest(runId), name)
  const until = (yield* Clock.currentTimeMillis) + waitMs
  for (let pauseMs = leastWaitMs; shownMark(look.stored) === after && !isEnded(look.newest); pauseMs *= 1.5) {
    const leftMs = until - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) break
    look = yield* nextStateAt(look.newest, name, pauseMs, leftMs)
  }
  const { newest, stored } = look
  const mark = shownMark(stored)
  if (stored === undefined && after === undefined) {
    const message = `run ${runId} has not set the state ${name} by its last commit`
    return yield* new StateNotSet({ runId, state: name, message })
  }
  if (stored === undefined || mark === after)
    return { status: 200, body: { mark: mark ?? after, isOver: isEnded(newest) } } satisfies ApiResponse
  // As it is stored, so that a client reads what the schema has written; but only if it is what the schema can read.
  const value = yield* decodeState(runId, definition, stored)
  const encoded = definition.codec().encode(value)
  const json = encoded._tag === "Success" ? encoded.success.payload.json : "null"
  const shown = states === undefined ? undefined : definition.codec
  const hide =
    secrets === undefined
      ? undefined
      : yield* hidePublished(runId, { kind: "state", name, codec: shown }, { workflows, steps })
  const given = JSON.parse(json) as Json
  const body = { value: hide === undefined ? given : hide(given), mark, isOver: isEnded(newest) }
  return { status: 200, body } satisfies ApiResponse
})

const isEnded = ({ head }: Newest): boolean => head !== undefined && isTerminal(head.status)

const shownMark = (stored: Payload | undefined): string | undefined => {
  const mark = markOf(stored)
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
