import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { isFaithful } from "./faithful.ts"
import { firstChange } from "./firstChange.ts"
import type { Json } from "./json.ts"
import { misfitOf } from "./misfit.ts"
import { type Encoded, fromPayload, type Payload, toPayload } from "./payload.ts"

/** A schema whose values can be stored without services: what inputs, outputs, errors and signals are made of. */
export type Storable<T> = Schema.Codec<T, any, never, never>

/** Between a typed value and its stored form. Both directions answer with a sentence on failure, never with a throw. */
export interface Codec<T> {
  // A method, not a property: only so is a codec of `never` (no declared error) also one of `any`, which `AnyStep` and
  // `AnyWorkflow` need.
  encode(value: T): Result.Result<Encoded, string>
  /** What it was made of: test harnesses derive values from it. */
  readonly schema: Storable<any>
  readonly decode: (payload: Payload) => Result.Result<T, string>
}

/**
 * The codec of a schema. `toCodecJson` makes dates, bigints, maps, `undefined` and errors round-trip; what no JSON can hold
 * (a cycle, a function) is refused with its path. So is a value that would come back as another one: `"12"` of
 * `Union([String, BigInt])` is a bigint by its JSON.
 */
export const makeCodec = <T>(schema: Storable<T>): Codec<T> => {
  try {
    return codecOf(schema)
  } catch (error) {
    // A schema without a form in JSON, such as a struct with a symbol for a key.
    const refused = Result.fail(`its schema has no form in JSON: ${misfitOf(error)}`)
    return { schema, encode: () => refused, decode: () => refused }
  }
}

const codecOf = <T>(schema: Storable<T>): Codec<T> => {
  const json = Schema.toCodecJson(schema)
  const encode = Schema.encodeUnknownExit(json)
  const decode = Schema.decodeUnknownExit(json)
  const isSure = once(() => isFaithful(schema.ast))
  const decoded = (payload: Payload): Result.Result<T, string> => {
    try {
      const stored = fromPayload(payload)
      const exit = decode(stored)
      return Exit.isSuccess(exit) ? Result.succeed(exit.value as T) : Result.fail(sentence(exit.cause, stored))
    } catch (error) {
      return Result.fail(misfitOf(error))
    }
  }
  const checked = (value: T, encoded: Encoded): Result.Result<Encoded, string> => {
    if (isSure()) return Result.succeed(encoded)
    const back = decoded(encoded.payload)
    if (Result.isFailure(back)) return Result.fail(`does not survive its own encoding: ${back.failure}`)
    const change = firstChange(schema.ast, value, back.success)
    return change === undefined
      ? Result.succeed(encoded)
      : Result.fail(`does not survive its own encoding: ${change}. ${adviceOf(change)}`)
  }
  return {
    schema,
    encode: (value) => {
      try {
        const exit = encode(value)
        if (Exit.isFailure(exit)) return Result.fail(sentence(exit.cause, value))
        const encoded = toPayload(exit.value as Json)
        return encoded.payload.json.length > payloadLimit ? Result.fail(tooLong(encoded)) : checked(value, encoded)
      } catch (error) {
        return Result.fail(misfitOf(error))
      }
    },
    decode: decoded
  }
}

/** Where null is allowed as well, JSON has no other form for undefined. */
const adviceOf = (change: string): string =>
  change.endsWith("undefined comes back as null")
    ? "Leave the field out, or write null"
    : "Give its schema a form in JSON that is of this value alone"

/** JSON characters of one value. Inputs and outputs travel through memory whole; what is larger belongs elsewhere. */
export const payloadLimit = 16 * 1024 * 1024

const tooLong = ({ payload }: Encoded): string =>
  `${payload.json.length} characters of JSON, the most is ${payloadLimit}: keep the value elsewhere and pass its name`

/** Is it this that an encoding was refused for? */
export const isTooLong = (failure: string): boolean => /^\d+ characters of JSON, the most is \d+/.test(failure)

const sentence = (cause: Cause.Cause<unknown>, value: unknown): string => misfitOf(Cause.squash(cause), value)

const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Lazily: a module of definitions is loaded by every cold start, its codecs only by the runs that need them. */
export const lazyCodec = <T>(schema: Storable<T>): (() => Codec<T>) => once(() => makeCodec(schema))
