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

const textOf = (part: unknown): string => {
  if (part instanceof Error) return part.stack ?? String(part)
  return typeof part === "string" ? part : JSON.stringify(part)
}

export const lambdaLogger: Layer.Layer<never> = Logger.layer([leveled])
