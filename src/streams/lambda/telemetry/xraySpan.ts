import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { hexOf, isDerivedPlace } from "../../../actor/values/traceparent.ts"

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

/** A function's own segment, which Lambda makes for each invocation: what its event does is below it. */
export class InvocationSegment implements Tracer.ExternalSpan {
  readonly _tag = "ExternalSpan"
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly annotations: Context.Context<never>

  constructor({ traceId, spanId, sampled }: Pick<Tracer.ExternalSpan, "traceId" | "spanId" | "sampled">) {
    this.traceId = traceId
    this.spanId = spanId
    this.sampled = sampled
    this.annotations = Tracer.externalSpan({ traceId, spanId }).annotations
  }
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`, which a function finds in its environment. */
export const readInvocation = (header: string | undefined): InvocationSegment | undefined => {
  const fields = new Map((header ?? "").split(";").map((field) => field.split("=", 2) as [string, string | undefined]))
  const [, seconds, rest] = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/.exec(fields.get("Root") ?? "") ?? []
  const spanId = fields.get("Parent")
  if (seconds === undefined || rest === undefined || spanId === undefined || !/^[0-9a-f]{16}$/.test(spanId))
    return undefined
  return new InvocationSegment({ traceId: `${seconds}${rest}`, spanId, sampled: fields.get("Sampled") === "1" })
}

export interface XrayTracerOptions {
  /** Of the traces that nobody has decided about: how many of them are told, from 0 to 1. */
  readonly share: number
  /** Of each span that has ended and is sampled. */
  readonly onEnded: (span: XraySpan) => void
  /** The root of the invocation that is under way, as Lambda says it. */
  readonly invocation: () => string | undefined
}

/**
 * A run's spans as X-Ray's segments. Where somebody has said whether a trace is sampled, be it X-Ray for the invocation that has started the run, that
 * holds. Runs that nobody has started within a trace are chosen by their trace's id, so that all functions choose the same.
 */
export const xrayTracer = ({ share, onEnded, invocation }: XrayTracerOptions): Tracer.Tracer =>
  Tracer.make({
    span: (options) => {
      const parent = Option.getOrUndefined(options.parent)
      const traceId = parent?.traceId ?? randomHex(32)
      const isUndecided = parent === undefined || isDerivedPlace(parent)
      const sampled = options.sampled && (isUndecided ? isChosen(traceId, share) : parent.sampled)
      return new XraySpan({ ...options, sampled }, traceId, invocation(), onEnded)
    }
  })

const isChosen = (traceId: string, share: number): boolean => Number.parseInt(traceId.slice(-8), 16) < share * 2 ** 32

const randomHex = (digits: 16 | 32): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

export class XraySpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly sampled: boolean
  readonly kind: Tracer.SpanKind
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<{
    readonly name: string
    readonly at: number
    readonly attributes?: Record<string, unknown>
  }> = []
  status: Tracer.SpanStatus
  /** Chosen when it is asked for, as a body's span may bring its own. */
  _spanId: string | undefined = undefined
  _traceId: string | undefined = undefined
  private readonly givenTraceId: string
  private readonly invocation: string | undefined
  private readonly onEnded: (span: XraySpan) => void

  constructor(
    options: SpanOptions,
    traceId: string,
    invocation: string | undefined,
    onEnded: (span: XraySpan) => void
  ) {
    this.name = options.name
    this.parent = options.parent
    this.annotations = options.annotations
    this.links = [...options.links]
    this.sampled = options.sampled
    this.kind = options.kind
    this.status = { _tag: "Started", startTime: options.startTime }
    this.givenTraceId = traceId
    this.invocation = invocation
    this.onEnded = onEnded
  }

  get spanId(): string {
    this._spanId ??= randomHex(16)
    return this._spanId
  }

  get traceId(): string {
    this._traceId ??= this.givenTraceId
    return this._traceId
  }

  attribute(key: string, value: unknown): void {
    if (this.status._tag === "Started") this.attributes.set(key, value)
  }

  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    if (this.status._tag !== "Started") return
    this.events.push({ name, at: secondsOf(startTime), ...(attributes === undefined ? {} : { attributes }) })
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.status._tag === "Started") this.links.push(...links)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    const { status } = this
    if (status._tag === "Ended") return
    this.status = { _tag: "Ended", startTime: status.startTime, endTime, exit }
    if (this.sampled) this.onEnded(this)
  }

  /** https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html. Undefined before its end. */
  document(): SegmentDocument | undefined {
    const { status, traceId } = this
    if (status._tag === "Started") return undefined
    const parent = Option.getOrUndefined(this.parent)
    // What is below something of this invocation is a part of it; what goes on with a trace from elsewhere is a segment of its own.
    const isPart = parent instanceof XraySpan || parent instanceof InvocationSegment
    const { annotations, others } = sorted(this.attributes)
    const links = this.links.map(({ span }) => ({ trace_id: xrayTraceId(span.traceId), id: span.spanId }))
    return {
      trace_id: xrayTraceId(traceId),
      id: this.spanId,
      ...(parent === undefined ? {} : { parent_id: parent.spanId }),
      ...(isPart ? { type: "subsegment" } : {}),
      name: nameOf(this.name),
      start_time: secondsOf(status.startTime),
      end_time: secondsOf(status.endTime),
      annotations,
      metadata: {
        ...(this.invocation === undefined ? {} : { invocation: this.invocation }),
        ...(links.length === 0 ? {} : { links }),
        ...(this.events.length === 0 ? {} : { events: this.events }),
        ...(Object.keys(others).length === 0 ? {} : { attributes: others })
      },
      ...(Exit.isSuccess(status.exit) ? {} : failureOf(status.exit.cause, this.spanId))
    }
  }
}

export interface SegmentDocument {
  readonly trace_id: string
  readonly id: string
  readonly parent_id?: string
  readonly type?: string
  readonly name: string
  readonly start_time: number
  readonly end_time: number
  /** What X-Ray can be searched by. */
  readonly annotations: Readonly<Record<string, string | number | boolean>>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly fault?: boolean
  readonly cause?: object
}

/** W3C's id as X-Ray writes it (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids). */
export const xrayTraceId = (traceId: string): string => `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`

const secondsOf = (nanoseconds: bigint): number => Number(nanoseconds / 1_000n) / 1e6

/** Letters, digits, blanks and some signs, 200 at most. */
const nameOf = (name: string): string => name.replace(/[^\p{L}\p{N}\p{Z}_.:/%&#=+\-@\\]/gu, "_").slice(0, 200) || "span"

/** Ours can be searched by; what is a user's may hold anything, and is shown. */
const sorted = (attributes: ReadonlyMap<string, unknown>) => {
  const annotations: Record<string, string | number | boolean> = {}
  const others: Record<string, unknown> = {}
  for (const [key, value] of attributes) {
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    if (key.startsWith("dynactor.") && isPlain) annotations[key.replace(/\W/g, "_")] = cut(value)
    else others[key] = value
  }
  return { annotations, others }
}

const cut = <A>(value: A): A | string => (typeof value === "string" ? value.slice(0, 1_000) : value)

const failureOf = (cause: Cause.Cause<unknown>, seed: string) => {
  const error = Cause.squash(cause)
  const { name, message }: { readonly name: string; readonly message: string } =
    error instanceof Error ? error : { name: "Failure", message: String(error) }
  const exception = { id: hexOf(`exception ${seed}`, 16), type: name, message: cut(message) }
  return { fault: true, cause: { working_directory: "", exceptions: [exception] } }
}
