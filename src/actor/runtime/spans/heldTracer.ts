import type * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import { hexOf } from "../../values/traceparent.ts"
import { snapshot } from "../snapshot.ts"

/** Where the spans of a live turn go, when its commit stands. */
export interface SpanSink {
  readonly tracer: Tracer.Tracer
  readonly say: (span: () => void) => void
}

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

/**
 * The tracer of a body. A span may begin in one turn and end in another, in another process, and a replay goes through it again: so its ids are
 * a function of the run and of how many spans its body has made before, whether anybody keeps it or not, and code that looks at them finds
 * the same in each replay. The host's tracer is told of it when a turn stands in which it began or ended, and of its end once.
 */
export class HeldTracer implements Tracer.Tracer {
  private readonly seed: string
  private readonly sink: SpanSink | undefined
  private count = 0
  isLive = true

  constructor(seed: string, sink: SpanSink | undefined) {
    this.seed = seed
    this.sink = sink
  }

  span(options: SpanOptions): Tracer.Span {
    const span = new HeldSpan(options, `${this.seed}/span/${this.count++}`, (say) => this.say(say))
    this.say((tracer) => void span.told(tracer))
    return span
  }

  private say(tell: (tracer: Tracer.Tracer) => void): void {
    const { isLive, sink } = this
    if (isLive) sink?.say(() => tell(sink.tracer))
  }
}

class HeldSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly sampled: boolean
  readonly kind: Tracer.SpanKind
  readonly attributes = new Map<string, unknown>()
  status: Tracer.SpanStatus
  private readonly options: SpanOptions
  private readonly seed: string
  private readonly events: Array<Parameters<Tracer.Span["event"]>> = []
  private readonly say: (tell: (tracer: Tracer.Tracer) => void) => void
  /** As the host's tracer has it, in this process. */
  private real: Tracer.Span | undefined
  private ownTraceId: string | undefined
  private ownSpanId: string | undefined

  constructor(options: SpanOptions, seed: string, say: HeldSpan["say"]) {
    this.options = options
    this.seed = seed
    this.say = say
    this.name = options.name
    this.parent = options.parent
    this.annotations = options.annotations
    this.links = options.links
    this.sampled = options.sampled
    this.kind = options.kind
    this.status = { _tag: "Started", startTime: options.startTime }
  }

  get traceId(): string {
    this.ownTraceId ??= Option.isSome(this.parent) ? this.parent.value.traceId : hexOf(`trace ${this.seed}`, 32)
    return this.ownTraceId
  }

  get spanId(): string {
    this.ownSpanId ??= hexOf(this.seed, 16)
    return this.ownSpanId
  }

  attribute(key: string, value: unknown): void {
    if (this.status._tag === "Started") this.attributes.set(key, snapshot(value))
  }

  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    if (this.status._tag === "Started") this.events.push([name, startTime, { ...attributes }])
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.status._tag === "Started") this.links.push(...links)
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    this.status = { _tag: "Ended", startTime: this.options.startTime, endTime, exit }
    this.say((tracer) => {
      const real = this.told(tracer)
      for (const [key, value] of this.attributes) real.attribute(key, value)
      for (const event of this.events) real.event(...event)
      real.end(endTime, exit)
    })
  }

  /** Begun by a turn before this process had the run: then the host's tracer hears of it now. */
  told(tracer: Tracer.Tracer): Tracer.Span {
    if (this.real !== undefined) return this.real
    const parent = Option.map(this.parent, (span) => (span instanceof HeldSpan ? span.told(tracer) : span))
    const real = tracer.span({ ...this.options, parent, links: this.links })
    // Effect's own spans choose an id when it is asked for. With this one, what a restart has cut in two is one span still.
    if ("_spanId" in real && real._spanId === undefined) {
      real._spanId = this.spanId
      if (Option.isNone(parent)) (real as { _traceId?: string })._traceId = this.traceId
    }
    this.real = real
    return real
  }
}
