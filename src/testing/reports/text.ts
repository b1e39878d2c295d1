import type { Payload } from "../../actor/values/payload.ts"

const units: ReadonlyArray<readonly [name: string, ms: number]> = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000]
]

/** `3 days`, `1.5 seconds`, `20 ms`. */
export const duration = (ms: number): string => {
  const [name, size] = units.find(([, unit]) => ms >= unit) ?? ["ms", 1]
  const count = Math.round((ms / size) * 100) / 100
  return name === "ms" ? `${count} ms` : plural(count, name)
}

/** Since the beginning: `0:00:00.010`, `3d 0:00:04.000`. */
export const elapsed = (ms: number): string => {
  const days = Math.floor(ms / 86_400_000)
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000) % 24, Math.floor(ms / 60_000) % 60, (ms / 1000) % 60]
  const pad = (value: string, length: number) => value.padStart(length, "0")
  return `${days > 0 ? `${days}d ` : ""}${hours}:${pad(String(minutes), 2)}:${pad(seconds.toFixed(3), 6)}`
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

export const list = (texts: ReadonlyArray<string>): string => (texts.length === 0 ? "nothing" : texts.join(", "))

export const shorten = (text: string, most = 110): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`

/** A record that nothing but its own names is found in: a step may be called `constructor`. */
export const byName = <A>(record: Readonly<Record<string, A>> = {}): Readonly<Record<string, A>> =>
  Object.assign(Object.create(null), record)

export const payloadText = (payload: Payload): string => ("json" in payload ? payload.json : `object ${payload.sha256}`)
