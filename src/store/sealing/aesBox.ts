import { createCipheriv, createDecipheriv, createHmac } from "node:crypto"

/**
 * AES-256-GCM with a key of its own for each text: 24 random bytes, of which the first half makes that key from the given one (by HMAC-SHA-256) and
 * the second is its nonce. So one key may seal any number of texts; with the bare 12 bytes of GCM it should be changed after some billions.
 *
 * `header` stands before it in clear, and is authenticated with what the text stands for.
 */
export const sealBox = (
  key: Uint8Array,
  header: Uint8Array,
  clear: Uint8Array,
  context: Uint8Array,
  random: Uint8Array
): Uint8Array => {
  const cipher = createCipheriv("aes-256-gcm", keyOf(key, random), random.subarray(saltBytes, randomBytes))
  cipher.setAAD(authenticated(header, context))
  return Buffer.concat([header, random, cipher.update(clear), cipher.final(), cipher.getAuthTag()])
}

/** Undefined: it was not sealed with this key, this header and for this. */
export const openBox = (
  key: Uint8Array,
  header: Uint8Array,
  box: Uint8Array,
  context: Uint8Array
): Uint8Array | undefined => {
  const body = box.subarray(header.byteLength)
  if (body.byteLength < randomBytes + tagBytes) return undefined
  const random = body.subarray(0, randomBytes)
  const decipher = createDecipheriv("aes-256-gcm", keyOf(key, random), random.subarray(saltBytes), {
    authTagLength: tagBytes
  })
  decipher.setAAD(authenticated(header, context))
  decipher.setAuthTag(body.subarray(body.byteLength - tagBytes))
  try {
    return Buffer.concat([decipher.update(body.subarray(randomBytes, body.byteLength - tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}

const saltBytes = 12
export const randomBytes = 24
const tagBytes = 16

const keyOf = (key: Uint8Array, random: Uint8Array): Uint8Array =>
  createHmac("sha256", key).update("dynactor box").update(random.subarray(0, saltBytes)).digest()

/** The header tells its own length, so that the two cannot be taken apart elsewhere. */
const authenticated = (header: Uint8Array, context: Uint8Array): Uint8Array => Buffer.concat([header, context])
