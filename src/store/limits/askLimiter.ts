import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { limiterRunId } from "../../actor/calls/limits/limitNames.ts"
import { limitNews } from "../../actor/calls/limits/limitParts.ts"
import type { LimitState, Waiting } from "../../actor/calls/limits/limitSpec.ts"
import { limitWorkflow } from "../../actor/calls/limits/limitWorkflow.ts"
import type { LimitSpec } from "../../actor/definitions/limits/limitUse.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isPresent, isTerminal } from "../../actor/history/head.ts"
import { messageKey, type RestartMessage, type SignalMessage, type StartMessage } from "../../actor/history/message.ts"
import { StoreUnavailable } from "../errors.ts"
import { homeOf } from "../generations/home.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { noteAsked, toBegin } from "../generations/starts.ts"
import { RunTable } from "../runTable.ts"

export interface Ask {
  readonly limit: string
  readonly key: string
  readonly place: string
  readonly spec: LimitSpec
  readonly who: Waiting
}

/**
 * Puts who asks into the inbox of the limiter, which is started if it is not there, and once more if somebody has ended it. Whoever asks again, because a
 * turn was lost, is found to have asked. Answers with why that cannot be, if it cannot.
 */
export const askLimiter = Effect.fnUntraced(function* ({ key, limit, place, spec, who }: Ask) {
  const table = yield* RunTable
  const runId = limiterRunId(place)
  const at = yield* Clock.currentTimeMillis
  const found = yield* findNewest(runId)
  if (found.head === undefined && parseAddress(found.address).generation === 0) {
    const put = yield* table.put(runId, yield* firstStart(limit, key, spec, at))
    if (put._tag === "Exists" && put.message.kind === "start" && put.message.workflow !== limitWorkflow.workflowName)
      return takenBy(runId, put.message.workflow)
    // What is put behind it now would be for nobody. Its id is free as soon as it is gone.
    if (found.deleted !== undefined || (put._tag === "Exists" && put.message.kind === "deleted"))
      return yield* beingDeleted(runId)
  }
  if (found.head !== undefined && found.head.workflow !== limitWorkflow.workflowName)
    return takenBy(runId, found.head.workflow)
  const { address } = yield* openOf(found, limit, key, spec, at)
  const { payload } = Result.getOrThrow(limitNews.codec().encode({ _tag: "ask", who, spec }))
  const row: SignalMessage = { kind: "signal", at, name: limitNews.name, id: who.id, payload }
  const home = yield* homeOf(address, messageKey(row))
  if ("address" in home) yield* table.put(home.address, row)
  // Nobody deletes one so soon after it has ended. What came to one that was deleted is for nobody.
  const isLate = (yield* Clock.currentTimeMillis) - at > usualAskMs
  if (isLate && (yield* isGone(address))) return yield* beingDeleted(runId)
  return null
})

/** Of the minute for which one that has ended is left alone (`deletion/markDeleted.ts`). */
const usualAskMs = 20_000

const beingDeleted = (runId: string) =>
  Effect.fail(
    new StoreUnavailable({
      operation: "Limit.ask",
      message: `run ${runId}, by which runs of this key are held back, is being deleted, and begins anew after that`
    })
  )

/** Has it been deleted, be it to its last row? One that is about to begin has none yet: the one before it tells. */
const isGone = Effect.fnUntraced(function* (address: string) {
  const table = yield* RunTable
  const head = yield* table.readHead(address)
  if (head !== undefined) return !isPresent(head)
  const start = yield* table.readMessage(address, "start")
  if (start !== undefined) return start.kind === "deleted"
  const { generation, runId } = parseAddress(address)
  return generation === 0 || !(yield* isOver(addressOf(runId, generation - 1)))
})

/** And not deleted: another may have begun under its id since. */
const isOver = Effect.fnUntraced(function* (address: string) {
  const head = yield* (yield* RunTable).readHead(address)
  return head !== undefined && isPresent(head) && isTerminal(head.status)
})

const takenBy = (runId: string, workflow: string): string =>
  `the run id ${runId}, by which runs of this key are held back, is that of a run of workflow ${workflow}`

const inputOf = (limit: string, key: string, spec: LimitSpec) => {
  const state: LimitState = { limit, key, spec, holders: [], queue: [], given: [], gone: [], total: 0 }
  const { fingerprint, payload } = Result.getOrThrow(limitWorkflow.input().encode(state))
  return {
    workflow: limitWorkflow.workflowName,
    definitionVersion: limitWorkflow.version,
    fingerprint,
    input: payload
  }
}

const firstStart = (limit: string, key: string, spec: LimitSpec, at: number) =>
  Effect.sync((): StartMessage => ({ kind: "start", at, ...inputOf(limit, key, spec) }))

/** One that has ended begins anew: nobody is known to hold a place of it. */
const openOf = Effect.fnUntraced(function* (found: Newest, limit: string, key: string, spec: LimitSpec, at: number) {
  const newest = yield* toBegin(found)
  const { address, head } = newest
  if (head === undefined || !isTerminal(head.status) || head.status === "continued") return newest
  const table = yield* RunTable
  const { generation, runId } = parseAddress(address)
  const row: RestartMessage = {
    kind: "restart",
    at,
    id: `limit-${generation}`,
    policy: "afterFinish",
    ...inputOf(limit, key, spec)
  }
  yield* table.put(address, row)
  yield* noteAsked(newest, messageKey(row))
  // Whoever deletes it looks for this request when the run's head says that it is deleted; here it is the other way round.
  if (!(yield* isOver(address))) return yield* beingDeleted(runId)
  return { address: addressOf(runId, generation + 1), head: undefined } satisfies Newest
})
