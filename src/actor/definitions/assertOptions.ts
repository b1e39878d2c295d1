import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

// A wrong definition throws when its module loads, with its name in the message: a typing error must not reach a host.

/** Throws a TypeError for options that are none, and for an option that there is not: it would be ignored in silence. */
export const assertKnown = (what: string, options: object, known: ReadonlyArray<string>): void => {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`${what} is ${show(options)}: an object with some of ${known.join(", ")}`)
  const other = Object.keys(options).find((name) => !known.includes(name))
  if (other !== undefined)
    throw new TypeError(`${what} has no option ${JSON.stringify(other)}; those are ${known.join(", ")}`)
}

/** Throws a TypeError where a schema is none: mostly undefined, because two modules import each other. */
export const assertSchema = (what: string, name: string, schema: unknown): void => {
  if (Schema.isSchema(schema)) return
  const hint =
    schema === undefined ? "; if it is imported, the two modules import each other: move the schema to a third" : ""
  throw new TypeError(`${what}: ${name} is ${schema === null ? "null" : typeof schema}, no schema${hint}`)
}

/** The milliseconds of a duration. Throws a RangeError where it is none (`NaN`, which Effect takes for 0) or negative. */
export const durationMs = (what: string, input: Duration.Input): number => {
  const duration = hasNoNaN(input) ? Duration.fromInput(input) : Option.none()
  const ms = Option.isSome(duration) ? Duration.toMillis(duration.value) : Number.NaN
  if (Number.isNaN(ms) || ms < 0 || isNegative(input))
    throw new RangeError(
      `${what} is ${show(input)}: a duration of 0 or more, such as "30 seconds" or a number of milliseconds`
    )
  return ms
}

const hasNoNaN = (input: unknown): boolean =>
  typeof input === "object" && input !== null
    ? Object.values(input).every((part) => typeof part !== "number" || !Number.isNaN(part))
    : !Number.isNaN(input)

/** Effect would treat a negative number as zero. */
const isNegative = (input: unknown): boolean => (typeof input === "number" || typeof input === "bigint") && input < 0

export const show = (input: unknown): string => {
  try {
    return typeof input === "string" ? JSON.stringify(input) : String(input)
  } catch {
    return `of type ${typeof input}`
  }
}
