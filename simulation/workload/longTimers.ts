/** Beyond the minute that a schedule fires ahead, so that there is one. */
const longerMs = 75_000
const longMs = 60_000

/** The same programs, with sleeps that Scheduler has to end. */
export const withLongTimers = <A>(value: A): A => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(withLongTimers) as A
  const made = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withLongTimers(part)]))
  return (made.do === "sleep" && made.ms === longMs ? { ...made, ms: longMs + longerMs } : made) as A
}
