import type { AttributeValue } from "@aws-sdk/client-dynamodb"

export type { AttributeValue }

/** An item as it is on the wire. Never changed once it is stored. */
export type WireItem = { readonly [name: string]: AttributeValue }

/** Such as `S`. */
export const typeOf = (value: AttributeValue): string => {
  for (const name in value) if ((value as unknown as Record<string, unknown>)[name] !== undefined) return name
  return "nothing"
}

/**
 * Code units in the order of UTF-8's bytes: surrogates stand for what comes after all others.
 * Source: Developer Guide, "Data types: String" (compared by the bytes of UTF-8).
 */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

export const compareText = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Undefined: of different types, or of one that has no order. */
export const compareValues = (a: AttributeValue, b: AttributeValue): number | undefined => {
  if (a.S !== undefined && b.S !== undefined) return compareText(a.S, b.S)
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) - Number(b.N)
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(Buffer.from(a.B), Buffer.from(b.B))
  return undefined
}

export const isSame = (a: AttributeValue, b: AttributeValue): boolean => {
  const order = compareValues(a, b)
  if (order !== undefined) return order === 0
  return typeOf(a) === typeOf(b) && JSON.stringify(a) === JSON.stringify(b)
}

export const isSameItem = (a: WireItem, b: WireItem): boolean => {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => {
    const [left, right] = [a[name], b[name]]
    return left !== undefined && right !== undefined && isSame(left, right)
  })
}

/**
 * Source: Developer Guide, "DynamoDB item sizes and formats": names and texts in UTF-8; a number is about a byte for two significant
 * digits and one more; null and boolean 1; a list or map 3 and 1 for each member.
 */
export const valueBytes = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return Math.ceil(value.N.replace(/^-|\.|^0+|0+$/g, "").length / 2) + 1
  if (value.B !== undefined) return value.B.byteLength
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + 1 + valueBytes(one), 3)
  if (value.M !== undefined)
    return Object.entries(value.M).reduce((sum, [name, one]) => sum + Buffer.byteLength(name) + 1 + valueBytes(one), 3)
  return 1
}

export const itemBytes = (item: WireItem): number => {
  let bytes = 0
  for (const name in item) bytes += Buffer.byteLength(name) + valueBytes(item[name] as AttributeValue)
  return bytes
}
