/**
 * What reads the host's clock past `Date`: a format of `Intl` that is given no date, and `Temporal.Now`. In a slice they answer with the
 * run's time, as `Date` does.
 */
interface Replacement {
  readonly owner: object
  readonly name: string
  readonly guarded: PropertyDescriptor
}

type Format = (date?: unknown) => unknown

/** Undefined outside of slices. */
let now: () => number | undefined = () => undefined

const timeOf = (date: unknown): unknown => (date === undefined ? now() : date)

const formats = Intl.DateTimeFormat.prototype
const hostFormat = Object.getOwnPropertyDescriptor(formats, "format")?.get as (this: object) => Format
const hostParts = formats.formatToParts as (this: object, date?: unknown) => unknown

/** One function for each formatter, as the host's own are. */
const guardedFormats = new WeakMap<object, Format>()

const guardedFormat = function (this: object): Format {
  const known = guardedFormats.get(this)
  if (known !== undefined) return known
  const format = hostFormat.call(this)
  const guarded = (date?: unknown) => format(timeOf(date))
  guardedFormats.set(this, guarded)
  return guarded
}

const guardedParts = function (this: object, date?: unknown): unknown {
  return hostParts.call(this, timeOf(date))
}

const method = (value: unknown): PropertyDescriptor => ({
  value,
  writable: true,
  enumerable: false,
  configurable: true
})

/** As much of Temporal as is needed: not every Node has it. */
interface TemporalClock {
  readonly Instant: { readonly fromEpochMilliseconds: (ms: number) => TemporalInstant }
  readonly Now: { readonly timeZoneId: () => string }
}

interface TemporalInstant {
  readonly toZonedDateTimeISO: (zone: unknown) => {
    readonly toPlainDateTime: () => unknown
    readonly toPlainDate: () => unknown
    readonly toPlainTime: () => unknown
  }
}

const temporalReplacements = ({ Instant, Now }: TemporalClock): ReadonlyArray<Replacement> => {
  const hosts = Now as unknown as Readonly<Record<string, (zone?: unknown) => unknown>>
  const guard = (name: string, guarded: (instant: TemporalInstant, zone: unknown) => unknown): Replacement => {
    const host = hosts[name] as (zone?: unknown) => unknown
    const answer = (zone?: unknown) => {
      const timeMs = now()
      return timeMs === undefined ? host(zone) : guarded(Instant.fromEpochMilliseconds(timeMs), zone)
    }
    return { owner: Now, name, guarded: method(answer) }
  }
  const zoned = (instant: TemporalInstant, zone: unknown) =>
    instant.toZonedDateTimeISO(zone === undefined ? Now.timeZoneId() : zone)
  return [
    guard("instant", (instant) => instant),
    guard("zonedDateTimeISO", zoned),
    guard("plainDateTimeISO", (instant, zone) => zoned(instant, zone).toPlainDateTime()),
    guard("plainDateISO", (instant, zone) => zoned(instant, zone).toPlainDate()),
    guard("plainTimeISO", (instant, zone) => zoned(instant, zone).toPlainTime())
  ]
}

const { Temporal } = globalThis as { readonly Temporal?: TemporalClock }

const replacements: ReadonlyArray<Replacement> = [
  { owner: formats, name: "format", guarded: { get: guardedFormat, enumerable: false, configurable: true } },
  { owner: formats, name: "formatToParts", guarded: method(guardedParts) },
  ...(Temporal === undefined ? [] : temporalReplacements(Temporal))
]

/**
 * Installs these once. Inside of a slice they tell the slice's time, outside they do what the host's own do. They are not taken away
 * after each slice, because replacing an accessor takes thirty times as long as all the other globals together.
 */
export const guardFormats = (timeOfSlice: () => number | undefined): void => {
  now = timeOfSlice
  for (const { owner, name, guarded } of replacements) Reflect.defineProperty(owner, name, guarded)
}
