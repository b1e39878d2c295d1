import * as Effect from "effect/Effect"
import { parseAddress } from "../../../actor/history/generation.ts"
import type { StartMessage } from "../../../actor/history/message.ts"
import type { EmittedValues } from "../../../actor/history/output/emitted.ts"
import {
  type OutputChunk,
  type OutputChunks,
  type OutputStream,
  streamRun
} from "../../../store/beside/outputChunks.ts"
import { nextBodyChunk, tailAfter } from "../../../store/beside/outputTail.ts"

/** The output streams of a virtual world, in memory. */
export class VirtualOutput {
  private readonly streams = new Map<string, Array<OutputChunk>>()

  /** In order. */
  chunks({ name, runId }: OutputStream): ReadonlyArray<OutputChunk> {
    return this.streams.get(`${name}/${runId}`) ?? []
  }

  /** All generations of a start emit to the same streams. */
  appendEmitted(address: string, start: StartMessage | undefined, all: ReadonlyArray<EmittedValues>, at: number): void {
    const { generation } = parseAddress(address)
    for (const emitted of all) {
      const stream = { runId: streamsOf(address, start), name: emitted.stream }
      const next = () => nextBodyChunk(tailAfter(this.chunks(stream).at(-1)), generation, emitted, at)
      for (let chunk = next(); chunk !== undefined; chunk = next()) this.put(stream, chunk)
    }
  }

  private put({ name, runId }: OutputStream, chunk: OutputChunk): void {
    this.streams.set(`${name}/${runId}`, [...this.chunks({ name, runId }), chunk])
  }

  /** For a step of that run. Nobody appends at the same time, and nobody waits. */
  serviceOf(address: string, start: StartMessage | undefined): OutputChunks["Service"] {
    const runId = streamsOf(address, start)
    const chunks = ({ name }: OutputStream) => this.chunks({ runId, name })
    return {
      put: ({ name }, chunk) =>
        Effect.sync(() => {
          this.put({ runId, name }, chunk)
          return { _tag: "Inserted" }
        }),
      lastUpTo: (stream, position = Number.POSITIVE_INFINITY) =>
        Effect.sync(() => chunks(stream).findLast((chunk) => chunk.position <= position)),
      readFrom: (stream, position) => Effect.sync(() => chunks(stream).filter((chunk) => chunk.position >= position)),
      changed: () => Effect.void
    }
  }
}

export const streamsOf = (address: string, start: StartMessage | undefined): string =>
  streamRun(address, start?.continues?.since)
