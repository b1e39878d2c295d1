import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { heartbeatId } from "../actor/calls/callback.ts"
import type { AnyCallback, CallbackDefinition } from "../actor/definitions/callbacks/callback.ts"
import { checkSignalId } from "../actor/definitions/name.ts"
import type { RunNotFound } from "../actor/errors.ts"
import { commandId } from "../actor/history/command.ts"
import { runIdOf } from "../actor/history/generation.ts"
import { type Head, isTerminal } from "../actor/history/head.ts"
import { type CallbackMessage, tracedBy } from "../actor/history/message.ts"
import { lazyCodec, type Storable } from "../actor/values/codec.ts"
import { fingerprint } from "../actor/values/json.ts"
import type { Encoded } from "../actor/values/payload.ts"
import { fromPayload, isReference } from "../actor/values/payload.ts"
import { Heartbeats } from "../store/beside/heartbeats.ts"
import type { CallbackKeys } from "../store/callbacks/callbackKeys.ts"
import { type CallbackClaim, nameOfKey, readToken } from "../store/callbacks/callbackToken.ts"
import { runGone } from "../store/deletion/gone.ts"
import type { StoreRefused, StoreUnavailable } from "../store/errors.ts"
import { asItWas, newestFrom } from "../store/generations/newest.ts"
import { load, offload, type Payloads } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { tracerOf } from "../store/telemetry/tracing.ts"
import {
  CallbackAltered,
  CallbackClosed,
  CallbackExpired,
  CallbackForged,
  CallbackInvalid,
  CallbackUsed
} from "./callbackErrors.ts"
import { hasEnded, RunFinished } from "./errors.ts"
import { freshId } from "./send.ts"
import { CallersTrace, traced } from "./tracing.ts"

// What holders of tokens do. A token is all that they need, and all that they can do is with its one callback.

export interface AnswerOptions<Definition = AnyCallback> {
  /** The callback that the token is of: the value is checked by its schema before anything is written. Default: any JSON is taken. */
  readonly as?: Definition
  /** The value is as the callback's schema encodes it to JSON, and not what that JSON stands for. Default: false. */
  readonly isJson?: boolean
  /** Makes the answer idempotent: sent again with the same id and value, it is acknowledged again. Default: a fresh one. */
  readonly id?: string
}

export type AnswerError =
  | CallbackForged
  | CallbackAltered
  | CallbackExpired
  | CallbackUsed
  | CallbackClosed
  | CallbackInvalid
  | RunFinished
  | RunNotFound
  | StoreUnavailable
  | StoreRefused

/** What a client does with callbacks. */
export interface CallbackClient {
  /**
   * Answers a callback by its token, with a value. Returns when the answer is durable; the run gets it with its next turn. Nothing is
   * written where it fails.
   *
   * @example
   * yield* client.completeCallback(token, { by: "Ada" }, { as: approval })
   */
  readonly completeCallback: <A = unknown>(
    token: string,
    value?: A,
    options?: AnswerOptions<CallbackDefinition<string, A, any, any>>
  ) => Effect.Effect<void, AnswerError>
  /** Answers a callback by its token, with an error: the run's `receive` fails with it. */
  readonly failCallback: <E = unknown>(
    token: string,
    error?: E,
    options?: AnswerOptions<CallbackDefinition<string, any, E, any>>
  ) => Effect.Effect<void, AnswerError>
  /** Whoever is to answer is alive, and needs more time. Neither answers the callback nor lengthens its time-out; turns nothing. */
  readonly heartbeatCallback: (token: string) => Effect.Effect<void, Exclude<AnswerError, CallbackInvalid>>
}

type Services = RunTable | Payloads | CallbackKeys | Heartbeats

export const callbackClient = (context: Context.Context<Services>): CallbackClient => {
  const own = tracerOf(context as Context.Context<never>)
  const provide = <A, E>(name: string, effect: Effect.Effect<A, E, Services>) =>
    traced(own, name, {}, Effect.provideContext(effect, context))
  return {
    completeCallback: (token, value, options = {}) =>
      provide("completeCallback", answerCallback(token, { tag: "succeeded", value, options })),
    failCallback: (token, value, options = {}) =>
      provide("failCallback", answerCallback(token, { tag: "failed", value, options })),
    heartbeatCallback: (token) => provide("heartbeatCallback", beatCallback(token))
  }
}

