import { isAbsolute, relative } from "node:path"
import { fileURLToPath } from "node:url"

/** During a replay the process may be told another one. */
const directory = process.cwd()

/** Where this package is: its own code is not what anyone looks for. */
const here = fileURLToPath(new URL("../..", import.meta.url))

/** Between the code and what it asks for there may be much of Effect's own. */
const mostFrames = 50

const locationOf = (frame: string): { readonly file: string; readonly line: string } | undefined => {
  const [, where = "", line = ""] = /([^\s()]+):(\d+):\d+\)?$/.exec(frame) ?? []
  const file = where.startsWith("file:") ? fileURLToPath(where) : where
  return isAbsolute(file) ? { file: file.replace(/\?.*/, ""), line } : undefined
}

const isOwn = (file: string): boolean => file.startsWith(here)

/** `, at orders/fulfil.ts:12`: the first place outside of packages and of this one. Nothing if there is none. */
export const placeIn = (stack: string | undefined): string => {
  for (const frame of (stack ?? "").split("\n").slice(1)) {
    const location = locationOf(frame)
    if (location === undefined || location.file.includes("node_modules") || isOwn(location.file)) continue
    return `, at ${relative(directory, location.file)}:${location.line}`
  }
  return ""
}

export const callerOf = (): string => {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = mostFrames
  try {
    return placeIn(new Error().stack)
  } finally {
    Error.stackTraceLimit = before
  }
}

/** Is it the user's own code that asks, and no package for itself? */
export const isAskedByUser = (): boolean => {
  for (const frame of (new Error().stack ?? "").split("\n").slice(1)) {
    const location = locationOf(frame)
    if (location === undefined || isOwn(location.file)) continue
    return !location.file.includes("node_modules")
  }
  return false
}
