import { SeededNumbers } from "../draws/seededNumbers.ts"
import { noteRead, timeForms } from "./loadTime.ts"
import { currentSurroundings, isChanged, look, rates, rounds, type Surroundings } from "./surroundings.ts"

const HostDate = globalThis.Date
export const hostNow = HostDate.now
const hostPerformanceNow = performance.now.bind(performance)
const hostHrtime = process.hrtime
const hostNanoseconds = process.hrtime.bigint
const hostUptime = process.uptime

/** What the clock showed, unchanged, when it was first asked. */
let firstShownMs: number | undefined
let changedClock: ReturnType<typeof clockOf> | undefined

const hourMs = 3_600_000

/** How far a changed clock is off, at most: another hour, another month, another decade. */
const spansMs = [23 * hourMs, 11 * 730 * hourMs, 30 * 8_766 * hourMs] as const

const clockOf = ({ luck = 0, round = 0 }: Surroundings) => {
  const numbers = new SeededNumbers(luck * rounds + round)
  const sign = numbers.chance(0.5) ? 1 : -1
  const spanMs = spansMs[(luck + round) % spansMs.length] as number
  return { shiftMs: sign * Math.ceil(spanMs * numbers.next()), rate: rates[round % rounds] as number }
}

const wallClock = (what: string): number => {
  const current = currentSurroundings()
  if (current === undefined) return noted(what, hostNow())
  look(what, "clock")
  const now = current.now()
  if (!isChanged("clock")) return now
  firstShownMs ??= now
  changedClock ??= clockOf(current)
  return firstShownMs + changedClock.shiftMs + (now - firstShownMs) * changedClock.rate
}

const noted = (what: string, ms: number): number => {
  noteRead(what, () => timeForms(ms))
  return ms
}

const isOutside = (): boolean => currentSurroundings() === undefined

const watchedNow = (): number => wallClock("Date.now()")

const WatchedDate = new Proxy(HostDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [wallClock("new Date()")] : args, newTarget),
  apply: () => new HostDate(wallClock("Date()")).toString(),
  get: (target, property) => {
    const value: unknown = Reflect.get(target, property)
    // What a test has put in its place (a spy, a mock) is what the test is to find there.
    return property === "now" && value === hostNow ? watchedNow : value
  }
})

/** Real time for the harness's own figures. */
export const stopwatchMs = (): number => hostPerformanceNow()

const watchedPerformanceNow = () =>
  isOutside() ? noted("performance.now()", hostPerformanceNow()) : wallClock("performance.now()") % 1e9

const nanoseconds = (what: string): bigint => BigInt(Math.floor(wallClock(what))) * 1_000_000n

const watchedNanoseconds = () => {
  if (!isOutside()) return nanoseconds("process.hrtime.bigint()")
  const read = hostNanoseconds()
  noteRead("process.hrtime.bigint()", () => [String(read)])
  return read
}

const watchedHrtime = (before?: [number, number]): [number, number] => {
  if (isOutside()) return hostHrtime(before)
  const now = nanoseconds("process.hrtime()")
  const passed = before === undefined ? now : now - (BigInt(before[0]) * 1_000_000_000n + BigInt(before[1]))
  return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)]
}

const watchedUptime = (): number => (isOutside() ? hostUptime() : (wallClock("process.uptime()") % 1e9) / 1_000)

export const watchClock = (): void => {
  globalThis.Date = WatchedDate
  // Who asks a date for its constructor finds the one that everyone has.
  Object.defineProperty(HostDate.prototype, "constructor", { value: WatchedDate, writable: true, configurable: true })
  performance.now = watchedPerformanceNow
  process.hrtime = Object.assign(watchedHrtime, { bigint: watchedNanoseconds })
  process.uptime = watchedUptime
}

export const startClock = (): void => {
  firstShownMs = changedClock = undefined
}
