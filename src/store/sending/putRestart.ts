import * as Effect from "effect/Effect"
import { parseAddress } from "../../actor/history/generation.ts"
import { messageKey, type RestartMessage } from "../../actor/history/message.ts"
import type { StoreUnavailable } from "../errors.ts"
import { bringForward } from "../generations/forward.ts"
import { homeOfRestart } from "../generations/home.ts"
import { findNewest, type Newest } from "../generations/newest.ts"
import { noteAsked, toBegin } from "../generations/starts.ts"
import { RunTable } from "../runTable.ts"
import type { SentBefore } from "./sentBefore.ts"
import { SentEarlier } from "./sentEarlier.ts"
import { unlessDeleted } from "./unlessDeleted.ts"

interface Request {
  /** Its sender has given it its id, and may send it again. */
  readonly isNamed: boolean
  readonly sent: SentBefore
  /** The generation that it is to come behind. Default: the newest, or the one that the run was asked to begin. */
  readonly behind?: Newest
}

/**
 * A start of a run that is there: it is asked for by a row, and whoever turns the run begins it. Answers with the row that was there, if this was asked before, with
 * where it is, the generation that it is behind, and with the run as it was found then. `RunNotFound`: it was deleted.
 */
export const putRestart = Effect.fnUntraced(function* (
  runId: string,
  message: RestartMessage,
  { behind, isNamed, sent }: Request
) {
  const table = yield* RunTable
  const found = yield* findNewest(runId)
  // Behind all that was sent to the start that is to come: what this one is to come after has begun by then, or begins.
  const newest = behind ?? (yield* toBegin(found))
  const { generation } = parseAddress(newest.address)
  const key = messageKey(message)
  const stillThere = <R>(find: Effect.Effect<Newest, StoreUnavailable, R>) => unlessDeleted("Client.start", runId, find)
  const before = generation > 0 && newest.address === found.address ? new SentEarlier(runId, newest, sent) : undefined
  yield* before?.bring ?? Effect.void
  const home = isNamed ? yield* homeOfRestart(newest.address, key) : newest
  if ("there" in home) {
    yield* bringForward(runId, [key], found)
    yield* noteAsked(found, key)
    sent.noteSent(runId, message, { _tag: "Exists", message: home.there }, generation)
    // Another try of it may have put it a moment ago, and nobody can say yet whether it came in time.
    yield* stillThere(findNewest(runId, parseAddress(found.address).generation))
    return { there: home.there, address: runId, generation, now: found, head: undefined }
  }
  const { address } = home
  const stored = yield* table.lastSent?.(address) ?? none
  yield* before?.bringOwn ?? Effect.void
  const ordered = sent.after(runId, message, stored)
  const put = yield* table.put(address, ordered)
  sent.noteSent(runId, ordered, put, parseAddress(address).generation)
  const there = put._tag === "Exists" ? put.message : undefined
  if (there !== undefined) yield* bringForward(address, [key], found)
  // Once the run has ended, what is sent to it is for what comes.
  yield* noteAsked({ address }, key)
  const now = yield* stillThere(findNewest(runId, parseAddress(address).generation))
  // It may have gone on meanwhile.
  if (now.address !== address) yield* bringForward(address, [key], now)
  // Whoever deletes it looks for this request when the run's head says that it is deleted; here it is the other way round.
  const last = yield* stillThere(findNewest(runId, parseAddress(now.address).generation))
  return { there, address, generation, now: last, head: last.head }
})

const none: Effect.Effect<ReadonlyArray<string>> = Effect.succeed([])
