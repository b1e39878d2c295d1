import type { Json } from "../../actor/values/json.ts"

// What makes derived values easy to read.

/**
 * The same with one piece of it simpler: shorter, nearer to zero, or easier to read. Large steps first, at all pieces of it: who goes on where something
 * was found is not to take a hundred small ones instead.
 */
export function* simpler(value: Json): Iterable<Json> {
  const tidied = tidy(value) as Json
  if (JSON.stringify(tidied) !== JSON.stringify(value)) yield tidied
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
  if (typeof value === "number") yield* roundNumbers(value)
  else if (typeof value === "string" && isTime.test(value)) {
    if (value !== firstTime) yield firstTime
  } else if (typeof value === "string" && value !== "") {
    yield ""
    if (value.length > 1) yield value.slice(0, Math.ceil(value.length / 2))
    if (tidyText(value) !== value) yield tidyText(value)
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
    for (let step = Math.trunc(value / 2); Math.abs(step) >= 1; step = Math.trunc(step / 2))
      if (value - step !== value) yield value - step
  } else if (typeof value === "string" && !isTime.test(value)) {
    for (
      let length = Math.ceil(value.length / 2);
      length < value.length;
      length = Math.ceil((length + value.length) / 2)
    )
      yield value.slice(0, length)
  } else if (Array.isArray(value)) yield* withoutSome(value, value.length / 4, 0)
}

/** Halving alone takes a thousand steps from the largest of them. */
function* roundNumbers(value: number): Iterable<number> {
  if (!Object.is(value, 0)) yield 0
  if (Math.abs(value) >= 100) yield Math.sign(value) * Math.trunc(Math.sqrt(Math.abs(value)))
  if (!Number.isInteger(value) && Math.trunc(value) !== 0) yield Math.trunc(value)
}

/** Without so many items at a time, or half, a quarter, ... of them; more than `least`. */
function* withoutSome(list: ReadonlyArray<Json>, most: number, least: number): Iterable<Json> {
  for (let length = Math.floor(most); length > least; length = Math.floor(length / 2))
    for (let from = 0; from < list.length; from += length) yield list.toSpliced(from, length)
}

const isTime = /^[-+]?\d{4,6}-\d\d-\d\dT[\d:.]+Z$/
const firstTime = "1970-01-01T00:00:00.000Z"

const letters = "abcdefghijklmnopqrstuvwxyz"

const tidyText = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ]/gu, (character) => letters[(character.codePointAt(0) ?? 0) % 26] as string)

/** Derived texts hold what breaks parsers, lone surrogates among it. In a story about orders that only hides the point. */
export const tidy = (value: unknown): unknown => {
  if (typeof value === "string") return tidyText(value)
  if (Array.isArray(value)) return value.map(tidy)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, tidy(field)]))
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