interface Answer {
  readonly tag: "succeeded" | "failed"
  readonly value: unknown
  readonly options: AnswerOptions<any>
}

const anyJson = lazyCodec(Schema.Json as Storable<any>)

/** Acknowledged when the row is durable: the run gets it with its next turn, unless its time-out comes at the same moment and was first. */
export const answerCallback = Effect.fnUntraced(function* (token: string, { tag, value, options }: Answer) {
  const claim = yield* claimOf(token)
  const { address, key } = claim
  const id = options.id ?? (yield* freshId)
  const wrong = checkSignalId(id)
  if (wrong !== undefined) return yield* new CallbackInvalid({ message: `the id of an answer, ${wrong}` })
  const encoded = yield* Effect.result(encode(claim, { tag, value, options }))
  /** What stands already decides, whatever has become of the run since: who has lost the answer asks again. */
  const settle = Effect.fnUntraced(function* (there: CallbackMessage) {
    const same = Result.isSuccess(encoded) && (yield* isSame(there, tag, encoded.success))
    if (same && there.id === id) return
    return yield* used(claim, there, same)
  })
  const before = yield* lookUp(claim, options.id !== undefined)
  if (before._tag === "Answered") return yield* settle(before.there)
  if (before._tag === "Refused") return yield* before.error
  if (Result.isFailure(encoded)) return yield* encoded.failure
  const table = yield* RunTable
  const payload = yield* offload(encoded.success.payload, claim.address)
  const at = yield* Clock.currentTimeMillis
  const put = yield* table.put(address, {
    kind: "callback",
    at,
    key,
    id,
    outcome: { tag, payload },
    ...tracedBy(yield* CallersTrace)
  })
  if (put._tag === "Exists" && put.message.kind === "callback") return yield* settle(put.message)
})

/** Whoever holds the token is alive. Turns nothing: the run looks when it is due. */
export const beatCallback = Effect.fnUntraced(function* (token: string) {
  const claim = yield* claimOf(token)
  const found = yield* lookUp(claim, false)
  if (found._tag === "Answered") return yield* used(claim, found.there, false)
  if (found._tag === "Refused") return yield* found.error
  const heartbeats = yield* Heartbeats
  yield* heartbeats.beat(claim.address, heartbeatId(claim.key), yield* Clock.currentTimeMillis)
})

const claimOf = Effect.fnUntraced(function* (token: string) {
  const verdict = yield* readToken(token)
  switch (verdict._tag) {
    case "Valid":
      return verdict.claim
    case "Forged":
      return yield* new CallbackForged({
        message: "this is no token of a callback here: none of the keys of this deployment has signed it"
      })
    case "Altered":
      return yield* new CallbackAltered({
        message:
          "this is not the token that was given out: it was altered or cut short on its way, or is another tenant's"
      })
  }
})

const encode = Effect.fnUntraced(function* (claim: CallbackClaim, { tag, value, options }: Answer) {
  const { as } = options as AnswerOptions<AnyCallback>
  const name = nameOf(claim)
  if (as !== undefined && as.callbackName !== name) {
    return yield* new CallbackInvalid({ message: `the token is of callback ${name}, and not of ${as.callbackName}` })
  }
  const { isJson = as === undefined } = options as AnswerOptions<AnyCallback>
  const typed = as === undefined ? anyJson() : tag === "succeeded" ? as.payload() : as.error()
  const encoded = (isJson ? anyJson() : typed).encode(isJson ? (value ?? null) : value)
  const fits = Result.flatMap(encoded, (json) =>
    isJson ? Result.map(typed.decode(json.payload), () => json) : encoded
  )
  if (Result.isSuccess(fits)) return fits.success
  const what = tag === "succeeded" ? "payload" : "error"
  const why = as === undefined ? "is no JSON" : "does not fit its schema"
  return yield* new CallbackInvalid({ message: `the ${what} of callback ${name} ${why}: ${fits.failure}` })
})

type Found =
  | { readonly _tag: "Open" }
  | { readonly _tag: "Answered"; readonly there: CallbackMessage }
  | { readonly _tag: "Refused"; readonly error: CallbackExpired | CallbackClosed | RunFinished | RunNotFound }

