import * as Duration from "effect/Duration"
import { durationMs, show } from "../../definitions/assertOptions.ts"

/** `"100/minute"`, `"5/10 seconds"`, or the same in two parts. */
export type Rate = string | { readonly count: number; readonly per: Duration.Input }

/** Each place that was given is remembered for as long as it counts. */
export const mostInPeriod = 10_000
const leastPeriodMs = 100
const mostPeriodMs = Duration.toMillis("31 days")

/** Throws with what is wrong. */
export const parseRate = (what: string, rate: unknown) => {
  const parts = partsOf(what, rate)
  const { count } = parts
  if (!Number.isInteger(count) || count < 1 || count > mostInPeriod)
    throw new RangeError(`${what}: rate is ${shown(rate)}: 1 to ${mostInPeriod} in a period, as a whole number`)
  const periodMs = Math.ceil(durationMs(`${what}: the period of its rate`, parts.per))
  if (periodMs < leastPeriodMs || periodMs > mostPeriodMs)
    throw new RangeError(`${what}: rate is ${shown(rate)}: a period of 100 milliseconds to 31 days`)
  return { count, periodMs }
}

const partsOf = (what: string, rate: unknown): { readonly count: number; readonly per: Duration.Input } => {
  if (typeof rate === "object" && rate !== null && "count" in rate && "per" in rate)
    return rate as { readonly count: number; readonly per: Duration.Input }
  const found = typeof rate === "string" ? pattern.exec(rate.trim()) : null
  if (found === null)
    throw new RangeError(
      `${what}: rate is ${shown(rate)}: use a text such as "100/minute" or "5/10 seconds", or { count, per }`
    )
  const [, count, length = "1", unit] = found
  return { count: Number(count), per: `${Number(length)} ${unit}s` as Duration.Input }
}

const pattern = /^(\d+)\s*\/\s*(?:(\d+)\s*)?(milli|second|minute|hour|day)s?$/

const shown = (rate: unknown): string => (typeof rate === "object" && rate !== null ? JSON.stringify(rate) : show(rate))
