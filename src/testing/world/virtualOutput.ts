import * as Effect from "effect/Effect"
import type { EmittedValues } from "../../actor/history/output/emitted.ts"
import type { OutputChunk, OutputChunks, OutputStream } from "../../store/beside/outputChunks.ts"
import { nextBodyChunk, tailAfter } from "../../store/beside/outputTail.ts"

/** The output streams of a virtual world, in memory. */
export class VirtualOutput {
  private readonly streams = new Map<string, Array<OutputChunk>>()

  /** In order. */
  chunks({ name, runId }: OutputStream): ReadonlyArray<OutputChunk> {
    return this.streams.get(`${name}/${runId}`) ?? []
  }

  appendEmitted(runId: string, all: ReadonlyArray<EmittedValues>, at: number): void {
    for (const emitted of all) {
      const stream = { runId, name: emitted.stream }
      const next = () => nextBodyChunk(tailAfter(this.chunks(stream).at(-1)), 0, emitted, at)
      for (let chunk = next(); chunk !== undefined; chunk = next()) this.put(stream, chunk)
    }
  }

  private put({ name, runId }: OutputStream, chunk: OutputChunk): void {
    this.streams.set(`${name}/${runId}`, [...this.chunks({ name, runId }), chunk])
  }

  /** For steps. Nobody appends at the same time, and nobody waits. */
  readonly service: OutputChunks["Service"] = {
    put: (stream, chunk) =>
      Effect.sync(() => {
        this.put(stream, chunk)
        return { _tag: "Inserted" }
      }),
    lastUpTo: (stream, position = Number.POSITIVE_INFINITY) =>
      Effect.sync(() => this.chunks(stream).findLast((chunk) => chunk.position <= position)),
    readFrom: (stream, position) =>
      Effect.sync(() => this.chunks(stream).filter((chunk) => chunk.position >= position)),
    changed: () => Effect.void
  }
}