const open: Found = { _tag: "Open" }

/** `isRepeat`: it may be an answer that was taken before, and then it does not matter how late it is. */
const lookUp = Effect.fnUntraced(function* (claim: CallbackClaim, isRepeat: boolean) {
  const { address, key, index, expiresAt } = claim
  const table = yield* RunTable
  const now = yield* Clock.currentTimeMillis
  const runId = runIdOf(claim.address)
  if (expiresAt !== undefined && now >= expiresAt) {
    const error = new CallbackExpired({ runId, expiredAt: expiresAt, message: expired(claim, expiresAt) })
    return isRepeat ? yield* unlessAnswered(claim, error) : ({ _tag: "Refused", error } satisfies Found as Found)
  }
  const head = yield* table.readHead(address)
  if (head === undefined) {
    // The turn that has made it is not through yet.
    const start = yield* table.readMessage(address, "start")
    if (start?.kind === "start") return open
    return { _tag: "Refused", error: runGone(runId, start) } satisfies Found
  }
  // A run that has gone on as new may be over by now, or not: what this generation has made is closed in any case.
  const { deleted, head: last } = yield* asItWas(yield* newestFrom({ address, head }))
  if (deleted !== undefined) return { _tag: "Refused", error: runGone(runId, undefined, deleted) } satisfies Found
  if (last !== undefined && isTerminal(last.status)) return yield* unlessAnswered(claim, over(claim, last))
  const isOpen = head.open.some((record) => record.kind === "callback" && record.key === key)
  // The turn that has made it is not through yet: a step in the middle of it has handed out the token.
  if (isOpen || (head.adopted < index && head.status !== "continued")) return open
  const message = `callback ${nameOf(claim)} of run ${runId} is closed: nobody waits for it any more`
  return yield* unlessAnswered(claim, new CallbackClosed({ runId, message }))
})

/** The answer that is there tells more than that the callback is closed or its run over. */
const unlessAnswered = Effect.fnUntraced(function* (
  { address, key }: CallbackClaim,
  error: CallbackExpired | CallbackClosed | RunFinished
) {
  const table = yield* RunTable
  const there = yield* table.readMessage(address, commandId("callback", key))
  if (there?.kind === "callback") return { _tag: "Answered", there } satisfies Found as Found
  return { _tag: "Refused", error } satisfies Found as Found
})

const used = (claim: CallbackClaim, { outcome }: CallbackMessage, isSame: boolean) => {
  const how = outcome.tag === "succeeded" ? "completed" : "failed"
  return new CallbackUsed({
    runId: runIdOf(claim.address),
    isSame,
    message: `callback ${nameOf(claim)} of run ${runIdOf(claim.address)} was ${how} before, and that answer stands: a token works once`
  })
}

const over = (claim: CallbackClaim, { status }: Head): RunFinished => {
  const runId = runIdOf(claim.address)
  return new RunFinished({
    runId,
    status: status as RunFinished["status"],
    message: `run ${runId} ${hasEnded(status)}: the answer to callback ${nameOf(claim)} comes too late`
  })
}

const expired = (claim: CallbackClaim, expiresAt: number): string =>
  `the token of callback ${nameOf(claim)} of run ${runIdOf(claim.address)} has expired, ${new Date(expiresAt).toISOString()} was its last moment`

/** By value, as signals are compared. */
const isSame = Effect.fnUntraced(function* (
  there: CallbackMessage,
  tag: Answer["tag"],
  { payload: ours, fingerprint: ourFingerprint }: Encoded
) {
  const { outcome } = there
  if (outcome.tag !== tag) return false
  if (isReference(outcome.payload) && isReference(ours) && outcome.payload.sha256 === ours.sha256) return true
  const loaded = yield* Effect.result(load(outcome.payload))
  if (loaded._tag === "Success") return fingerprint(fromPayload(loaded.success)) === ourFingerprint
  if (loaded.failure._tag === "StoreUnavailable") return yield* loaded.failure
  // What was sent before is lost or altered: nobody can say that it was this.
  return false
})

const nameOf = ({ key }: CallbackClaim): string => nameOfKey(key)
