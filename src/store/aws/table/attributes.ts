import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"

/** Items hold texts, numbers and bytes, and nothing nested. */
export type Attribute = string | number | Uint8Array

export type Item = { readonly [name: string]: Attribute }

/** For what the document client does not send: Scheduler puts an item by itself. */
export const toAttributes = (item: Item): Record<string, AttributeValue> => marshall(item)

/** For what the document client does not translate: the item that comes with a failed condition. */
export const fromAttributes = (attributes: Record<string, AttributeValue>): Item => unmarshall(attributes)

/** What DynamoDB counts: names and values in UTF-8, numbers at two digits a byte and one more. */
export const itemBytes = (item: Item): number => {
  let bytes = 0
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name)
    if (typeof value === "string") bytes += Buffer.byteLength(value)
    else if (typeof value === "number") bytes += Math.ceil(String(Math.abs(value)).replace(/0+$/, "").length / 2) + 1
    else bytes += value.byteLength
  }
  return bytes
}

export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024))

/** A text attribute that must be there. */
export const textOf = (item: Item, name: string): string => {
  const value = item[name]
  if (typeof value !== "string") throw new TypeError(`an item without the text attribute "${name}"`)
  return value
}

/** A number attribute that must be there. */
export const numberOf = (item: Item, name: string): number => {
  const value = item[name]
  if (typeof value !== "number") throw new TypeError(`an item without the number attribute "${name}"`)
  return value
}

/** A binary attribute that must be there. */
export const bytesOf = (item: Item, name: string): Uint8Array => {
  const value = item[name]
  if (!(value instanceof Uint8Array)) throw new TypeError(`an item without the binary attribute "${name}"`)
  return value
}
