import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreUnavailable } from "./errors.ts"

/** A row has landed. A wake-up, not data: it may come late, twice, in any order; content and order are the table's. */
export interface Doorbell {
  readonly runId: string
  readonly key: string
}

export interface FeedBatch {
  readonly doorbells: ReadonlyArray<Doorbell>
  /** All of them are seen to: they need not ring again. Without it they do, after a restart at the latest (L1). */
  readonly acknowledge: Effect.Effect<void, StoreUnavailable>
}

/**
 * New inbox rows, at least once each. Contract: `test/store/changeFeedContract.ts`.
 */
export class ChangeFeed extends Context.Service<
  ChangeFeed,
  {
    /** The next batch, empty if nothing came within `waitMs`. One reader at a time per process. */
    readonly poll: (options: {
      readonly limit: number
      readonly waitMs: number
    }) => Effect.Effect<FeedBatch, StoreUnavailable>
  }
>()("dynactor/ChangeFeed") {}
