import { inspect } from "node:util"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"

/**
 * Log lines as Lambda wants them: one call of the console's method for their level, which is how the runtime learns of it where logs are JSON
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html). The runtime adds time and request id.
 */
const leveled = Logger.withLeveledConsole(
  Logger.map(Logger.formatStructured, ({ message, cause, annotations }) => {
    const parts = Array.isArray(message) ? message : [message]
    const noted = Object.keys(annotations).length === 0 ? [] : [annotations]
    return [...parts, ...noted]
      .map(textOf)
      .concat(cause ?? [])
      .join(" ")
  })
)

/** Of whatever user code logs: a line that JSON has no words for (a circle, a getter that throws) is told as Node prints it, and not lost. */
const textOf = (part: unknown): string => {
  if (part instanceof Error) return part.stack ?? String(part)
  if (typeof part === "string") return part
  try {
    return JSON.stringify(part, inJson) ?? String(part)
  } catch {
    return inspect(part, { breakLength: Number.POSITIVE_INFINITY, depth: 6 })
  }
}

const inJson = (_name: string, value: unknown): unknown => {
  if (typeof value === "bigint") return String(value)
  return value instanceof Map || value instanceof Set ? [...value] : value
}

export const lambdaLogger: Layer.Layer<never> = Logger.layer([leveled])
