import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CallbackHeartbeatMissed, CallbackTimedOut } from "../../errors.ts"
import type { Outcome } from "../../history/outcome.ts"
import { type Codec, lazyCodec, type Storable } from "../../values/codec.ts"
import { assertKnown, assertSchema, durationMs, show } from "../assertOptions.ts"
import { assertName } from "../name.ts"

/** How long a callback is waited for. */
export interface CallbackTiming {
  /** From when the callback is made, whoever waits and when; 1 ms or more. Default: none, as long as the run goes on. */
  readonly timeout?: Duration.Input
  /** The longest time between two signs of life of whoever holds the token, or before the first; 1 ms or more. Default: none are asked for. */
  readonly heartbeat?: Duration.Input
}

export interface CallbackOptions<A, E> extends CallbackTiming {
  /** What it is completed with. Default: any JSON. */
  readonly payload?: Storable<A>
  /** What it may be failed with. Default: nothing; a failure is a defect then, `CallbackFailed`. */
  readonly error?: Storable<E>
}

/** A question to somebody outside, who is given a token and answers once. */
export interface CallbackDefinition<Name extends string, A, E, Late = never> {
  readonly callbackName: Name
  readonly payload: () => Codec<A>
  readonly error: () => Codec<E>
  /** Undefined: none. */
  readonly timeoutMs: number | undefined
  readonly heartbeatMs: number | undefined
  /** What waiting for it may fail with, besides `E`. For types alone. */
  readonly "~late"?: Late
}

export type AnyCallback = CallbackDefinition<string, any, any, any>

/** The failures that a timing can lead to. */
export type LateErrors<Timing> =
  | (Timing extends { readonly timeout: Duration.Input } ? CallbackTimedOut : never)
  | (Timing extends { readonly heartbeat: Duration.Input } ? CallbackHeartbeatMissed : never)

/**
 * A callback that is named before it is made, so that whoever completes it can be typed as well: `client.completeCallback(token, value, { as })`.
 *
 * @example
 * export const approval = defineCallback("approval", { payload: Schema.Struct({ by: Schema.String }), timeout: "3 days" })
 */
export const defineCallback = <
  const Name extends string,
  A = Schema.Json,
  E = never,
  const Timing extends CallbackTiming = CallbackTiming
>(
  name: Name,
  options?: Omit<CallbackOptions<A, E>, keyof CallbackTiming> & Timing
): CallbackDefinition<Name, A, E, LateErrors<Timing>> => {
  assertName("callback", name)
  const what = `callback ${name}`
  const given: CallbackOptions<A, E> = options ?? {}
  assertKnown(what, given, ["payload", "error", "timeout", "heartbeat"])
  if ("payload" in given) assertSchema(what, "payload", given.payload)
  if ("error" in given) assertSchema(what, "error", given.error)
  return {
    callbackName: name,
    payload: lazyCodec(given.payload ?? (Schema.Json as unknown as Storable<A>)),
    error: lazyCodec(given.error ?? (Schema.Never as unknown as Storable<E>)),
    timeoutMs: limitMs(`${what}: timeout`, given.timeout),
    heartbeatMs: limitMs(`${what}: heartbeat`, given.heartbeat)
  }
}

const limitMs = (what: string, input: Duration.Input | undefined): number | undefined => {
  if (input === undefined) return undefined
  const ms = durationMs(what, input)
  if (ms < 1) throw new RangeError(`${what} is ${show(input)}: 1 ms or more; leave it out for none`)
  return Number.isFinite(ms) ? Math.ceil(ms) : undefined
}

/** A callback of one run, as the runtime has it. */
export interface CallbackSlot {
  readonly key: string
  /** The run that it is of, as the store knows it. */
  readonly address: string
  /** A head that has adopted as many messages has it open, or is done with it. */
  readonly index: number
  /** From here on it can be answered. `expiresAt`: epoch milliseconds; undefined: never. */
  readonly open: (expiresAt: number | undefined) => Effect.Effect<void>
  readonly answered: () => CallbackAnswer | undefined
  /** Undefined: it was closed before it was answered. */
  readonly answer: Effect.Effect<CallbackAnswer | undefined>
  readonly isClosed: () => boolean
  /** Whoever answers now comes too late. */
  readonly close: Effect.Effect<void>
}

export interface CallbackAnswer {
  readonly outcome: Outcome
  /** The run's time as it came. */
  readonly at: number
}
