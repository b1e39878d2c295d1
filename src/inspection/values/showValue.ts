import type { Outcome } from "../../actor/history/outcome.ts"
import type { Codec } from "../../actor/values/codec.ts"
import type { Json } from "../../actor/values/json.ts"
import { isReference, type Payload } from "../../actor/values/payload.ts"
import { whySealed } from "../../store/payloads.ts"
import type { ShownError, ShownValue } from "../shapes/value.ts"
import { chainInWords, errorChain } from "./errorChain.ts"
import { redactedEncoder } from "./redactedEncoder.ts"

export interface ShowOptions {
  /**
   * What is shown of values of which no schema is known. `known` (default): nothing, as nobody knows what in them is secret. `stored`: they
   * are shown as they are stored.
   */
  readonly values?: "known" | "stored"
  /** Characters of JSON up to which a value is shown whole. Default 4,096. */
  readonly mostValueChars?: number
}

/** As codecs come from definitions: read only where they are used. */
export type CodecOf = (() => Codec<any>) | undefined

const defaultMostChars = 4_096
const previewChars = 400

/** `ref` names the value for `readValue`. */
export const showValue = (payload: Payload, codec: CodecOf, ref: string, options: ShowOptions = {}): ShownValue => {
  const { mostValueChars = defaultMostChars, values = "known" } = options
  const sealed = whySealed(payload)
  if (sealed !== undefined) return { bytes: bytesOf(payload), hidden: "sealed", why: sealed, ref }
  if (codec === undefined && values === "known") return { bytes: bytesOf(payload), hidden: "noSchema", ref }
  if (isReference(payload)) return { bytes: payload.bytes, hidden: "large", ref }
  const { json: stored } = payload
  const bytes = bytesOf(payload)
  try {
    const encoder = codec === undefined ? undefined : redactedEncoder(codec().schema)
    if (encoder === undefined && stored.length > mostValueChars)
      return { bytes, hidden: "large", preview: cut(stored), ref }
    const value = JSON.parse(stored) as Json
    if (encoder === undefined) return { bytes, json: value, ref }
    const shown = encoder(value)
    const text = JSON.stringify(shown)
    return text.length > mostValueChars
      ? { bytes, hidden: "large", preview: cut(text), ref }
      : { bytes, json: shown, ref }
  } catch (error) {
    return { bytes, hidden: "unreadable", why: error instanceof Error ? error.message : String(error), ref }
  }
}

export const bytesOf = (payload: Payload): number =>
  isReference(payload) ? payload.bytes : Buffer.byteLength(payload.json)

const cut = (text: string): string => text.slice(0, previewChars).toWellFormed()

/** An outcome that is no success. A typed error is told by its schema, everything else is no secret of anybody's schema. */
export const showError = (outcome: Outcome, codec: CodecOf, ref: string, options: ShowOptions = {}): ShownError => {
  const { payload, tag } = outcome
  const sealed = whySealed(payload)
  if (sealed !== undefined) return { message: "an error that is sealed", chain: [{ name: "Sealed", message: sealed }] }
  if (tag === "failed") {
    const value = showValue(payload, codec, ref, options)
    const chain = "json" in value ? errorChain(value.json as Json) : [{ name: "Error", message: "a typed error" }]
    return { message: chainInWords(chain.slice(0, 1)), chain, value }
  }
  if (isReference(payload))
    return { message: "a defect", chain: [{ name: "Error", message: `${payload.bytes} bytes, not read` }] }
  const stored = JSON.parse(payload.json) as Json
  if (tag === "cancelled") {
    const message = typeof stored === "string" ? `cancelled: ${stored}` : "cancelled"
    return { message, chain: [{ name: "Cancelled", message }] }
  }
  if (tag === "terminated") {
    const message = `terminated${typeof stored === "string" ? `: ${stored}` : ""} (nothing was compensated)`
    return { message, chain: [{ name: "Terminated", message }] }
  }
  const chain = errorChain(stored)
  return { message: chainInWords(chain.slice(0, 1)), chain }
}
