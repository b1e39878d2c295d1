import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { StoreRefused } from "../errors.ts"
import { type CallbackKey, type CallbackKeys, isKeyId, newCallbackKey } from "./callbackKeys.ts"

/**
 * Keys as a secret holds them, in JSON: `{ "id": "1", "secret": "...", "previous": [{ "id": "0", "secret": "..." }] }`. The first signs; with the
 * others, the latest first, tokens were signed before, and are good.
 */
export interface KeyRing {
  readonly id: string
  readonly secret: string
  readonly previous?: ReadonlyArray<CallbackKey>
}

/** 128 bits, however they are written down. */
const leastSecretLength = 22

const KeyId = Schema.String.check(
  Schema.makeFilter((id) => isKeyId(id) || 'a key id of 1 to 64 letters, digits, "_" and "-"')
)
const Secret = Schema.String.check(
  Schema.makeFilter(
    (secret) => secret.length >= leastSecretLength || `a secret of ${leastSecretLength} characters or more`
  )
)

const Key = { id: KeyId, secret: Secret }

const decode = Schema.decodeUnknownSync(
  Schema.Struct({ ...Key, previous: Schema.optionalKey(Schema.Array(Schema.Struct(Key))) })
)

/** Throws an error that says what is wrong, and nothing of what it holds. */
export const parseKeyRing = (text: string): KeyRing => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new RangeError("it is no JSON")
  }
  return assertKeyRing(json)
}

const assertKeyRing = (value: unknown): KeyRing => {
  try {
    return decode(value)
  } catch {
    throw new RangeError(
      `it is not of the form { "id", "secret", "previous"?: [{ "id", "secret" }] } with ids of 1 to 64 letters, digits, "_" and "-" and secrets of ${leastSecretLength} characters or more`
    )
  }
}

export const findInRing = ({ previous = [], ...current }: KeyRing, id: string): CallbackKey | undefined =>
  [current, ...previous].find((key) => key.id === id)

/** The same with a new key, and up to `keep` of those before it, the latest. */
export const rotatedRing = ({ previous = [], ...current }: KeyRing, keep = Number.POSITIVE_INFINITY): KeyRing => ({
  ...newCallbackKey(),
  previous: [current, ...previous].slice(0, Math.max(0, keep))
})

interface RingOptions {
  readonly tenant: string
  readonly url: string | undefined
}

/** Keys that never change as long as the process goes on. Throws a `RangeError` for what is no key ring. */
export const fixedCallbackKeys = (given: KeyRing, { tenant, url }: RingOptions): CallbackKeys["Service"] => {
  const ring = assertKeyRing(given)
  return {
    tenant,
    url,
    current: Effect.succeed({ id: ring.id, secret: ring.secret }),
    find: (id) => Effect.succeed(findInRing(ring, id)),
    rotate: () => refuse("CallbackKeys.rotate", "change them where they are kept")
  }
}

/** Nobody has said where the keys are. */
export const noCallbackKeys = ({ tenant, url }: RingOptions, mend: string): CallbackKeys["Service"] => ({
  tenant,
  url,
  current: refuse("CallbackKeys.current", mend),
  find: () => refuse("CallbackKeys.find", mend),
  rotate: () => refuse("CallbackKeys.rotate", mend)
})

const refuse = (operation: string, mend: string) =>
  Effect.suspend(() =>
    Effect.fail(
      new StoreRefused({ operation, message: `${operation}: this process has no keys for callbacks; ${mend}`, mend })
    )
  )
