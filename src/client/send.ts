import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { SignalSource } from "../actor/definitions/definition.ts"
import { checkCorrelation, checkSignalId } from "../actor/definitions/name.ts"
import { type ParkReason, SignalInvalid } from "../actor/errors.ts"
import { addressOf, parseAddress } from "../actor/history/generation.ts"
import { isTerminal } from "../actor/history/head.ts"
import { type Message, messageKey, type SentMessage, tracedBy } from "../actor/history/message.ts"
import { uuidFrom } from "../actor/port/seededRandom.ts"
import { fingerprint } from "../actor/values/json.ts"
import { fromPayload, isReference, type Payload } from "../actor/values/payload.ts"
import { bringForward } from "../store/generations/forward.ts"
import { type Home, homeOf } from "../store/generations/home.ts"
import type { Newest } from "../store/generations/newest.ts"
import { homeMark } from "../store/generations/nextGeneration.ts"
import { toBegin } from "../store/generations/starts.ts"
import { load, offload } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import type { SentBefore } from "../store/sending/sentBefore.ts"
import { SentEarlier } from "../store/sending/sentEarlier.ts"
import { unlessDeletedBefore } from "../store/sending/unlessDeleted.ts"
import { type RunFinished, RunParked, runFinished, SignalConflict } from "./errors.ts"
import { lookAgain, openNewest } from "./openNewest.ts"
import { CallersTrace } from "./tracing.ts"

// What runs are told while they go on. Whoever lost the answer asks again, and must get the one that was lost: the row that is
// there decides, whatever has become of the run since.

export const freshId = Effect.map(Random.Random, uuidFrom)

export interface SignalOptions {
  /** Makes it idempotent. Default: a fresh one. 1 to 128 printable ASCII characters, none of them a space. */
  readonly id?: string
  /** What it is for: only who waits for that, `signal.for(...)`, receives it. Default: for nothing in particular. */
  readonly for?: string
}

/** A signal that is one, as it will be sent. */
export interface CheckedSignal {
  readonly name: string
  readonly id: string
  readonly for?: string
  readonly payload: Payload
  readonly fingerprint: string
  /** Its sender has given it its id, and may send it again. */
  readonly isNamed: boolean
}

/** Nothing is written but the payload, if it is large. */
export const checkSignal = Effect.fnUntraced(function* <Name extends string, A>(
  { name, codec, correlation }: SignalSource<Name, A>,
  value: A,
  options: SignalOptions,
  /** Who is to receive it. */
  runId: string
) {
  const id = options.id ?? (yield* freshId)
  const wrongId = checkSignalId(id)
  if (wrongId !== undefined)
    return yield* new SignalInvalid({ signal: name, message: `id of signal ${name}: ${wrongId}` })
  const target = options.for ?? correlation
  const wrong =
    target !== undefined && correlation !== undefined && target !== correlation
      ? `it is both for ${JSON.stringify(correlation)} and for ${JSON.stringify(target)}`
      : target === undefined
        ? undefined
        : checkCorrelation(target)
  if (wrong !== undefined)
    return yield* new SignalInvalid({ signal: name, message: `what signal ${name} is for: ${wrong}` })
  const encoded = codec().encode(value)
  if (Result.isFailure(encoded)) {
    return yield* new SignalInvalid({
      signal: name,
      message: `payload of signal ${name} does not fit its schema: ${encoded.failure}`
    })
  }
  const payload = yield* offload(encoded.success.payload, runId)
  const { fingerprint } = encoded.success
  return {
    name,
    id,
    ...(target === undefined ? {} : { for: target }),
    payload,
    fingerprint,
    isNamed: options.id !== undefined
  } satisfies CheckedSignal
})

export const sendSignal = Effect.fnUntraced(function* (runId: string, signal: CheckedSignal, sent: SentBefore) {
  const { fingerprint: _, isNamed, ...fields } = signal
  const { name } = signal
  const at = yield* Clock.currentTimeMillis
  const row = { kind: "signal", at, ...fields, ...tracedBy(yield* CallersTrace) } as const
  const { there } = yield* putForOpenRun(runId, row, { what: `signal ${name}`, mayBeAgain: isNamed, sent })
  if (there !== undefined) yield* saysTheSame(runId, there, signal)
})

/** The signal that is there, and the one that is to be sent under its id: `SignalConflict` if they are two. */
export const saysTheSame = Effect.fnUntraced(function* (runId: string, there: Message, signal: CheckedSignal) {
  if (there.kind !== "signal") return
  const { fingerprint, id, name, payload } = signal
  const isOther = there.for !== signal.for
  if (!isOther && (yield* isSame(there.payload, payload, fingerprint))) return
  const what = isOther ? "for something else" : "with another payload"
  return yield* new SignalConflict({
    runId,
    signal: name,
    id,
    message: `signal ${name} with the id ${id} was sent to run ${runId} before, ${what}, and that one stands: give what is another signal another id`
  })
})

