import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { EmittedValues } from "../../actor/history/output/emitted.ts"
import type { OutputChunk, OutputChunks, OutputStream } from "./outputChunks.ts"
import { chunkAt, isSameSource, nextBodyChunk, type OutputTail, tailAfter } from "./outputTail.ts"

type Chunks = OutputChunks["Service"]

/**
 * Appends what a body has emitted and is not there yet. Any number of hosts may do so at a time, once or again: a chunk stands at the
 * end of all that its writer knew, or not at all, and the last chunk says how many values of the body are there.
 */
export const appendOfBody = Effect.fnUntraced(function* (
  chunks: Chunks,
  stream: OutputStream,
  generation: number,
  emitted: EmittedValues,
  at: number
) {
  let tail = tailAfter(yield* chunks.lastUpTo(stream))
  for (;;) {
    const chunk = nextBodyChunk(tail, generation, emitted, at)
    if (chunk === undefined) return
    tail = (yield* putNext(chunks, stream, chunk)).tail
  }
})

/** Puts it, or goes on to the end of what others have put there meanwhile. */
const putNext = Effect.fnUntraced(function* (chunks: Chunks, stream: OutputStream, chunk: OutputChunk) {
  const put = yield* chunks.put(stream, chunk)
  const there = put._tag === "Inserted" ? chunk : put.chunk
  const ours = put._tag === "Inserted" || isSameSource(there.source, chunk.source)
  const tail = tailAfter(there)
  return ours ? { ours: there, tail } : { ours: undefined, tail: yield* endOf(chunks, stream, tail) }
})

const endOf = Effect.fnUntraced(function* (chunks: Chunks, stream: OutputStream, from: OutputTail) {
  let tail = from
  for (;;) {
    const page = yield* chunks.readFrom(stream, tail.position, pageLength)
    const last = page.at(-1)
    if (last === undefined) return tail
    tail = tailAfter(last)
    if (tail.isEnded) return tail
  }
})

const pageLength = 100

/** Who appends as one execution of a step, chunk after chunk. A call that fails may be made again, with more values. */
export class StepAppender {
  private readonly chunks: Chunks
  private readonly stream: OutputStream
  private readonly step: { readonly key: string; readonly execution: string }
  private tail: OutputTail | undefined
  private index = 0

  constructor(chunks: Chunks, stream: OutputStream, step: StepAppender["step"]) {
    this.chunks = chunks
    this.stream = stream
    this.step = step
  }

  /** How many of the values are there now: some of them at least. Or why none ever will be. */
  readonly append = (values: ReadonlyArray<string>, most: number) =>
    Effect.gen({ self: this }, function* () {
      const { chunks, stream, step } = this
      const at = yield* Clock.currentTimeMillis
      for (;;) {
        this.tail ??= tailAfter(yield* chunks.lastUpTo(stream))
        if (this.tail.isEnded) return "ended" as const
        if (this.tail.position + values.length > most) return "full" as const
        const chunk = chunkAt(this.tail, { kind: "step", ...step, index: this.index }, values, at)
        const put = yield* putNext(chunks, stream, chunk)
        this.tail = put.tail
        if (put.ours === undefined) continue
        this.index += put.ours.values.length
        return put.ours.values.length
      }
    })
}

/** Ends the stream where the reader has come to, unless there is more. From then on nothing is appended. Answers with what is there. */
export const endOutput = Effect.fnUntraced(function* (chunks: Chunks, stream: OutputStream, tail: OutputTail) {
  const at = yield* Clock.currentTimeMillis
  const put = yield* chunks.put(stream, chunkAt(tail, { kind: "end" }, [], at))
  return put._tag === "Inserted" || put.chunk.source.kind === "end"
})
