import { createHmac, timingSafeEqual } from "node:crypto"
import * as Effect from "effect/Effect"
import { type CallbackKey, CallbackKeys, isKeyId } from "./callbackKeys.ts"

/** What a token says, and its signature vouches for. */
export interface CallbackClaim {
  /** The run and its generation, as the run table takes them. */
  readonly address: string
  /** Of the command. */
  readonly key: string
  /** See `CallbackSlot`. */
  readonly index: number
  /** Epoch milliseconds; undefined: never. */
  readonly expiresAt: number | undefined
}

/**
 * `cb1.<key id>.<claim>.<signature>`: the claim is JSON, both are base64url. The signature is an HMAC-SHA256 over all that stands before
 * it and the tenant, and is compared as text: base64 has several spellings of one value, and only ours is good.
 */
const format = "cb1"

/** No token of ours is longer: a run id has 512 characters, a command's key not many more. */
const mostCharacters = 8_192

export const writeToken = (key: CallbackKey, tenant: string, claim: CallbackClaim): string => {
  const { address, index, expiresAt } = claim
  const fields = [address, claim.key, index, expiresAt ?? null]
  const text = Buffer.from(JSON.stringify(fields)).toString("base64url")
  return `${format}.${key.id}.${text}.${signatureOf(key, tenant, text)}`
}

const signatureOf = ({ id, secret }: CallbackKey, tenant: string, text: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify([format, id, tenant, text]))
    .digest("base64url")

/** A text without the tokens that stand in it, for who is not to answer: whole ones, and what is left of one that was cut. */
export const hideTokens = (text: string): string =>
  text.replaceAll(/\bcb1\.[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, "<callback token>")

export type TokenVerdict =
  | { readonly _tag: "Valid"; readonly claim: CallbackClaim }
  /** No key of ours has signed it, or it is no token at all. */
  | { readonly _tag: "Forged" }
  /** It names a key of ours, and that key has not signed what it says. */
  | { readonly _tag: "Altered" }

const forged: TokenVerdict = { _tag: "Forged" }

/** What a token is worth, whatever its time. */
export const readToken = Effect.fnUntraced(function* (token: unknown) {
  if (typeof token !== "string" || token.length > mostCharacters) return forged
  const [name, id, text, signature, ...rest] = token.split(".")
  if (name !== format || id === undefined || !isKeyId(id) || text === undefined || signature === undefined)
    return forged
  if (rest.length > 0) return forged
  const keys = yield* CallbackKeys
  const key = yield* keys.find(id)
  if (key === undefined) return forged
  if (!isSame(signature, signatureOf(key, keys.tenant, text))) return { _tag: "Altered" } satisfies TokenVerdict
  return { _tag: "Valid", claim: claimOf(text) } satisfies TokenVerdict as TokenVerdict
})

/** What a token says of its callback's name, true or not. For who wants to know by which schema its answer is to be read. */
export const callbackNameOf = (token: string): string | undefined => {
  try {
    return nameOfKey(claimOfToken(token).key)
  } catch {
    return undefined
  }
}

/** What a token says, true or not. Throws where it says nothing. */
export const claimOfToken = (token: string): CallbackClaim => claimOf(token.split(".")[2] ?? "")

/** Names hold neither "#" nor ":", one of which comes next. */
export const nameOfKey = (key: string): string => key.replace(/[#:].*$/s, "")

/** In a time that does not tell how much of it is right. */
const isSame = (given: string, own: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(own)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const claimOf = (text: string): CallbackClaim => {
  const [address, key, index, expiresAt] = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
  return { address, key, index, expiresAt: expiresAt ?? undefined }
}
