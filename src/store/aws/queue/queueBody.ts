import { isReference, type Payload } from "../../../actor/values/payload.ts"
import type { QueueMessage } from "../../stepQueue.ts"

/**
 * A queue message as the body of an SQS message: one line of JSON, and for a step with an inline input that input's JSON text
 * behind it as it is. Inside of the first line each of its quotes would need an escape, and a body has a limit.
 */
export const encodeQueueMessage = (message: QueueMessage): string => {
  const { input, ...rest } = message.kind === "step" ? message : { ...message, input: undefined }
  if (input === undefined) return allowed(JSON.stringify(message))
  if (isReference(input)) return allowed(JSON.stringify({ ...rest, input }))
  return allowed(`${JSON.stringify(rest)}\n${input.json}`)
}

/** The message of a body; undefined if the body is none of ours. */
export const decodeQueueMessage = (body: string): QueueMessage | undefined => {
  const end = body.indexOf("\n")
  try {
    const header = JSON.parse(end < 0 ? body : body.slice(0, end))
    const input: { readonly input?: Payload } = end < 0 ? {} : { input: { json: body.slice(end + 1) } }
    const message = { ...header, ...input }
    return isQueueMessage(message) ? message : undefined
  } catch {
    return undefined
  }
}

/**
 * SQS takes the characters of XML 1.0 and no others: tab, line feed, carriage return, U+0020 to U+D7FF, U+E000 to U+FFFD, U+10000 to
 * U+10FFFF (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). JSON has another way to write
 * the rest, and it can stand nowhere in it but inside of a string. Control characters are escaped by JSON itself.
 */
const allowed = (json: string): string => json.replace(notAllowed, escaped)

// With the flag "u" a surrogate matches only where its other half is missing.
const notAllowed = /[\uD800-\uDFFF\uFFFE\uFFFF]/gu

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`

const isQueueMessage = (value: unknown): value is QueueMessage => {
  if (typeof value !== "object" || value === null) return false
  const { kind, runId, notBefore, key, input } = value as { readonly [name: string]: unknown }
  if (typeof runId !== "string" || typeof notBefore !== "number") return false
  if (kind === "wake") return true
  if (typeof key !== "string") return false
  return kind === "timer" || (kind === "step" && typeof input === "object" && input !== null)
}