export const cancelRun = Effect.fnUntraced(function* (
  runId: string,
  reason: string | undefined,
  sent: SentBefore,
  to?: Newest
) {
  const at = yield* Clock.currentTimeMillis
  const { head } = yield* putForOpenRun(
    runId,
    {
      kind: "cancel",
      at,
      reason: reason?.slice(0, 1_000).toWellFormed() ?? null,
      ...tracedBy(yield* CallersTrace)
    },
    { what: "the cancellation", mayBeAgain: false, sent, to }
  )
  if (head?.status !== "parked" || head.parked === undefined || endsByCancel(head.parked)) return
  return yield* new RunParked({
    runId,
    reason: head.parked,
    message: `${whileParked(runId, head.parked, "cancelled")}: ${head.parked.message}. The cancellation is kept, and takes effect as soon as the run can go on; to end it now, without its compensations, terminate it`
  })
})

/** What a store has refused it may take by now, or the run may have less to write as it ends: its next turn shows. */
export const whileParked = (runId: string, reason: ParkReason, what: "cancelled" | "replaced"): string =>
  reason._tag === "WriteRefused"
    ? `run ${runId} is parked, and whether it can be ${what} its next turn shows`
    : `run ${runId} is parked and cannot be ${what} as it is`

export const endsByCancel = (reason: ParkReason): boolean => "endsByCancel" in reason && reason.endsByCancel === true

/** By value: the same fields in another order, as another language may write them, are the same. */
export const isSame = Effect.fnUntraced(function* (there: Payload, ours: Payload, ourFingerprint: string) {
  if (isReference(there) && isReference(ours) && there.sha256 === ours.sha256) return true
  const loaded = yield* Effect.result(load(there))
  if (loaded._tag === "Success") return fingerprint(fromPayload(loaded.success)) === ourFingerprint
  if (loaded.failure._tag === "StoreUnavailable") return yield* loaded.failure
  // What was sent before is lost or altered: nobody can say that it was this.
  return false
})

interface Sending {
  readonly what: string
  /** The sender has named it: it may have been sent before, to an earlier generation. */
  readonly mayBeAgain: boolean
  readonly sent: SentBefore
  /** The generation that it is for. Default: the newest, or the one that the run was asked to begin. */
  readonly to?: Newest | undefined
}

/** S1: accepted, or answered with what is wrong. Answers with the row that was there before, if one was, and with the head before it. */
export const putForOpenRun = Effect.fnUntraced(function* (
  runId: string,
  message: SentMessage,
  { what, mayBeAgain, sent, to }: Sending
) {
  const table = yield* RunTable
  const found = yield* openNewest(runId)
  const newest = to ?? (yield* toBegin(found))
  const { head } = newest
  const { generation } = parseAddress(newest.address)
  const key = messageKey(message)
  if (head !== undefined && isTerminal(head.status)) {
    // Accepted while the run went on, or as it ended: asked again, the answer is the same.
    const own = yield* table.readMessage(newest.address, key)
    // Whoever is told so may ask for another start next.
    if (own !== undefined) sent.noteSent(runId, message, { _tag: "Exists", message: own }, generation)
    const there = own ?? (yield* sentToEarlier(runId, generation, key))
    return { there: there ?? (yield* tooLate(runId, newest, what)), head }
  }
  // What is left in one that is about to be followed is for whoever begins the next.
  const before = generation > 0 && newest.address === found.address ? new SentEarlier(runId, newest, sent) : undefined
  yield* before?.bring ?? Effect.void
  const home: Home = mayBeAgain ? yield* homeOf(newest.address, key) : newest
  const stillThere = unlessDeletedBefore(`Client.${message.kind}`, runId, found, newest)
  if ("there" in home) {
    // Whoever is told so may send something else next.
    yield* bringForward(runId, [key], found)
    sent.noteSent(runId, message, { _tag: "Exists", message: home.there }, generation)
    yield* stillThere
    return { there: home.there, head }
  }
  const { address } = home
  const stored = yield* table.lastSent?.(address) ?? nothing
  yield* before?.bringOwn ?? Effect.void
  const ordered = sent.after(runId, message, stored)
  const put = yield* table.put(address, ordered)
  sent.noteSent(runId, ordered, put, parseAddress(address).generation)
  yield* stillThere
  if (put._tag === "Inserted") return { there: undefined, head }
  yield* bringForward(address, [key], found)
  return { there: put.message, head }
})

const nothing = Effect.succeed<ReadonlyArray<string>>([])

/** The row that a signal of this key became, if it was sent to a generation before this one. */
export const sentToEarlier = Effect.fnUntraced(function* (runId: string, generation: number, key: string) {
  const table = yield* RunTable
  if (generation === 0) return undefined
  const first = yield* table.readMessage(runId, key)
  if (first !== undefined) return first
  const home = yield* table.readMark(runId, homeMark(key))
  // Below zero: what another run sent under that id was dropped.
  return home === undefined || home < 0 ? undefined : yield* table.readMessage(addressOf(runId, home), key)
})

/** The run has ended, and has not had it. Unless it was deleted meanwhile: what it has had is gone as well. */
export const tooLate = Effect.fnUntraced(function* (runId: string, ended: Newest, what: string) {
  yield* lookAgain(runId, ended, 0)
  return yield* runFinished(runId, ended.head?.status as RunFinished["status"], what)
})
