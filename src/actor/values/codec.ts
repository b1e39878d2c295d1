import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Json, NotJson } from "./json.ts"
import { fromPayload, type InlinePayload, type Payload, toPayload } from "./payload.ts"

/** A schema whose values can be stored without services: what inputs, outputs, errors and signals are made of. */
export type Storable<T> = Schema.Codec<T, any, never, never>

/** Between a typed value and its stored form. Both directions answer with a sentence on failure, never with a throw. */
export interface Codec<T> {
  // A method, not a property: a codec of `never` (no declared error) must be one of `any` too, for `AnyStep` and `AnyWorkflow`.
  encode(value: T): Result.Result<{ readonly payload: InlinePayload; readonly fingerprint: string }, string>
  /** What it was made of: test harnesses derive values from it. */
  readonly schema: Storable<any>
  readonly decode: (payload: Payload) => Result.Result<T, string>
}

/**
 * The codec of a schema. `toCodecJson` makes dates, bigints, maps, `undefined` and errors round-trip; what no JSON can hold
 * (a cycle, a function) is refused with its path.
 */
export const makeCodec = <T>(schema: Storable<T>): Codec<T> => {
  const json = Schema.toCodecJson(schema)
  const encode = Schema.encodeUnknownExit(json)
  const decode = Schema.decodeUnknownExit(json)
  return {
    schema,
    encode: (value) => {
      try {
        const exit = encode(value)
        return Exit.isSuccess(exit) ? withinLimit(toPayload(exit.value as Json)) : Result.fail(sentence(exit.cause))
      } catch (error) {
        return Result.fail(describe(error))
      }
    },
    decode: (payload) => {
      try {
        const exit = decode(fromPayload(payload))
        return Exit.isSuccess(exit) ? Result.succeed(exit.value as T) : Result.fail(sentence(exit.cause))
      } catch (error) {
        return Result.fail(describe(error))
      }
    }
  }
}

/** JSON characters of one value. Inputs and outputs travel through memory whole; what is larger belongs elsewhere. */
export const payloadLimit = 16 * 1024 * 1024

const withinLimit = <A extends { readonly payload: InlinePayload }>(encoded: A): Result.Result<A, string> =>
  encoded.payload.json.length <= payloadLimit
    ? Result.succeed(encoded)
    : Result.fail(
        `${encoded.payload.json.length} characters of JSON, the most is ${payloadLimit}: keep the value elsewhere and pass its name`
      )

const sentence = (cause: Cause.Cause<unknown>): string => describe(Cause.squash(cause))

const describe = (error: unknown): string =>
  error instanceof NotJson
    ? `cannot be stored as JSON: ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error)

/** Lazily: a module of definitions is loaded by every cold start, its codecs only by the runs that need them. */
export const lazyCodec = <T>(schema: Storable<T>): (() => Codec<T>) => {
  let codec: Codec<T> | undefined
  return () => (codec ??= makeCodec(schema))
}
