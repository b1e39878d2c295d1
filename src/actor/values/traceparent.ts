import * as Context from "effect/Context"
import * as Tracer from "effect/Tracer"
import { fingerprintText } from "./json.ts"

/**
 * A place in a trace, as W3C writes it (https://www.w3.org/TR/trace-context/#traceparent-header): `00-<trace>-<span>-<flags>`, 55
 * characters. It travels in inbox rows and step messages, and says where what they set off belongs. No code of a run sees it.
 */
export const writeTraceparent = ({ sampled, spanId, traceId }: Tracer.AnySpan): string | undefined => {
  const text = `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
  return readTraceparent(text) === undefined ? undefined : text
}

/** Undefined for what is none: a row may have been written by anyone, and a trace is not worth a turn. */
export const readTraceparent = (text: unknown): Tracer.ExternalSpan | undefined => {
  if (typeof text !== "string" || text.length > 128) return undefined
  const [, traceId, spanId, flags] = pattern.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 })
}

const pattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/** Where a run belongs that nobody has started within a trace: the same place for all of its turns, whoever takes them. */
export const derivedTrace = (runId: string, startedAt: number): Tracer.ExternalSpan =>
  new DerivedPlace(`${startedAt} ${runId}`)

/** Nobody has started that run within a trace, and so nobody has said whether it is sampled. */
export const isDerivedPlace = (span: Tracer.AnySpan): boolean => span instanceof DerivedPlace

/** Few ask. */
class DerivedPlace implements Tracer.ExternalSpan {
  readonly _tag = "ExternalSpan"
  readonly sampled = true
  readonly annotations = Context.empty()
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get traceId(): string {
    return hexOf(`trace ${this.text}`, 32)
  }

  get spanId(): string {
    return hexOf(`run ${this.text}`, 16)
  }
}

/** Hexadecimal digits that are a function of a text, and (but for chance, 1 in 2^52) not all zero. */
export const hexOf = (text: string, digits: 16 | 32): string => {
  let hex = ""
  for (let part = 0; hex.length < digits; part++)
    hex += Number.parseInt(fingerprintText(`${part} ${text}`), 36)
      .toString(16)
      .padStart(13, "0")
  return hex.slice(0, digits)
}
