import { kindOf, showKeys } from "./place.ts"

/**
 * What can be stored: JSON, and nothing that JSON would silently change.
 */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Thrown by {@link fingerprint}; says where in the value the trouble is. */
export class NotJson extends Error {
  override readonly name = "NotJson"
  readonly what: string
  /** From the value as a whole to the place of the trouble. */
  readonly path: ReadonlyArray<string | number>

  constructor(what: string, place?: Place) {
    const path = pathOf(place)
    super(path.length === 0 ? what : `${what} at ${showKeys(path)}`)
    this.what = what
    this.path = path
  }
}

/** Linked, as a path is wanted only where something is wrong. */
interface Place {
  readonly parent: Place | undefined
  readonly key: string | number
}

const pathOf = (place: Place | undefined): ReadonlyArray<string | number> => {
  const keys: Array<string | number> = []
  for (let one = place; one !== undefined; one = one.parent) keys.push(one.key)
  return keys.reverse()
}

/**
 * A short, stable name for a JSON value: the same for the same content whatever the order of keys, and different (but for
 * chance, 1 in 2^52) for different content. It detects change; it is no defence against an adversary.
 *
 * Walking the value is also the check that it *is* JSON: `undefined`, functions, bigints, `NaN`, cycles and objects with a
 * prototype of their own are refused here rather than dropped by `JSON.stringify`.
 */
export const fingerprint = (value: unknown): string => hashOf(value).digest()

/** The JSON text of a value, with {@link fingerprint} of its content for who asks. Unlike `JSON.stringify` it keeps the sign of a zero. */
export const jsonOf = (value: unknown): { readonly json: string; readonly hash: Pick<Hash, "digest"> } => {
  const hash = hashOf(value)
  return { json: hash.hasNegativeZero ? signedText(value) : JSON.stringify(value), hash }
}

const hashOf = (value: unknown): Hash => {
  const hash = new Hash()
  walk(value, hash, 0, undefined)
  return hash
}

/** As `JSON.stringify`, which writes 0 for -0 though JSON has both. */
export const signedText = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (Object.is(part, -0) ? rawJson("-0") : part))

/** In Node since 21, and not in the types that we compile for. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/** The same short name for a text. */
export const fingerprintText = (text: string): string => {
  const hash = new Hash()
  hash.text(text)
  return hash.digest()
}

/** Twice as long, where two texts of one name would do harm: as the last part of a key. */
export const longFingerprint = (text: string): string =>
  `${fingerprintText(text)}${fingerprintText(`${text.length} ${text}`)}`

// Deeper than any payload of use, and well before the stack ends: a cycle is reported here as well.
const maxDepth = 500

/**
 * Whether a JSON text nests far deeper than what can be stored: to be refused as it stands, since whatever walks the value that is parsed of it (a
 * schema, `JSON.stringify`) may come to the end of the stack.
 */
export const nestsTooDeep = (text: string): boolean => {
  let depth = 0
  let isInText = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isInText) {
      if (code === backslash) i++
      else if (code === quote) isInText = false
    } else if (code === quote) isInText = true
    else if (code === openBracket || code === openBrace) {
      if (++depth > 2 * maxDepth) return true
    } else if (code === closeBracket || code === closeBrace) depth--
  }
  return false
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d]

const walk = (value: unknown, hash: Hash, depth: number, place: Place | undefined): void => {
  if (depth > maxDepth) throw new NotJson(`more than ${maxDepth} levels of nesting, or a circle`, place)
  switch (typeof value) {
    case "string":
      hash.mark(1)
      return hash.text(value)
    case "number":
      if (!Number.isFinite(value)) throw new NotJson(kindOf(value), place)
      hash.mark(2)
      if (Object.is(value, -0)) hash.hasNegativeZero = true
      return hash.text(String(value))
    case "boolean":
      return hash.mark(value ? 3 : 4)
    case "object":
      if (value === null) return hash.mark(5)
      return Array.isArray(value) ? walkArray(value, hash, depth, place) : walkObject(value, hash, depth, place)
    default:
      throw new NotJson(kindOf(value), place)
  }
}

const walkArray = (value: ReadonlyArray<unknown>, hash: Hash, depth: number, place: Place | undefined): void => {
  hash.mark(6)
  hash.mark(value.length)
  for (let i = 0; i < value.length; i++) walk(value[i], hash, depth + 1, { parent: place, key: i })
}

const walkObject = (value: object, hash: Hash, depth: number, place: Place | undefined): void => {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotJson(kindOf(value), place)
  }
  hash.mark(7)
  const keys = Object.keys(value)
  // Most are: a struct is encoded in the order of its fields, and sorting takes room for a copy even so.
  if (!isInOrder(keys)) keys.sort()
  hash.mark(keys.length)
  for (const key of keys) {
    hash.text(key)
    // An own "__proto__" (JSON.parse makes one) is read through the descriptor-safe path: it is own, so a plain read is.
    walk((value as Record<string, unknown>)[key], hash, depth + 1, { parent: place, key })
  }
}

const isInOrder = (keys: ReadonlyArray<string>): boolean => {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return false
  return true
}

/** Two 32-bit multiplicative hashes side by side (the construction known as cyrb53), printed in base 36. */
class Hash {
  private a = 0xdeadbeef
  private b = 0x41c6ce57
  hasNegativeZero = false

  mark(code: number): void {
    this.a = Math.imul(this.a ^ code, 2654435761)
    this.b = Math.imul(this.b ^ code, 1597334677)
  }

  text(text: string): void {
    this.mark(text.length + 256)
    // In variables, as a store for each character is most of the time.
    let { a, b } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      a = Math.imul(a ^ code, 2654435761)
      b = Math.imul(b ^ code, 1597334677)
    }
    this.a = a
    this.b = b
  }

  digest(): string {
    let a = Math.imul(this.a ^ (this.a >>> 16), 2246822507)
    a ^= Math.imul(this.b ^ (this.b >>> 13), 3266489909)
    let b = Math.imul(this.b ^ (this.b >>> 16), 2246822507)
    b ^= Math.imul(a ^ (a >>> 13), 3266489909)
    return base36((b >>> 0) * 2 ** 20 + ((a >>> 0) & 0xfffff))
  }
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyz"

/** As `toString(36)`, which is slow for numbers beyond 31 bits: in two halves of small integers. */
const base36 = (value: number): string => {
  const high = Math.floor(value / 36 ** 5)
  let text = ""
  for (let rest = value - high * 36 ** 5, i = 0; i < 5; i++, rest = (rest / 36) | 0) text = digits[rest % 36] + text
  for (let rest = high; rest > 0; rest = (rest / 36) | 0) text = digits[rest % 36] + text
  return high > 0 ? text : value.toString(36)
}
