import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

// A wrong definition throws when its module loads, with its name in the message: a typing error must not reach a host.

/**
 * Throws a TypeError for options that are none, for an option that there is not, and for one that is null: it would be ignored in silence.
 * `nullable`: those that may be, or that say more of it themselves.
 */
export const assertKnown = (
  what: string,
  options: object,
  known: ReadonlyArray<string>,
  nullable: ReadonlyArray<string> = []
): void => {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`${what} is ${show(options)}: an object with some of ${known.join(", ")}`)
  const other = Object.keys(options).find((name) => !known.includes(name))
  if (other !== undefined)
    throw new TypeError(`${what} has no option ${JSON.stringify(other)}; those are ${known.join(", ")}`)
  const missing = known.find((name) => (options as Settings)[name] === null && !nullable.includes(name))
  if (missing !== undefined)
    throw new TypeError(`${what}: ${missing} is null: give it a value, or leave it out for its default`)
}

type Settings = { readonly [name: string]: unknown }

/** What a setting has to be: a whole number of that or more; the same, or Infinity; a length of time; or one of 1 ms or more. */
export type SettingKind = number | readonly [least: number, "orInfinity"] | "duration" | "pause"

/** Throws a RangeError for settings that are none: a NaN would go on as a zero, or as no limit at all. Others than these are not looked at. */
export const assertSettings = (what: string, options: object, kinds: Readonly<Record<string, SettingKind>>): void => {
  for (const [name, kind] of Object.entries(kinds)) {
    const value = (options as Settings)[name]
    if (value === undefined) continue
    const place = `${what}: ${name}`
    if (typeof kind === "number") assertWhole(place, value, kind)
    else if (typeof kind === "object") {
      if (value !== Number.POSITIVE_INFINITY) assertWhole(place, value, kind[0])
    } else if (durationMs(place, value as Duration.Input) < 1 && kind === "pause")
      throw new RangeError(`${place} is ${show(value)}: 1 ms or more`)
  }
}

export const assertWhole = (
  what: string,
  value: unknown,
  least: number,
  more = "",
  most = Number.MAX_SAFE_INTEGER
): void => {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return
  throw new RangeError(`${what} is ${show(value)}: a whole number of ${least} or more${more === "" ? "" : `, ${more}`}`)
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
  const ms = lengthOf(input)
  if (Number.isNaN(ms) || ms < 0)
    throw new RangeError(
      `${what} is ${show(input)}: a duration of 0 or more, such as "30 seconds" or a number of milliseconds`
    )
  return ms
}

/** The same without a throw: NaN where it is none, and less than zero where it is negative. */
export const lengthOf = (input: unknown): number => {
  // Effect would treat a negative number as zero.
  if ((typeof input === "number" || typeof input === "bigint") && input < 0) return -1
  const duration = hasAllParts(input) ? Duration.fromInput(input as Duration.Input) : Option.none()
  return Option.isSome(duration) ? Duration.toMillis(duration.value) : Number.NaN
}

const units = "weeks days hours minutes seconds milliseconds microseconds nanoseconds".split(" ")

/** Effect takes NaN for 0, and an object for the sum of those of its units that it has: of `{ secs: 5 }` for 0 as well. */
const hasAllParts = (input: unknown): boolean => {
  if (typeof input !== "object" || input === null) return !Number.isNaN(input)
  if (Duration.isDuration(input)) return true
  if (Array.isArray(input)) return input.length > 0 && input.every(isPart)
  // Those of a `Temporal.Duration` are not its own.
  const parts = units.map((unit) => (input as Settings)[unit]).filter((part) => part !== undefined)
  return parts.length > 0 && parts.every(isPart) && Object.keys(input).every((name) => units.includes(name))
}

const isPart = (part: unknown): boolean => typeof part === "number" && !Number.isNaN(part)

export const show = (input: unknown): string => {
  try {
    if (typeof input === "string") return JSON.stringify(input)
    if (typeof input !== "object" || input === null || Object.getPrototypeOf(input) !== Object.prototype)
      return String(input)
    return `{ ${Object.entries(input)
      .map(([name, value]) => `${name}: ${show(value)}`)
      .join(", ")} }`
  } catch {
    return `of type ${typeof input}`
  }
}
