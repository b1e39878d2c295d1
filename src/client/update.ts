import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { UpdateDefinition } from "../actor/definitions/definition.ts"
import { checkSignalId } from "../actor/definitions/name.ts"
import { nextAddress, parseAddress } from "../actor/history/generation.ts"
import { type Head, isTerminal } from "../actor/history/head.ts"
import { tracedBy } from "../actor/history/message.ts"
import { type Reply, type UpdateFailure, updateFailureReasons } from "../actor/history/reply.ts"
import type { Codec } from "../actor/values/codec.ts"
import type { Json } from "../actor/values/json.ts"
import { fromPayload } from "../actor/values/payload.ts"
import { Replies } from "../store/beside/replies.ts"
import { runGone } from "../store/deletion/gone.ts"
import { findAsItWas, type Newest } from "../store/generations/newest.ts"
import { load, offload } from "../store/payloads.ts"
import { heldReplies } from "../store/reading/heldReplies.ts"
import { RunTable } from "../store/runTable.ts"
import type { SentBefore } from "../store/sending/sentBefore.ts"
import { hasEnded, OutcomeUnreadable, RunParked, UpdateConflict, UpdateFailed, UpdateInvalid } from "./errors.ts"
import { lookAgain } from "./openNewest.ts"
import { freshId, isSame, putForOpenRun, sentToEarlier } from "./send.ts"
import { CallersTrace } from "./tracing.ts"

export interface UpdateRequestOptions {
  /**
   * Makes it idempotent: asked again with the same id and input, also once the run has ended, the answer is the one that was given. With another
   * input it is an `UpdateConflict`. Default: a fresh one.
   */
  readonly id?: string
  /** Fail with `RunParked` when the run is parked, instead of waiting until it goes on. Default false. */
  readonly failWhenParked?: boolean
}

type AnyUpdate<Name extends string, In, Out, Err> = UpdateDefinition<Name, In, Out, Err>

/** Returns when it is durable, with the id under which to ask for the answer. */
export const sendUpdate = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  runId: string,
  update: AnyUpdate<Name, In, Out, Err>,
  input: In,
  givenId: string | undefined,
  sent: SentBefore
) {
  const id = givenId ?? (yield* freshId)
  const { updateName: name } = update
  const wrong = checkSignalId(id)
  if (wrong !== undefined) return yield* new UpdateInvalid({ update: name, message: `id of update ${name}: ${wrong}` })
  const encoded = update.input().encode(input)
  if (Result.isFailure(encoded)) {
    return yield* new UpdateInvalid({
      update: name,
      message: `input of update ${name} does not fit its schema: ${encoded.failure}`
    })
  }
  const payload = yield* offload(encoded.success.payload, runId)
  const at = yield* Clock.currentTimeMillis
  const { there } = yield* putForOpenRun(
    runId,
    { kind: "update", at, name, id, payload, ...tracedBy(yield* CallersTrace) },
    // Who waits for its answer is to find it, in whatever generation the run is by then.
    { what: `update ${name}`, mayBeAgain: true, sent }
  )
  if (there?.kind !== "update" || (yield* isSame(there.payload, payload, encoded.success.fingerprint))) return id
  return yield* new UpdateConflict({
    runId,
    update: name,
    id,
    message: `update ${name} with the id ${id} was sent to run ${runId} before, with another input, and that one stands: give what is another update another id`
  })
})

/**
 * Waits for the answer. The head is read first: replies of the commits before it are there by then, and it holds those of its own. So a
 * run that has ended, and has no answer, will never have one.
 */
