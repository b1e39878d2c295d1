import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** A tracer that keeps the spans that have ended, in their order. */
export const memoryTracer = () => {
  const ended: Array<Tracer.NativeSpan> = []
  const begun: Array<Tracer.NativeSpan> = []
  class Span extends Tracer.NativeSpan {
    override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
      if (this.status._tag === "Started") ended.push(this)
      super.end(endTime, exit)
    }
  }
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Span(options)
      begun.push(span)
      return span
    }
  })
  const named = (name: string) => ended.filter((span) => span.name === name)
  return { tracer, ended, begun, named, layer: Layer.succeed(Tracer.Tracer, tracer) as Layer.Layer<never> }
}

export const parentIdOf = ({ parent }: Tracer.Span): string | undefined =>
  Option.isSome(parent) ? parent.value.spanId : undefined

export const attributeOf = ({ attributes }: Tracer.Span, name: string): unknown => attributes.get(`dynactor.${name}`)
