import * as Effect from "effect/Effect"
import type { ChunkPut, OutputChunk, OutputChunks, OutputStream } from "../../src/store/beside/outputChunks.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { forgetRun } from "./deletion/forgetRun.ts"
import type { Graves } from "./deletion/graves.ts"

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
  /** Of runs that are deleted, as they were: whoever reads one may have its chunks in hand. */
  private readonly erased = new Map<string, ReadonlyArray<OutputChunk>>()
  graves: Graves | undefined

  constructor(world: World) {
    this.world = world
  }

  observe(observer: OutputObserver): void {
    this.observers.push(observer)
  }

  all(): ReadonlyArray<{ readonly stream: OutputStream; readonly chunks: ReadonlyArray<OutputChunk> }> {
    return [...this.streams.values()].map(({ stream }) => ({ stream, chunks: this.stored(stream) }))
  }

  chunks(stream: OutputStream): ReadonlyArray<OutputChunk> {
    return this.erased.get(nameOf(stream)) ?? this.stored(stream)
  }

  private stored(stream: OutputStream): ReadonlyArray<OutputChunk> {
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
    const tell = () => {
      for (const observer of this.observers) observer(stream, chunk, by)
    }
    if (this.graves === undefined) tell()
    else this.graves.put(stream.runId, chunkText(stream, chunk.position), tell)
    return { _tag: "Inserted" }
  }

  erase(stream: OutputStream, position: number): void {
    const name = nameOf(stream)
    if (!this.erased.has(name)) this.erased.set(name, this.stored(stream))
    const chunks = this.streams.get(name)?.chunks
    chunks?.delete(position)
    if (chunks?.size === 0) this.streams.delete(name)
    this.graves?.erased(stream.runId, chunkText(stream, position))
  }

  forget(runId: string): void {
    forgetRun(this.erased, runId)
  }

  service(life: Life): OutputChunks["Service"] {
    const call = <A>(operation: string, request: () => A) => this.world.call(life, `OutputChunks.${operation}`, request)
    return {
      put: (stream, chunk) => call("put", () => this.put(stream, chunk, life.name)),
      lastUpTo: (stream, position = Number.POSITIVE_INFINITY) =>
        call("lastUpTo", () => this.stored(stream).findLast((chunk) => chunk.position <= position)),
      readFrom: (stream, position, limit) =>
        call("readFrom", () =>
          this.stored(stream)
            .filter((chunk) => chunk.position >= position)
            .slice(0, limit)
        ),
      changed: (_stream, _position, timeoutMs) => Effect.sleep(timeoutMs)
    }
  }
}

export const chunkText = (stream: OutputStream, position: number): string => `chunk of ${nameOf(stream)} at ${position}`

const nameOf = ({ name, runId }: OutputStream): string => `${runId} ~${name}`