export const waitForReply = Effect.fnUntraced(function* (
  runId: string,
  name: string,
  id: string,
  options: { readonly failWhenParked?: boolean } = {}
) {
  const table = yield* RunTable
  // Not each store can be asked for such a row.
  if (checkSignalId(id) !== undefined) return yield* notSent(runId, name, id)
  let isFirst = true
  let newest = yield* findAsItWas(runId)
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 1.5, 1_000)) {
    const { address, head } = newest
    const reply = yield* findReply(runId, head, name, id)
    if (reply !== undefined) return reply
    if (head !== undefined && isTerminal(head.status) && !(yield* isToCome(address, name, id))) {
      // The answer may have gone with it.
      yield* lookAgain(runId, newest, 0)
      return yield* unanswered(runId, name, id, head)
    }
    if (options.failWhenParked === true && head?.status === "parked" && head.parked !== undefined) {
      return yield* new RunParked({
        runId,
        reason: head.parked,
        message: `run ${runId} is parked: ${head.parked.message}. The update is kept, and is answered as soon as the run can go on`
      })
    }
    if (isFirst) yield* checkSent(runId, newest, name, id)
    isFirst = false
    yield* table.headChanged(address, waitMs, head?.version ?? 0)
    newest = yield* lookAgain(runId, newest, waitMs)
  }
})

/** Nobody would ever answer. */
const checkSent = Effect.fnUntraced(function* (
  runId: string,
  { address, deleted, head }: Newest,
  update: string,
  id: string
) {
  const table = yield* RunTable
  const key = `update/${update}/${id}`
  if ((yield* table.readMessage(address, key)) !== undefined) return
  if (address !== runId && (yield* sentToEarlier(runId, parseAddress(address).generation, key)) !== undefined) return
  if (address === runId && head === undefined) {
    const start = yield* table.readMessage(runId, "start")
    if (start?.kind !== "start" || deleted !== undefined) return yield* runGone(runId, start, deleted)
  }
  return yield* notSent(runId, update, id)
})

const notSent = (runId: string, update: string, id: string) => {
  const message = `no update ${update} with the id ${id} was sent to run ${runId}`
  return new UpdateFailed({ runId, update, id: String(id), reason: "notSent", message })
}

/** It was sent to a start that is still to come. */
const isToCome = Effect.fnUntraced(function* (address: string, name: string, id: string) {
  const table = yield* RunTable
  return (yield* table.readMessage(nextAddress(address), `update/${name}/${id}`)) !== undefined
})

const findReply = Effect.fnUntraced(function* (runId: string, head: Head | undefined, name: string, id: string) {
  const replies = yield* Replies
  const isIt = (reply: Reply) => reply.name === name && reply.id === id
  const held = head === undefined ? undefined : (yield* heldReplies(head)).find(isIt)
  return held ?? (yield* replies.read(runId, name, id))
})

const unanswered = (runId: string, update: string, id: string, { status }: Head) =>
  new UpdateFailed({
    runId,
    update,
    id,
    reason: "runEnded",
    message: `run ${runId} ${hasEnded(status)} before it answered update ${update}`
  })

/** The answer that a reply holds, or in the error channel the typed error, or `UpdateFailed`. */
export const answerOf = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  runId: string,
  update: AnyUpdate<Name, In, Out, Err>,
  { id, outcome }: Reply
) {
  const payload = yield* load(outcome.payload)
  const { updateName: name } = update
  switch (outcome.tag) {
    case "succeeded":
      return yield* decoded(update.output(), payload, runId, name)
    case "failed":
      return yield* Effect.flatMap(decoded(update.error(), payload, runId, name), (error) => Effect.fail(error))
    default:
      return yield* failureOf(runId, name, id, fromPayload(payload))
  }
})

export const failureOf = (runId: string, update: string, id: string, stored: Json): UpdateFailed => {
  const { reason, message, cause } = stored as unknown as UpdateFailure
  const known = updateFailureReasons.find((one) => one === reason) ?? "died"
  const told = { runId, update, id, reason: known, message: `run ${runId}: ${message}` }
  return new UpdateFailed(cause === undefined ? told : { ...told, cause: cause as Json })
}

const decoded = <A>(
  codec: Codec<A>,
  payload: { readonly json: string },
  runId: string,
  name: string
): Effect.Effect<A, OutcomeUnreadable> => {
  const result = codec.decode(payload)
  if (Result.isSuccess(result)) return Effect.succeed(result.success)
  const message = `the answer of run ${runId} to update ${name} does not decode: ${result.failure}`
  return Effect.fail(new OutcomeUnreadable({ runId, message }))
}
