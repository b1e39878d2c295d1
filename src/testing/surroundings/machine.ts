import os from "node:os"
import { isAskedByUser } from "./place.ts"
import { currentSurroundings, type Factor, isChanged, isLoading, look } from "./surroundings.ts"

// What a process is, and what it runs on: another in a replay as often as not.

/** The same kind of value, and another one. */
const other = (value: unknown): unknown => {
  if (typeof value === "number") return value + 1
  if (typeof value === "string") return `${value}-changed`
  if (Array.isArray(value)) return [...value, ...value, "changed"].slice(0, Math.max(1, value.length * 2))
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, other(field)]))
  return value
}

/** Values that move all the time stand still for runs. Otherwise they would differ although nothing was changed. */
const moving = new Set(["cpus", "freemem", "loadavg", "uptime"].map((name) => `${name}() of node:os`))
const firstSeen = new Map<string, unknown>()

const standingStill = (what: string, value: unknown): unknown => {
  if (!moving.has(what)) return value
  if (!firstSeen.has(what)) firstSeen.set(what, value)
  return firstSeen.get(what)
}

const seen = (what: string, value: unknown, factor: Factor, otherwise: unknown): unknown => {
  // While a module is loaded anew, packages are to find what makes them work.
  if (currentSurroundings() === undefined || (isLoading() && !isAskedByUser())) return value
  look(what, factor)
  const still = standingStill(what, value)
  if (!isChanged(factor)) return still
  return otherwise ?? other(still)
}

const osFunctions = [
  "availableParallelism",
  "cpus",
  "freemem",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "tmpdir",
  "totalmem",
  "uptime",
  "userInfo"
] as const

type AnyFunction = (...args: Array<any>) => unknown

const watchFunction = (owner: object, name: string, what: string): void => {
  const functions = owner as Record<string, AnyFunction>
  // A proxy: functions of Node have properties of their own.
  const watched = new Proxy(functions[name] as AnyFunction, {
    apply: (target, self, args) => seen(what, Reflect.apply(target, self, args), "machine", undefined)
  })
  // Bun and Deno hold some of these fast: those are not watched there, and all others are.
  Reflect.set(owner, name, watched)
}

/** `otherwise`: what it says where the factor is another. Default: something that is made of its value. */
const watchProperty = (
  owner: object,
  name: string,
  what: string,
  { factor = "machine", otherwise }: { readonly factor?: Factor; readonly otherwise?: unknown } = {}
): void => {
  const holder = owner as Record<string, unknown>
  let value = holder[name]
  Reflect.defineProperty(owner, name, {
    configurable: true,
    enumerable: true,
    get: () => seen(what, value, factor, otherwise),
    set: (given: unknown) => {
      value = given
    }
  })
}

export const watchMachine = (): void => {
  for (const name of osFunctions) watchFunction(os, name, `${name}() of node:os`)
  watchFunction(process, "cwd", "process.cwd()")
  for (const name of ["pid", "ppid", "argv", "execArgv", "execPath"]) watchProperty(process, name, `process.${name}`)
  watchProperty(performance, "timeOrigin", "performance.timeOrigin")
  if (typeof navigator !== "object") return
  watchProperty(navigator, "hardwareConcurrency", "navigator.hardwareConcurrency")
  watchProperty(navigator, "language", "navigator.language", { factor: "locale", otherwise: "de-DE" })
  watchProperty(navigator, "languages", "navigator.languages", { factor: "locale", otherwise: ["de-DE"] })
}
