import { isAskedByUser } from "./place.ts"
import { currentSurroundings, isChanged, isLoading, look, rounds, type Surroundings } from "./surroundings.ts"

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

const hostEnvironment = process.env

/** `TZ` is set, and only because the harness has set it. */
let isZoneOurs = false

const watchedVariables: ProxyHandler<NodeJS.ProcessEnv> = {
  get: (target, name) => {
    const value = Reflect.get(target, name)
    const current = currentSurroundings()
    if (current === undefined || typeof name !== "string" || name === "TZ" || name === oneMore) return value
    // While a module is loaded anew, packages are to find what makes them work.
    if (isLoading() && !isAskedByUser()) return value
    look(`process.env.${name}`, "environment")
    return isChanged("environment") ? changedValue(value, current) : value
  },
  has: (target, name) => {
    if (currentSurroundings() === undefined || isLoading() || typeof name !== "string") return Reflect.has(target, name)
    look(`${name} in process.env`, "environment")
    return Reflect.has(target, name) !== isChanged("environment")
  },
  ownKeys: (target) => {
    const names = Reflect.ownKeys(target)
    if (currentSurroundings() === undefined || isLoading()) return names
    look("the names in process.env", "environment")
    const theirs = isZoneOurs ? names.filter((name) => name !== "TZ") : names
    // Variables that are set look as if they were not, just as when code asks for one of them.
    return isChanged("environment") ? [oneMore] : theirs
  },
  /** For `Object.hasOwn`, and for who copies all of them. */
  getOwnPropertyDescriptor: (target, name) => {
    const found = Reflect.getOwnPropertyDescriptor(target, name)
    if (currentSurroundings() === undefined || isLoading() || typeof name !== "string" || name === "TZ") return found
    look("the names in process.env", "environment")
    if (!isChanged("environment")) return found
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

export const watchVariables = (): void => {
  process.env = watched(process.env)
}

/** Each is half an hour off most others, and the one is far ahead of most and the other far behind: what asks for no more than the day has another one in one of them. */
const otherZones = ["Pacific/Chatham", "Pacific/Marquesas"] as const

/** Answers with what puts everything back. */
export const startVariables = ({ changed, round = 0 }: Surroundings): (() => void) => {
  const environment = process.env
  // A test may have put another environment there.
  if (!watchedEnvironments.has(environment)) process.env = watched(environment)
  const zone = hostEnvironment.TZ
  const isElsewhere = changed.has("timeZone")
  if (isElsewhere) {
    isZoneOurs = zone === undefined
    hostEnvironment.TZ = otherZones[round % otherZones.length]
  }
  return () => {
    isZoneOurs = false
    process.env = environment
    if (!isElsewhere) return
    if (zone === undefined) delete hostEnvironment.TZ
    else hostEnvironment.TZ = zone
  }
}
