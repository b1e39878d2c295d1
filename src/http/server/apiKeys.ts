import { createHash, randomBytes, timingSafeEqual } from "node:crypto"

/** A key that callers send as `Authorization: Bearer <key>`. The server has no more of it than its hash. */
export interface ApiKey {
  /** For limits and logs. */
  readonly name: string
  /** Of `newApiKey`, or `hashApiKey`: `sha256:<hex>`. */
  readonly hash: string
  /** Whose runs it is for. Default: the one tenant of a server that has no `tenants`. */
  readonly tenant?: string
  /** It may look, and nothing else. Default false. */
  readonly readsOnly?: boolean
}

/**
 * A fresh key of 256 random bits, and what the server is to know of it. Show the key to whoever will use it, once, and keep the hash.
 *
 * @example
 * const { key, hash } = newApiKey()
 */
export const newApiKey = (): { readonly key: string; readonly hash: string } => {
  const key = `dk_${randomBytes(32).toString("base64url")}`
  return { key, hash: hashApiKey(key) }
}

/** Keys are random, and not what people remember: one round of SHA-256 leaves nothing to guess. Throws for a key that is short. */
export const hashApiKey = (key: string): string => {
  if (key.length < leastCharacters)
    throw new RangeError(
      `an API key has at least ${leastCharacters} random characters, and this has ${key.length}: make one with newApiKey()`
    )
  return `sha256:${digestOf(key).toString("hex")}`
}

const leastCharacters = 32
const digestOf = (key: string) => createHash("sha256").update(key).digest()

/** Compares with each of them, in a time that tells nothing of how much is right or which it was. */
export const findKey = (keys: ReadonlyArray<ApiKey>, presented: string): ApiKey | undefined => {
  const digest = digestOf(presented)
  let found: ApiKey | undefined
  for (const key of keys) {
    const known = Buffer.from(key.hash.slice("sha256:".length), "hex")
    // What is no hash is nobody's key.
    if (known.length === digest.length && timingSafeEqual(digest, known)) found ??= key
  }
  return found
}

/** What is wrong with keys as they are configured. */
export const checkKeys = (keys: ReadonlyArray<ApiKey>, tenants: ReadonlyArray<string>): string | undefined => {
  const seen = new Set<string>()
  for (const { name, hash, tenant = "" } of keys) {
    if (!/^sha256:[0-9a-f]{64}$/.test(hash))
      return `the hash of API key ${JSON.stringify(name)} is none: write what hashApiKey(key) gives, sha256: and 64 hexadecimal digits`
    if (seen.has(name)) return `two API keys are called ${JSON.stringify(name)}: give each a name of its own`
    seen.add(name)
    if (!tenants.includes(tenant))
      return `API key ${JSON.stringify(name)} is of tenant ${JSON.stringify(tenant)}, and this server has ${tenants.map((one) => JSON.stringify(one)).join(", ")}: name it among tenants`
  }
  return undefined
}
