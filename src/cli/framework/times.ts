import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

const units: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

/** `90s`, `1h30m`, `7d`, `2 hours`; undefined where it is none, or is less than none. */
export const parseDurationMs = (text: string): number | undefined => {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)(?![a-z])\s*/g)]
  if (parts.length > 0 && parts.map(([whole]) => whole).join("") === text.trim())
    return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0)
  const words = Option.getOrUndefined(Duration.fromInput(text.trim() as Duration.Input))
  return words === undefined || !Duration.isFinite(words) || Duration.toMillis(words) < 0
    ? undefined
    : Duration.toMillis(words)
}

/** `350 ms`, `4.2 s`, `3 m 20 s`, `5 h 3 m`, `12 d 4 h`. */
export const durationText = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return pair(seconds, 60, "m", "s")
  const minutes = Math.round(seconds / 60)
  if (minutes < 1_440) return pair(minutes, 60, "h", "m")
  return pair(Math.round(minutes / 60), 24, "d", "h")
}

const pair = (amount: number, per: number, large: string, small: string): string => {
  const rest = amount % per
  return `${Math.floor(amount / per)} ${large}${rest === 0 ? "" : ` ${rest} ${small}`}`
}

/** `3 m 20 s ago`, `in 5 h 3 m`. */
export const agoText = (at: number, now: number): string =>
  at > now ? `in ${durationText(at - now)}` : `${durationText(now - at)} ago`

/** As people and other programs read it: `2026-11-29 14:03:07Z`. */
export const momentText = (at: number): string => {
  const iso = new Date(at).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`
}
