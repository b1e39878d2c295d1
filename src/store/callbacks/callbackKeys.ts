import { randomBytes } from "node:crypto"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/**
 * What tokens of callbacks are signed with. New ones by the current key; a token names the key that it was signed with, and is good for
 * as long as that key is kept. Contract: `test/store/callbackKeysContract.ts`.
 */
export class CallbackKeys extends Context.Service<
  CallbackKeys,
  {
    /** Whose runs the tokens are of: another tenant's are no good here, whatever keys the two share. */
    readonly tenant: string
    /** Where the HTTP API takes answers, without "/" at the end; undefined: nobody has said. */
    readonly url: string | undefined
    /** Makes the first one where there is none yet and this store makes its keys itself. */
    readonly current: Effect.Effect<CallbackKey, StoreUnavailable | StoreRefused>
    /** A key that others have made a moment ago is found. Undefined: there is none of this id, or not any more. */
    readonly find: (id: string) => Effect.Effect<CallbackKey | undefined, StoreUnavailable | StoreRefused>
    /**
     * From here on new tokens are signed with a new key, by hosts that have the one before in memory five minutes later at most. `keep`:
     * how many earlier keys are good for the tokens that they have signed. Default: all. Answers with the new key's id.
     */
    readonly rotate: (options?: { readonly keep?: number }) => Effect.Effect<string, StoreUnavailable | StoreRefused>
  }
>()("dynactor/CallbackKeys") {}

export interface CallbackKey {
  /** Stands in tokens: 1 to 64 letters, digits, "_" and "-". */
  readonly id: string
  readonly secret: string
}

export const isKeyId = (id: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(id)

/** 256 bits, and an id that no other key has. */
export const newCallbackKey = (): CallbackKey => ({
  id: randomBytes(6).toString("base64url"),
  secret: randomBytes(32).toString("base64url")
})

/** Throws a `RangeError`: it comes from configuration, and a wrong one should not start. */
export const baseUrl = (url: string | undefined): string | undefined => {
  if (url === undefined || url === "") return undefined
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || /[?#]/.test(url)) {
    throw new RangeError(`callbackUrl ${JSON.stringify(url)}: an absolute URL of http or https, without "?" and "#"`)
  }
  return url.replace(/\/+$/, "")
}
