import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { SignalSource } from "../actor/definitions/definition.ts"
import { checkCorrelation, checkSignalId } from "../actor/definitions/name.ts"
import { type ParkReason, RunNotFound, SignalInvalid } from "../actor/errors.ts"
import { type Head, isTerminal } from "../actor/history/head.ts"
import { messageKey, type SentMessage } from "../actor/history/message.ts"
import { uuidFrom } from "../actor/port/seededRandom.ts"
import { fingerprint } from "../actor/values/json.ts"
import { fromPayload, isReference, type Payload } from "../actor/values/payload.ts"
import { load, offload } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { RunFinished, RunParked, SignalConflict } from "./errors.ts"
import type { SentBefore } from "./sentBefore.ts"

// What runs are told while they go on. Whoever lost the answer asks again, and must get the one that was lost: the row that is
// there decides, whatever has become of the run since.

export const freshId = Effect.map(Random.Random, uuidFrom)

export interface SignalOptions {
  /** Makes it idempotent. Default: a fresh one. 1 to 128 printable ASCII characters. */
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
}

/** Nothing is written but the payload, if it is large. */
export const checkSignal = Effect.fnUntraced(function* <Name extends string, A>(
  { name, codec, correlation }: SignalSource<Name, A>,
  value: A,
  options: SignalOptions
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
  const payload = yield* offload(encoded.success.payload)
  const { fingerprint } = encoded.success
  return { name, id, ...(target === undefined ? {} : { for: target }), payload, fingerprint } satisfies CheckedSignal
})

export const sendSignal = Effect.fnUntraced(function* (runId: string, signal: CheckedSignal, sent: SentBefore) {
  const { fingerprint, ...fields } = signal
  const { name, id, payload } = signal
  const at = yield* Clock.currentTimeMillis
  const { there } = yield* putForOpenRun(runId, { kind: "signal", at, ...fields }, `signal ${name}`, sent)
  if (there?.kind !== "signal") return
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

export const cancelRun = Effect.fnUntraced(function* (runId: string, reason: string | undefined, sent: SentBefore) {
  const at = yield* Clock.currentTimeMillis
  const { head } = yield* putForOpenRun(
    runId,
    { kind: "cancel", at, reason: reason?.slice(0, 1_000).toWellFormed() ?? null },
    "the cancellation",
    sent
  )
  if (head?.status !== "parked" || head.parked === undefined || endsByCancel(head.parked)) return
  return yield* new RunParked({
    runId,
    reason: head.parked,
    message: `run ${runId} is parked and cannot be cancelled as it is: ${head.parked.message}. The cancellation is kept, and takes effect as soon as the run can go on; nothing ends a run by force yet`
  })
})

const endsByCancel = (reason: ParkReason): boolean => "endsByCancel" in reason && reason.endsByCancel === true

/** By value: the same fields in another order, as another language may write them, are the same. */
export const isSame = Effect.fnUntraced(function* (there: Payload, ours: Payload, ourFingerprint: string) {
  if (isReference(there) && isReference(ours) && there.sha256 === ours.sha256) return true
  const loaded = yield* Effect.result(load(there))
  if (loaded._tag === "Success") return fingerprint(fromPayload(loaded.success)) === ourFingerprint
  if (loaded.failure._tag === "StoreUnavailable") return yield* loaded.failure
  // What was sent before is lost or altered: nobody can say that it was this.
  return false
})

/** S1: accepted, or answered with what is wrong. Answers with the row that was there before, if one was, and with the head before it. */
export const putForOpenRun = Effect.fnUntraced(function* (
  runId: string,
  message: SentMessage,
  what: string,
  sent: SentBefore
) {
  const table = yield* RunTable
  const head = yield* table.readHead(runId)
  if (head !== undefined && isTerminal(head.status)) {
    // Accepted while the run went on, or as it ended: asked again, the answer is the same.
    const there = yield* table.readMessage(runId, messageKey(message))
    return { there: there ?? (yield* tooLate(runId, head, what)), head }
  }
  if (head === undefined && (yield* table.readMessage(runId, "start")) === undefined) {
    return yield* new RunNotFound({ runId, message: `there is no run ${runId}` })
  }
  const ordered = sent.after(runId, message, yield* table.lastSent?.(runId) ?? nothing)
  const put = yield* table.put(runId, ordered)
  sent.noteSent(runId, ordered, put)
  return { there: put._tag === "Exists" ? put.message : undefined, head }
})

const nothing = Effect.succeed<ReadonlyArray<string>>([])

const tooLate = (runId: string, { status }: Head, what: string): RunFinished => {
  const ended = status === "cancelled" ? "was cancelled" : `has ${status}`
  return new RunFinished({
    runId,
    status: status as RunFinished["status"],
    message: `run ${runId} ${ended}: ${what} comes too late`
  })
}
