import { syncBuiltinESMExports } from "node:module"
import { SeededNumbers } from "../draws/seededNumbers.ts"

/**
 * What a run may not depend on, under the harness's control: the wall clock, randomness, environment variables, locale and time
 * zone. The core answers for `Date` and `Math.random` during a slice, but not for functions that a module took hold of before
 * (`const now = Date.now`). So they are wrapped here when this module is loaded: whatever takes hold of them afterwards has
 * a wrapper, which does what it always did, except while the harness replays a run.
 *
 * `dynactor/testing` has to be loaded before the module of the workflow.
 */
export type Factor = "clock" | "random" | "environment" | "locale" | "timeZone"

export const allFactors: ReadonlyArray<Factor> = ["clock", "random", "environment", "locale", "timeZone"]

export interface Surroundings {
  /** Epoch milliseconds that the wall clock shows if it is not changed. */
  readonly now: () => number
  /** Those that answer otherwise than they would. */
  readonly changed: ReadonlySet<Factor>
  /** How they are changed is different from round to round... Default 0. */
  readonly round?: number
  /** ... and from schedule to schedule: a whole number of 0 or more. Default 0. */
  readonly luck?: number
  /** Where randomness comes from: of a run that is taken turn by turn, the same for all turns. Default: anew, from `luck`. */
  readonly draws?: SeededNumbers
  /** Told what was asked for, and from where. */
  readonly onLook?: (what: string, factor: Factor) => void
}

const HostDate = globalThis.Date
const hostNow = HostDate.now
const hostRandom = Math.random
const hostPerformanceNow = performance.now.bind(performance)
const hostHrtime = process.hrtime.bigint
const hostEnvironment = process.env

let current: Surroundings | undefined
let draws: SeededNumbers | undefined
/** What the clock showed, unchanged, when it was first asked. */
let firstShownMs: number | undefined
let changedClock: ReturnType<typeof clockOf> | undefined

const look = (what: string, factor: Factor): void => current?.onLook?.(what, factor)

/**
 * How fast a changed clock goes. A shift alone is not seen by who takes the difference of two looks; a replay takes no time, so to
 * whoever looks before a step and after it the clock of a real one stands still.
 */
const rates = [1, 0, 2_000, 1] as const

/** How many rounds there are that differ. */
export const rounds = rates.length

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
  if (current === undefined) return hostNow()
  look(what, "clock")
  const now = current.now()
  if (!current.changed.has("clock")) return now
  firstShownMs ??= now
  changedClock ??= clockOf(current)
  return firstShownMs + changedClock.shiftMs + (now - firstShownMs) * changedClock.rate
}

const watchedNow = (): number => wallClock("Date.now()")

let drawnOutside = 0

/** How often anyone but workflows has drawn from `Math.random`. */
export const drawsOfOthers = (): number => drawnOutside

const watchedRandom = (): number => {
  if (current === undefined) {
    drawnOutside++
    return hostRandom()
  }
  look("Math.random()", "random")
  draws ??= current.draws ?? new SeededNumbers(current.luck ?? 0)
  // The other half of the interval is what changes a branch.
  return (draws.next() + (current.changed.has("random") ? 0.5 + 0.31 * (current.round ?? 0) : 0)) % 1
}

const WatchedDate = new Proxy(HostDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 && current !== undefined ? [wallClock("new Date()")] : args, newTarget),
  apply: (target) => (current === undefined ? target() : new HostDate(wallClock("Date()")).toString()),
  get: (target, property) => {
    const value: unknown = Reflect.get(target, property)
    // What a test has put in its place (a spy, a mock) is what the test is to find there.
    return property === "now" && value === hostNow ? watchedNow : value
  }
})

/** Real time for the harness's own figures. */
export const stopwatchMs = (): number => hostPerformanceNow()

/**
 * What code compares variables with: others of these in each round and schedule, so that `NODE_ENV === "production"` is seen, and
 * a limit that is raised.
 */
const otherValues = ["1", "true", "on", "production", "0", "1000000", "eu-central-1", "false", "development"] as const

const changedValue = (value: string | undefined, { luck = 0, round = 0 }: Surroundings): string => {
  const other = otherValues[(luck * rounds + round) % otherValues.length] as string
  return value === undefined || (round > 0 && other !== value) ? other : `${value}-changed`
}

/** A variable that nobody has set: who counts or lists them finds one more. */
const oneMore = "DYNACTOR_ONE_MORE_VARIABLE"

/** `TZ` is set, and only because the harness has set it. */
let isZoneOurs = false

const isChanged = (): boolean => current?.changed.has("environment") === true

const watchedVariables: ProxyHandler<NodeJS.ProcessEnv> = {
  get: (target, name) => {
    const value = Reflect.get(target, name)
    if (current === undefined || typeof name !== "string" || name === "TZ" || name === oneMore) return value
    look(`process.env.${name}`, "environment")
    return isChanged() ? changedValue(value, current) : value
  },
  has: (target, name) => {
    if (current === undefined || typeof name !== "string") return Reflect.has(target, name)
    look(`${name} in process.env`, "environment")
    return Reflect.has(target, name) !== isChanged()
  },
  ownKeys: (target) => {
    const names = Reflect.ownKeys(target)
    if (current === undefined) return names
    look("the names in process.env", "environment")
    const theirs = isZoneOurs ? names.filter((name) => name !== "TZ") : names
    // Those that are there are gone, as for who asks for one of them.
    return isChanged() ? [oneMore] : theirs
  },
  /** For `Object.hasOwn`, and for who copies all of them. */
  getOwnPropertyDescriptor: (target, name) => {
    const found = Reflect.getOwnPropertyDescriptor(target, name)
    if (current === undefined || typeof name !== "string" || name === "TZ") return found
    look("the names in process.env", "environment")
    if (!isChanged()) return found
    return found === undefined ? { value: "1", writable: true, enumerable: true, configurable: true } : undefined
  },
  // Without this it would be defined on the proxy, attribute by attribute, which Node refuses for its environment.
  set: (target, name, value) => Reflect.set(target, name, value)
}

