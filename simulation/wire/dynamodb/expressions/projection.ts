import type { AttributeValue, WireItem } from "../values.ts"
import { parsePath } from "./condition.ts"
import type { Placeholders } from "./names.ts"
import { Tokens } from "./tokens.ts"

const parsed = new Map<string, ReadonlyArray<string>>()

const parseProjection = (text: string): ReadonlyArray<string> => {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const tokens = new Tokens(text)
  const names: Array<string> = []
  do names.push(parsePath(tokens))
  while (tokens.takeIfSign(","))
  tokens.expectEnd()
  parsed.set(text, names)
  return names
}

/** The names of the attributes that an answer is to have. */
export const projectionOf = (text: string, of: Placeholders): ReadonlyArray<string> =>
  parseProjection(text).map((name) => of.name(name))

export const projected = (item: WireItem, names: ReadonlyArray<string>): WireItem => {
  const some: Record<string, AttributeValue> = {}
  for (const name of names) {
    const value = item[name]
    if (value !== undefined) some[name] = value
  }
  return some
}
