/** Moments, lengths of time and commands as sentences have them. */
import { lastMoment } from "../../actor/calls/sleep.ts"

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000]
] as const

/** `3 hours`, `1 minute`, `40 ms`: the largest unit that is there, rounded. */
export const lengthText = (ms: number): string => {
  const found = units.find(([, unit]) => ms >= unit)
  if (found === undefined) return `${Math.max(0, Math.round(ms))} ms`
  const [name, unit] = found
  const count = Math.round(ms / unit)
  return `${count} ${name}${count === 1 ? "" : "s"}`
}

/** `2026-11-29T14:00:00.000Z (in 3 hours)`, or `(5 minutes ago)`. */
export const momentText = (at: number, now: number): string => {
  const iso = new Date(Math.min(at, lastMoment)).toISOString()
  const awayMs = at - now
  if (Math.abs(awayMs) < 1_000) return `${iso} (now)`
  return awayMs > 0 ? `${iso} (in ${lengthText(awayMs)})` : `${iso} (${lengthText(-awayMs)} ago)`
}

export const sinceText = (at: number, now: number): string => `since ${momentText(at, now)}`

/** An argument of a command line. What stands for something that the reader has to put there is in angle brackets. */
const argument = (text: string): string =>
  /^(?:[A-Za-z0-9_.:@%/=+-]+|<[A-Z ]+>)$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

export const commandLine = (...parts: ReadonlyArray<string>): string => `dynactor ${parts.map(argument).join(" ")}`

export const listText = (parts: ReadonlyArray<string>, most = 5): string =>
  parts.length <= most ? parts.join(", ") : `${parts.slice(0, most).join(", ")} and ${parts.length - most} more`