const watchedEnvironments = new WeakSet<object>()

const watched = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const proxy = new Proxy(environment, watchedVariables)
  watchedEnvironments.add(proxy)
  return proxy
}

const watchedPerformanceNow = () =>
  current === undefined ? hostPerformanceNow() : wallClock("performance.now()") % 1e9

const watchedHrtime = () =>
  current === undefined ? hostHrtime() : BigInt(Math.floor(wallClock("process.hrtime.bigint()"))) * 1_000_000n

const install = (): void => {
  globalThis.Date = WatchedDate
  // Who asks a date for its constructor finds the one that everyone has.
  Object.defineProperty(HostDate.prototype, "constructor", { value: WatchedDate, writable: true, configurable: true })
  Math.random = watchedRandom
  performance.now = watchedPerformanceNow
  process.hrtime.bigint = watchedHrtime
  process.env = watched(process.env)
  // For who imports `env` by name.
  syncBuiltinESMExports()
}

install()

type Method = (this: any, ...args: Array<any>) => unknown

/** Where the locale is an argument that may be left out: the place of that argument. */
const localeMethods: ReadonlyArray<readonly [owner: object, name: string, argument: number, other: string]> = [
  [Number.prototype, "toLocaleString", 0, "de-DE"],
  [BigInt.prototype, "toLocaleString", 0, "de-DE"],
  [HostDate.prototype, "toLocaleString", 0, "de-DE"],
  [HostDate.prototype, "toLocaleDateString", 0, "de-DE"],
  [HostDate.prototype, "toLocaleTimeString", 0, "de-DE"],
  [String.prototype, "localeCompare", 1, "et"],
  [String.prototype, "toLocaleUpperCase", 0, "tr"],
  [String.prototype, "toLocaleLowerCase", 0, "tr"]
]

/** And a locale in which the results are others than in most: of German, the order of letters and the kinds of plural are not. */
const intlLocales = {
  Collator: "et",
  DateTimeFormat: "de-DE",
  DisplayNames: "de-DE",
  ListFormat: "de-DE",
  NumberFormat: "de-DE",
  PluralRules: "ar",
  RelativeTimeFormat: "de-DE",
  Segmenter: "de-DE"
} as const

interface Patch {
  readonly owner: Record<string, unknown>
  readonly name: string
  readonly host: unknown
  readonly watched: unknown
}

const methodPatch = ([owner, name, argument, other]: (typeof localeMethods)[number]): Patch => {
  const host = (owner as Record<string, Method>)[name] as Method
  const watched: Method = function (this: unknown, ...args) {
    if (args[argument] === undefined) {
      look(`${name}() without a locale`, "locale")
      if (current?.changed.has("locale")) args[argument] = other
    }
    return host.apply(this, args)
  }
  return { owner: owner as Patch["owner"], name, host, watched }
}

const intlPatch = (name: keyof typeof intlLocales): Patch => {
  const host = Intl[name] as new (...args: Array<any>) => object
  const withLocale = (args: Array<unknown>) => {
    if (args[0] !== undefined) return args
    look(`Intl.${name} without a locale`, "locale")
    return current?.changed.has("locale") ? [intlLocales[name], ...args.slice(1)] : args
  }
  const watched = new Proxy(host, {
    construct: (target, args, newTarget) => Reflect.construct(target, withLocale(args), newTarget),
    apply: (target, self, args) => Reflect.apply(target as unknown as Method, self, withLocale(args))
  })
  return { owner: Intl as unknown as Patch["owner"], name, host, watched }
}

const intlNames = Object.keys(intlLocales) as ReadonlyArray<keyof typeof intlLocales>

const localePatches: ReadonlyArray<Patch> = [...localeMethods.map(methodPatch), ...intlNames.map(intlPatch)]

/** Half an hour off any other zone, and on the other side of the date line from most. */
const otherZone = "Pacific/Chatham"

/** Synchronous: nobody else ever sees these surroundings. */
export const within = <A>(surroundings: Surroundings, body: () => A): A => {
  const { changed, onLook } = surroundings
  const watchesLocale = changed.has("locale") || onLook !== undefined
  const environment = process.env
  const zone = hostEnvironment.TZ
  current = surroundings
  draws = firstShownMs = changedClock = undefined
  // A test may have put another environment there.
  if (!watchedEnvironments.has(environment)) process.env = watched(environment)
  if (watchesLocale) for (const { owner, name, watched } of localePatches) owner[name] = watched
  if (changed.has("timeZone")) {
    isZoneOurs = zone === undefined
    hostEnvironment.TZ = otherZone
  }
  try {
    return body()
  } finally {
    current = undefined
    isZoneOurs = false
    process.env = environment
    if (watchesLocale) for (const { owner, name, host } of localePatches) owner[name] = host
    if (changed.has("timeZone")) {
      if (zone === undefined) delete hostEnvironment.TZ
      else hostEnvironment.TZ = zone
    }
  }
}
