import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { addressOf, runIdOf } from "../../actor/history/generation.ts"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/**
 * One output stream of one start of a run. Generations that follow by `continueAsNew` share it, so that a reader goes on where it is; one that was started
 * anew has streams of its own, as the end of one before may be told already.
 */
export interface OutputStream {
  /** The address of the generation that was started: for most runs the run id. See `streamRun`. */
  readonly runId: string
  readonly name: string
}

/** Whose streams a generation's are: those of the one with which its start began (`Head.since`). */
export const streamRun = (address: string, since = 0): string => addressOf(runIdOf(address), since)

/** Some values of a stream, next to each other, of one source. Immutable. */
export interface OutputChunk {
  /** How many values come before it: its key. The chunk behind it has the key `position + values.length`, so that none is left out. */
  readonly position: number
  /** The writer's clock, epoch milliseconds. */
  readonly at: number
  /** JSON texts. */
  readonly values: ReadonlyArray<string>
  readonly source: ChunkSource
  /** What bodies have emitted up to the end of this chunk. Whoever knows the last chunk knows what a body has left to append. */
  readonly bodies: BodyCount
}

export interface BodyCount {
  readonly generation: number
  /** Values by the body of that generation. */
  readonly count: number
}

/** `index`: the number of the chunk's first value among those of its body, or of its execution. */
export type ChunkSource =
  | { readonly kind: "body"; readonly generation: number; readonly index: number }
  | {
      readonly kind: "step"
      readonly key: string
      /** Tells executions apart: `<attempt>-<random>`. */
      readonly execution: string
      readonly index: number
    }
  /** Nothing comes after it. */
  | { readonly kind: "end" }

/**
 * Chunks of output streams. All reads are strong. A chunk's key is where the one before it ends, and is given once: whoever has put one
 * knew all that stands before it. Contract: `test/store/outputContract.ts`.
 */
export class OutputChunks extends Context.Service<
  OutputChunks,
  {
    /** Put if absent at its position. Otherwise answers with what is there. */
    readonly put: (stream: OutputStream, chunk: OutputChunk) => Effect.Effect<ChunkPut, StoreUnavailable | StoreRefused>
    /** The last chunk that begins at this position or before it. Default: of all. */
    readonly lastUpTo: (
      stream: OutputStream,
      position?: number
    ) => Effect.Effect<OutputChunk | undefined, StoreUnavailable>
    /** Some chunks that begin at this position or behind it, in order; none: there are none. */
    readonly readFrom: (
      stream: OutputStream,
      position: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<OutputChunk>, StoreUnavailable>
    /** Names of all streams of one start of a run, in no order. Left out: this store cannot tell without a search. */
    readonly names?: (runId: string) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
    /** Returns when there may be a chunk at `position`, or after `timeoutMs`. A hint: it may return early. */
    readonly changed: (stream: OutputStream, position: number, timeoutMs: number) => Effect.Effect<void>
  }
>()("dynactor/OutputChunks") {}

export type ChunkPut = { readonly _tag: "Inserted" } | { readonly _tag: "Exists"; readonly chunk: OutputChunk }
