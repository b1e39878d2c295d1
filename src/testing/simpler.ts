import type { Json } from "../actor/json.ts"

// What makes derived values easy to read. All of it is done to their JSON: there an error, a date or a collection is as plain as the rest.

/** The same with one piece of it simpler, large steps first; each is shorter or nearer to zero, so this comes to an end. */
export function* simpler(value: Json): Iterable<Json> {
  if (typeof value === "number" && value !== 0) {
    for (let step = value; Math.abs(step) >= 1; step = Math.trunc(step / 2)) yield value - step
  } else if (typeof value === "string" && value !== "") {
    for (let length = 0; length < value.length; length = Math.ceil((length + value.length) / 2))
      yield value.slice(0, length)
  } else if (value === true) {
    yield false
  } else if (isList(value)) {
    for (let length = Math.floor(value.length / 2); length > 1; length = Math.floor(length / 2))
      for (let from = 0; from < value.length; from += length) yield value.toSpliced(from, length)
    for (const index of value.keys()) yield value.toSpliced(index, 1)
    for (const [index, item] of value.entries()) for (const next of simpler(item)) yield value.with(index, next)
  } else if (isObject(value)) {
    for (const [key, field] of Object.entries(value)) {
      const { [key]: _, ...others } = value
      yield others
      for (const next of simpler(field)) yield { ...value, [key]: next }
    }
  }
}

/** Most that are tried one by one. */
const mostTexts = 50

/**
 * Derived texts hold what breaks parsers, lone surrogates among it. In a story about orders that only hides the point. Those that
 * are to be as they are (a date, a literal) stay so.
 */
export const tidy = (value: Json, isValid: (candidate: Json) => boolean): Json => {
  const whole = mapTexts(value, tidyText)
  if (isValid(whole)) return whole
  let kept = value
  for (let index = 0; index < mostTexts; index++) {
    let count = 0
    const candidate = mapTexts(kept, (text) => (count++ === index ? tidyText(text) : text))
    if (index >= count) break
    if (isValid(candidate)) kept = candidate
  }
  return kept
}

const mapTexts = (value: Json, change: (text: string) => string): Json => {
  if (typeof value === "string") return change(value)
  if (isList(value)) return value.map((item) => mapTexts(item, change))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, mapTexts(field, change)]))
}

const letters = "abcdefghijklmnopqrstuvwxyz"

const tidyText = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ]/gu, (character) => letters[(character.codePointAt(0) ?? 0) % 26] as string)

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !isList(value)
