import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { lengthOf } from "../../actor/definitions/assertOptions.ts"
import { RunCancelled } from "../../actor/errors.ts"
import { addressOf } from "../../actor/history/generation.ts"
import { endOf, isEnded } from "../../actor/history/head.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import { Client } from "../../client/client.ts"
import type { DeleteOptions } from "../../client/deletion/deletionClient.ts"
import { lookAgain, openNewest } from "../../client/openNewest.ts"
import { SoughtStart } from "../../client/starting/soughtStart.ts"
import { load, whySealed } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import type { CancelBody, DeleteRunBody, PauseRunBody, ResumeRunBody, TerminateBody } from "../definition/bodies.ts"
import type { GetQuery, ListQuery, WaitQuery } from "../definition/queries.ts"
import { BadRequest } from "../errors.ts"
import { listQuery } from "./listQuery.ts"
import { type ApiResponse, maxBodyBytes } from "./response.ts"

export const getRun = Effect.fnUntraced(function* ({ secrets, ...options }: typeof GetQuery.Type, runId: string) {
  const client = yield* Client
  const description = yield* client.get(runId, options)
  if (description.outcome === undefined || secrets === "hide")
    return { status: 200, body: description } satisfies ApiResponse
  const table = yield* RunTable
  const head = yield* table.readHead(addressOf(runId, description.generation))
  const outcome = head === undefined ? undefined : endOf(head)
  if (outcome === undefined || outcome.tag === "continued")
    return { status: 200, body: description } satisfies ApiResponse
  return { status: 200, body: { ...description, ...(yield* resultOf(outcome)) } } satisfies ApiResponse
})

/** A function's answer has the same limit as its event. */
const resultOf = Effect.fnUntraced(function* ({ payload: stored }: Outcome) {
  // Who asks what became of the run is told that.
  const sealed = whySealed(stored)
  if (sealed !== undefined) return { resultOmitted: `the result is not shown: ${sealed}` }
  const payload = yield* load(stored)
  if (Buffer.byteLength(payload.json) <= maxBodyBytes) return { result: fromPayload(payload) }
  return { resultOmitted: `the result has more than ${maxBodyBytes} bytes: read it with a client` }
})

/** 200: its outcome. 202: it has not ended in this time, which says nothing of when it will. */
export const waitForRun = Effect.fnUntraced(function* (
  { waitMs = usualWaitMs, ...which }: typeof WaitQuery.Type,
  runId: string
) {
  const table = yield* RunTable
  const sought = new SoughtStart(runId, which)
  let newest = yield* openNewest(runId)
  const until = (yield* Clock.currentTimeMillis) + waitMs
  for (let pauseMs = leastPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, 1_000)) {
    const { head, address } = newest
    const found = yield* Effect.result(sought.outcome(newest))
    const outcome = found._tag === "Success" ? found.success : yield* superseded(found.failure)
    if (outcome !== undefined) {
      const body = { runId, outcome: outcome.tag, ...(yield* resultOf(outcome)) }
      return { status: 200, body } satisfies ApiResponse
    }
    const leftMs = until - (yield* Clock.currentTimeMillis)
    if (leftMs <= 0) {
      const status = head?.status === "continued" ? "running" : (head?.status ?? "accepted")
      return { status: 202, body: { runId, isPending: true, status } } satisfies ApiResponse
    }
    const isOver = head !== undefined && isEnded(head)
    yield* table.headChanged(address, Math.min(pauseMs, leftMs), ...(isOver ? [head.version] : []))
    newest = yield* lookAgain(runId, newest, pauseMs)
  }
})

/** It has never begun, and is over all the same. */
const superseded = <E extends { readonly _tag: string }>(
  error: E | RunCancelled
): Effect.Effect<Outcome, Exclude<E, RunCancelled>> =>
  error instanceof RunCancelled
    ? Effect.succeed({ tag: "cancelled", payload: { json: JSON.stringify(error.reason) } })
    : Effect.fail(error as Exclude<E, RunCancelled>)

const usualWaitMs = 10_000
const leastPauseMs = 25

export const cancelRun = Effect.fnUntraced(function* (body: typeof CancelBody.Type, runId: string) {
  const client = yield* Client
  yield* client.cancel(runId, body)
  return { status: 202, body: { runId } } satisfies ApiResponse
})

export const terminateRun = Effect.fnUntraced(function* (body: typeof TerminateBody.Type, runId: string) {
  const client = yield* Client
  yield* client.terminate(runId, body)
  return accepted(runId)
})

export const pauseRun = Effect.fnUntraced(function* (body: typeof PauseRunBody.Type, runId: string) {
  const client = yield* Client
  yield* client.pause(runId, body)
  return accepted(runId)
})

export const resumeRun = Effect.fnUntraced(function* (body: typeof ResumeRunBody.Type, runId: string) {
  const client = yield* Client
  yield* client.resume(runId, body)
  return accepted(runId)
})

export const deleteRun = Effect.fnUntraced(function* (body: typeof DeleteRunBody.Type, runId: string) {
  const client = yield* Client
  const deleted = yield* client.delete(runId, yield* deleteOptions(body))
  return { status: deleted.isErased ? 200 : 202, body: deleted } satisfies ApiResponse
})

/** What the client takes. */
export const deleteOptions = Effect.fnUntraced(function* ({ scrub, tombstone }: typeof DeleteRunBody.Type) {
  const tombstoneMs = tombstone === undefined || tombstone === "none" ? undefined : lengthOf(tombstone)
  if (tombstoneMs !== undefined && !(tombstoneMs >= 0))
    return yield* new BadRequest({
      message: `tombstone: ${JSON.stringify(tombstone)} is neither milliseconds nor such as "30 days", nor "none"`
    })
  const options: DeleteOptions = {
    ...(tombstone === "none" ? { tombstone } : tombstoneMs === undefined ? {} : { tombstone: tombstoneMs }),
    ...(scrub === undefined ? {} : { scrub })
  }
  return options
})

const accepted = (runId: string): ApiResponse => ({ status: 202, body: { runId } })

export const listRuns = Effect.fnUntraced(function* (query: typeof ListQuery.Type) {
  const client = yield* Client
  return { status: 200, body: yield* client.list(yield* listQuery(query)) } satisfies ApiResponse
})
