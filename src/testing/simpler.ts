import { isDeepStrictEqual } from "node:util"
import type { Json } from "../actor/json.ts"

// What makes derived values easy to read.

/**
 * The same with one piece of it simpler: shorter, or nearer to zero. Large steps first, at all pieces of it: who goes on where something
 * was found is not to take a hundred small ones instead.
 */
export function* simpler(value: Json): Iterable<Json> {
  yield* within(value, largeSteps)
  yield* within(value, smallSteps)
}

type Steps = (value: Json) => Iterable<Json>

/** Those of the value itself, then those of its items and fields. */
function* within(value: Json, steps: Steps): Iterable<Json> {
  yield* steps(value)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const next of within(item, steps)) yield value.with(index, next)
  } else if (isPlain(value)) {
    for (const [key, field] of Object.entries(value))
      for (const next of within(field as Json, steps)) yield { ...value, [key]: next } as Json
  }
}

function* largeSteps(value: Json): Iterable<Json> {
  if (typeof value === "number" && value !== 0) yield 0
  else if (typeof value === "string" && isTime.test(value)) {
    if (value !== firstTime) yield firstTime
  } else if (typeof value === "string" && value !== "") {
    yield ""
    if (value.length > 1) yield value.slice(0, Math.ceil(value.length / 2))
  } else if (value === true) yield false
  else if (Array.isArray(value)) yield* withoutSome(value, value.length, value.length / 4)
  else if (isPlain(value)) {
    for (const key of Object.keys(value)) {
      const { [key]: _, ...others } = value
      yield others as Json
    }
  }
}

function* smallSteps(value: Json): Iterable<Json> {
  if (typeof value === "number") {
    for (let step = Math.trunc(value / 2); Math.abs(step) >= 1; step = Math.trunc(step / 2)) yield value - step
  } else if (typeof value === "string" && !isTime.test(value)) {
    for (
      let length = Math.ceil(value.length / 2);
      length < value.length;
      length = Math.ceil((length + value.length) / 2)
    )
      yield value.slice(0, length)
  } else if (Array.isArray(value)) yield* withoutSome(value, value.length / 4, 0)
}

/** Without so many items at a time, or half, a quarter, ... of them; more than `least`. */
function* withoutSome(list: ReadonlyArray<Json>, most: number, least: number): Iterable<Json> {
  for (let length = Math.floor(most); length > least; length = Math.floor(length / 2))
    for (let from = 0; from < list.length; from += length) yield list.toSpliced(from, length)
}

const isTime = /^[-+]?\d{4,6}-\d\d-\d\dT[\d:.]+Z$/
const firstTime = "1970-01-01T00:00:00.000Z"

const letters = "abcdefghijklmnopqrstuvwxyz"

/** Derived texts hold what breaks parsers, lone surrogates among it. In a story about orders that only hides the point. */
export const tidyText = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ]/gu, (character) => letters[(character.codePointAt(0) ?? 0) % 26] as string)

/** Tells of a text by where it is: the names of fields, and `*` for the items of a list. */
type Changes = (text: string, path: string) => string

/** The texts of plain objects and lists. What is within others is theirs. */
export const mapTexts = (value: unknown, change: Changes, path = ""): unknown => {
  if (typeof value === "string") return change(value, path)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change, `${path}.*`))
  if (!isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, mapTexts(field, change, `${path}.${key}`)])
  )
}

/** Which texts are not to be tidied (literals, patterns), found out by some values. */
export const untidy = <A>(values: Iterable<A>, isValid: (value: A) => boolean): ReadonlySet<string> => {
  const kept = new Set<string>()
  for (const value of values) {
    const changed = new Set<string>()
    mapTexts(value, (text, path) => {
      if (tidyText(text) !== text) changed.add(path)
      return text
    })
    for (const path of changed) {
      if (!kept.has(path) && !isValid(mapTexts(value, (text, at) => (at === path ? tidyText(text) : text)) as A))
        kept.add(path)
    }
  }
  return kept
}

/** Is `b` what `a` is, but for texts that are tidy? What is read of a changed text may be anything: bytes, an amount, a list. */
export const isSameButTexts = (a: unknown, b: unknown, seen = new Set<unknown>()): boolean => {
  if (typeof a === "string" && typeof b === "string") return b === a || b === tidyText(a)
  if (!isTransparent(a) || !isTransparent(b)) return isDeepStrictEqual(a, b)
  if (seen.has(a)) return true
  seen.add(a)
  const keys = Object.keys(a)
  return (
    Object.getPrototypeOf(a) === Object.getPrototypeOf(b) &&
    isDeepStrictEqual(keys, Object.keys(b)) &&
    keys.every((key) => isSameButTexts(a[key], b[key], seen))
  )
}

/** Is made of what its keys say: no date, bytes or map. */
const isTransparent = (value: unknown): value is Readonly<Record<string, unknown>> =>
  ["[object Object]", "[object Array]", "[object Error]"].includes(Object.prototype.toString.call(value))

export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
