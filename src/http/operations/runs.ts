import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isTerminal } from "../../actor/history/head.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import { Client } from "../../client/client.ts"
import { openNewest } from "../../client/openNewest.ts"
import { findNewest, newestFrom } from "../../store/generations/newest.ts"
import { load } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import type { CancelBody } from "../definition/bodies.ts"
import type { GetQuery, ListQuery, WaitQuery } from "../definition/queries.ts"
import { listQuery } from "./listQuery.ts"
import { type ApiResponse, maxBodyBytes } from "./response.ts"

export const getRun = Effect.fnUntraced(function* ({ secrets }: typeof GetQuery.Type, runId: string) {
  const client = yield* Client
  const description = yield* client.get(runId)
  if (description.outcome === undefined || secrets === "hide")
    return { status: 200, body: description } satisfies ApiResponse
  const outcome = (yield* findNewest(runId)).head?.outcome
  if (outcome === undefined || outcome.tag === "continued")
    return { status: 200, body: description } satisfies ApiResponse
  return { status: 200, body: { ...description, ...(yield* resultOf(outcome)) } } satisfies ApiResponse
})

/** A function's answer has the same limit as its event. */
const resultOf = Effect.fnUntraced(function* ({ payload: stored }: Outcome) {
  const payload = yield* load(stored)
  if (Buffer.byteLength(payload.json) <= maxBodyBytes) return { result: fromPayload(payload) }
  return { resultOmitted: `the result has more than ${maxBodyBytes} bytes: read it with a client` }
})

/** 200: its outcome. 202: it has not ended in this time, which says nothing of when it will. */
export const waitForRun = Effect.fnUntraced(function* ({ waitMs = usualWaitMs }: typeof WaitQuery.Type, runId: string) {
  const table = yield* RunTable
  let newest = yield* openNewest(runId)
  const until = (yield* Clock.currentTimeMillis) + waitMs
  for (let pauseMs = leastPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, 1_000)) {
    const { head, address } = newest
    const outcome = head !== undefined && isTerminal(head.status) ? head.outcome : undefined
    if (outcome !== undefined && outcome.tag !== "continued") {
      const body = { runId, outcome: outcome.tag, ...(yield* resultOf(outcome)) }
      return { status: 200, body } satisfies ApiResponse
    }
    const leftMs = until - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) {
      const status = head?.status === "continued" ? "running" : (head?.status ?? "accepted")
      return { status: 202, body: { runId, isPending: true, status } } satisfies ApiResponse
    }
    yield* table.headChanged(address, Math.min(pauseMs, leftMs))
    newest = yield* newestFrom({ address, head: yield* table.readHead(address) })
  }
})

const usualWaitMs = 10_000
const leastPauseMs = 25

export const cancelRun = Effect.fnUntraced(function* (body: typeof CancelBody.Type, runId: string) {
  const client = yield* Client
  yield* client.cancel(runId, body)
  return { status: 202, body: { runId } } satisfies ApiResponse
})

export const listRuns = Effect.fnUntraced(function* (query: typeof ListQuery.Type) {
  const client = yield* Client
  return { status: 200, body: yield* client.list(yield* listQuery(query)) } satisfies ApiResponse
})
