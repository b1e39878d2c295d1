import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import { ownRoot, withoutLoads } from "./freshImport.ts"

/** As Node prints it, with its cause and what it carries; of its stack what is the user's own. */
export const errorText = (error: unknown): string =>
  ownFrames(
    error instanceof Error ? inspect(error, { depth: 4 }) : `an error that is none: ${inspect(error, { depth: 4 })}`
  )

/** Of a log entry: the same for each part of its cause. */
export const causeText = (cause: Cause.Cause<unknown>): string => ownFrames(Cause.pretty(cause))

/** A text with stacks in it, without the lines that are of Node, of packages or of this one. */
export const ownFrames = (text: string): string =>
  withoutLoads(text)
    .split("\n")
    .filter((line) => !isFrame(line) || isOwn(line))
    .join("\n")

const isFrame = (line: string): boolean =>
  /^\s+at .*(:\d+|<anonymous>|native)\)?( \{)?$/.test(line) || /matching cause stack trace/.test(line)

const isOwn = (line: string): boolean =>
  !line.includes("node:") && !line.includes("/node_modules/") && !line.includes(ownRoot) && /:\d+/.test(line)
