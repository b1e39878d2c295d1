import { signal } from "@preact/signals"

/** One clock for all that is shown relative to now; it stands still while nobody looks. */
export const now = signal(Date.now())

setInterval(() => {
  if (document.visibilityState === "visible") now.value = Date.now()
}, 1_000)

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") now.value = Date.now()
})

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" })

const units: ReadonlyArray<readonly [unit: Intl.RelativeTimeFormatUnit, ms: number]> = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000]
]

export const relativeText = (at: number, from: number): string => {
  const ms = at - from
  const [unit, unitMs] = units.find(([, size]) => Math.abs(ms) >= size) ?? ["second", 1_000]
  return relative.format(Math.trunc(ms / unitMs), unit)
}

const two = (value: number) => String(value).padStart(2, "0")

/** Local, with its zone's offset, and sortable: 2026-03-01 14:02:07.123 +01:00. */
export const absoluteText = (at: number): string => {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return "without end"
  const offset = -date.getTimezoneOffset()
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")} ${zone}`
}

/** The time of day with milliseconds, for lists in which all is of one day or so. */
export const clockText = (at: number): string => absoluteText(at).slice(11, 23)

export const durationText = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} m`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`
}

/** Timers are named by their length: `604800000ms#0`. */
export const timerText = (key: string): string => {
  const ms = /^(\d+)ms\b/.exec(key)?.[1]
  return ms === undefined ? key : durationText(Number(ms))
}

/** A local time of a form, such as 2026-03-01T06:00, as the API takes it. Undefined: none was entered. */
export const instantOf = (local: string): string | undefined => {
  const time = new Date(local).getTime()
  return local === "" || Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

export const epochOf = (at: number | string): number => (typeof at === "number" ? at : Date.parse(at))

/** Relative, with the moment itself in its title. */
export const Time = ({ at }: { readonly at: number | string }) => {
  const time = epochOf(at)
  const text = absoluteText(time)
  const isDate = !Number.isNaN(time) && Math.abs(time) <= 8.64e15
  return (
    <time class="number" title={text} {...(isDate ? { dateTime: new Date(time).toISOString() } : {})}>
      {isDate ? relativeText(time, now.value) : text}
    </time>
  )
}

/** How long something has taken, or has been going on. */
export const Duration = ({ from, to }: { readonly from: number; readonly to?: number | undefined }) => (
  <span class="number" title={`${absoluteText(from)} to ${to === undefined ? "now" : absoluteText(to)}`}>
    {durationText((to ?? now.value) - from)}
  </span>
)
