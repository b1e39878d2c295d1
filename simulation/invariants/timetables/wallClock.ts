/** Offsets change on whole quarters of an hour, in all zones that there are. */
const quarterMs = 900_000

const offsets = new Map<string, number>()
const formats = new Map<string, Intl.DateTimeFormat>()

/** What a zone's clocks are ahead of UTC, in milliseconds. */
export const offsetAt = (zone: string, at: number): number => {
  const quarter = Math.floor(at / quarterMs) * quarterMs
  const id = `${zone} ${quarter}`
  const known = offsets.get(id)
  if (known !== undefined) return known
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(quarter)
      .map(({ type, value }) => [type, Number(value)])
  )
  const { day, hour, minute, month, second, year } = parts as Record<string, number>
  const wall = Date.UTC(year as number, (month as number) - 1, day, hour, minute, second)
  offsets.set(id, wall - quarter)
  return wall - quarter
}

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const numeric = "numeric" as const
  const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric }
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...fields })
  formats.set(zone, made)
  return made
}

/** No clocks are put forward or back by more in the zones that are drawn, nor twice within a day. */
const longestShiftMs = 3_600_000

/** When clocks were put forward or back within the hour before: what they showed until then. Undefined: they were not. */
export const offsetBefore = (zone: string, at: number): number | undefined => {
  const before = offsetAt(zone, at - longestShiftMs)
  return before === offsetAt(zone, at) ? undefined : before
}

/** When they will be within the hour that comes. */
export const offsetBehind = (zone: string, at: number): number | undefined => {
  const behind = offsetAt(zone, at + longestShiftMs)
  return behind === offsetAt(zone, at) ? undefined : behind
}
