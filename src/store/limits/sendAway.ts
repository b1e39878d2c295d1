import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { isLimiter, limitWorkflowName } from "../../actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../actor/calls/limits/limitParts.ts"
import type { LimitNews, LimitState, Waiting } from "../../actor/calls/limits/limitSpec.ts"
import { limitWorkflow } from "../../actor/calls/limits/limitWorkflow.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { endOf, type Head } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import type { Notice } from "../commits.ts"
import { load } from "../payloads.ts"
import { putNotices } from "../putNotices.ts"
import { adoptedOrder } from "../reading/wholeRun.ts"
import { RunTable, type StoredRun } from "../runTable.ts"

/**
 * Of a limiter that is over: those who have asked it and that nobody will hear are told to ask whoever comes after it. Who was given a place has the answer to
 * that question, and so is told nothing else. Does nothing for other runs.
 */
export const sendAway = Effect.fnUntraced(function* (address: string, head: Head, stored: StoredRun) {
  const notices = yield* sendingAway(address, head, stored)
  if (notices.length > 0) yield* putNotices(yield* RunTable, notices, address)
})

/** The same as rows. `head`: the last. */
export const sendingAway = Effect.fnUntraced(function* (address: string, head: Head, stored: StoredRun) {
  if (!isLimiter(address)) return none
  const at = yield* Clock.currentTimeMillis
  const unheard = newsOf(unadopted(head, stored))
  const tag = endOf(head)?.tag
  // One that was cancelled has sent away all that it had heard of, and one that goes on takes them along.
  const isCutOff = tag !== "cancelled" && tag !== "continued"
  const heard = isCutOff ? newsOf(stored.messages) : unheard
  const queue = isCutOff ? yield* queueOf(address, stored) : []
  const left = new Set(heard.flatMap((news) => (news._tag === "leave" ? [news.id] : [])))
  const asked = heard.flatMap((news) => (news._tag === "ask" && news.who.insists !== true ? [news.who] : []))
  return [...queue, ...asked].filter(({ id }) => !left.has(id)).map((one) => awayNotice(one, at))
})

const none: ReadonlyArray<Notice> = []

const unadopted = (head: Head, stored: StoredRun): ReadonlyArray<Message> => {
  const adopted = new Set(adoptedOrder(head, stored).map(adoptedKey))
  return stored.messages.filter((row) => !adopted.has(messageKey(row)))
}

const newsOf = (rows: ReadonlyArray<Message>): ReadonlyArray<LimitNews> =>
  rows.flatMap((row) => {
    if (row.kind !== "signal" || row.name !== limitWorkflowName) return []
    const decoded = limitNews.codec().decode(row.payload)
    return Result.isSuccess(decoded) ? [decoded.success] : []
  })

/** Those that the generation before has handed over. */
const queueOf = Effect.fnUntraced(
  function* (_address: string, { messages }: StoredRun) {
    const start = messages.find(({ kind }) => kind === "start")
    if (start?.kind !== "start") return []
    const decoded = limitWorkflow.input().decode(yield* load(start.input))
    return Result.isSuccess(decoded) ? (decoded.success as LimitState).queue : []
  },
  (effect, address) => {
    const give = ({ message }: { readonly message: string }) =>
      Effect.as(
        Effect.logError(
          `run ${placeOfAddress(address)} is over, and who had waited there for a place when it began is not known: ${message}`
        ),
        [] as ReadonlyArray<Waiting>
      )
    return Effect.catchTags(effect, { PayloadMissing: give, PayloadAltered: give, StoreRefused: give })
  }
)

const awayNotice = ({ channel, id, run }: Waiting, at: number): Notice => ({
  runId: run,
  message: {
    kind: "signal",
    at,
    name: placeGiven.name,
    id,
    for: channel,
    payload: Result.getOrThrow(placeGiven.codec().encode({ id, again: true })).payload
  }
})
