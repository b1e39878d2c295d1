import * as Effect from "effect/Effect"
import type { ChunkPut, OutputChunk, OutputChunks, OutputStream } from "../../src/store/beside/outputChunks.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

/** Told of every chunk that was put, in the moment in which it was. */
export type OutputObserver = (stream: OutputStream, chunk: OutputChunk, by: string) => void

/** Chunks by position: every put is one conditional write, every read is strong. */
export class SimulatedOutput {
  private readonly world: World
  private readonly streams = new Map<
    string,
    { readonly stream: OutputStream; readonly chunks: Map<number, OutputChunk> }
  >()
  private readonly observers: Array<OutputObserver> = []

  constructor(world: World) {
    this.world = world
  }

  observe(observer: OutputObserver): void {
    this.observers.push(observer)
  }

  all(): ReadonlyArray<{ readonly stream: OutputStream; readonly chunks: ReadonlyArray<OutputChunk> }> {
    return [...this.streams.values()].map(({ stream }) => ({ stream, chunks: this.chunks(stream) }))
  }

  chunks(stream: OutputStream): ReadonlyArray<OutputChunk> {
    const chunks = this.streams.get(nameOf(stream))?.chunks.values() ?? []
    return [...chunks].sort((a, b) => a.position - b.position)
  }

  put(stream: OutputStream, chunk: OutputChunk, by: string): ChunkPut {
    const known = this.streams.get(nameOf(stream)) ?? { stream, chunks: new Map() }
    this.streams.set(nameOf(stream), known)
    const there = known.chunks.get(chunk.position)
    if (there !== undefined) return { _tag: "Exists", chunk: there }
    known.chunks.set(chunk.position, chunk)
    this.world.note(by, () => `appends ${chunk.values.length} to ${nameOf(stream)} at ${chunk.position}`)
    for (const observer of this.observers) observer(stream, chunk, by)
    return { _tag: "Inserted" }
  }

  service(life: Life): OutputChunks["Service"] {
    const call = <A>(operation: string, request: () => A) => this.world.call(life, `OutputChunks.${operation}`, request)
    return {
      put: (stream, chunk) => call("put", () => this.put(stream, chunk, life.name)),
      lastUpTo: (stream, position = Number.POSITIVE_INFINITY) =>
        call("lastUpTo", () => this.chunks(stream).findLast((chunk) => chunk.position <= position)),
      readFrom: (stream, position, limit) =>
        call("readFrom", () =>
          this.chunks(stream)
            .filter((chunk) => chunk.position >= position)
            .slice(0, limit)
        ),
      changed: (_stream, _position, timeoutMs) => Effect.sleep(timeoutMs)
    }
  }
}

const nameOf = ({ name, runId }: OutputStream): string => `${runId} ~${name}`
