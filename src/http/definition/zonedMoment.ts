/**
 * Epoch milliseconds of an ISO 8601 date and time with its zone, `2026-07-01T09:00:00Z`; undefined where it is none. `Date` alone takes 30 February for a day in March, reads
 * texts of other forms as it likes, and one without a zone as another moment on every machine. Years of more than four digits are as `Date` writes them, `+012000`.
 */
export const zonedMoment = (text: string): number | undefined => {
  const [, minute, rest = ""] =
    /^((?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  return minute === undefined || !isThere(`${minute}${rest}Z`, minute) ? undefined : numberOf(Date.parse(text))
}

/** The same, or a day, `2026-07-01`: its first moment in UTC. */
export const momentOrDay = (text: string): number | undefined => {
  if (!/^(?:\d{4}|[+-]\d{6})-\d\d-\d\d$/.test(text)) return zonedMoment(text)
  return isThere(text, text) ? Date.parse(text) : undefined
}

/** In the calendar. */
const isThere = (text: string, written: string): boolean => {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(written)
}

const numberOf = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time)
