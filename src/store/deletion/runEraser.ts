import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/**
 * Deletes what is stored of a run. Apart from the other ports, since on AWS one function alone has the right to. Nothing but `store/deletion` calls
 * it, after the run's head and tombstone say that the run was deleted. Contract: `test/store/runEraserContract.ts`.
 */
export class RunEraser extends Context.Service<
  RunEraser,
  {
    /**
     * All that is the run's, of all its generations and of one that was asked for behind them: rows, order, marks, tags, replies, streams, payload objects, messages that a queue shows. Two
     * kinds of items stay: what stands in the place of its first start, and the head of each generation. To be asked again where it did not come
     * to its end. Answers with how many items were deleted.
     */
    readonly erase: (run: ErasedRun) => Effect.Effect<number, StoreUnavailable | StoreRefused>
    /** The tombstone and the newest head together, unless that head was written since this version; and before them those of earlier generations. */
    readonly remove: (run: RemovedRun) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /**
     * What was deleted before can be read from no byte of the store any more. Left out: a service does so by itself. False: not yet, as another
     * process is reading; it is to be asked again.
     */
    readonly scrub?: Effect.Effect<boolean, StoreUnavailable>
  }
>()("dynactor/RunEraser") {}

export interface ErasedRun {
  readonly runId: string
  /** The newest there is. */
  readonly generation: number
  /** Streams that its heads tell of; those of its steps the store knows. */
  readonly streams: ReadonlyArray<ErasedStream>
}

export interface ErasedStream {
  /** Of the start that it belongs to. */
  readonly since: number
  readonly name: string
}

export interface RemovedRun {
  readonly runId: string
  readonly generation: number
  readonly version: number
}
