import * as Redacted from "effect/Redacted"

/** 32 bytes, or their base64. */
export type AesKey = Uint8Array | string | Redacted.Redacted<Uint8Array | string>

const keyBytes = 32

/** Throws a `TypeError` on what is none. */
export const aesKeyOf = (name: string, key: AesKey): Uint8Array => {
  const value = Redacted.isRedacted(key) ? Redacted.value(key) : key
  const bytes = typeof value === "string" ? Buffer.from(value, "base64") : Uint8Array.from(value)
  if (bytes.byteLength === keyBytes) return bytes
  throw new TypeError(
    `key ${JSON.stringify(name)} has ${bytes.byteLength} bytes, and must have ${keyBytes}: make one with \`openssl rand -base64 32\``
  )
}
