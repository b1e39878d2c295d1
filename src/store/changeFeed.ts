import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { StartMessage } from "../actor/history/message.ts"
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
  /** Doorbells may have been lost: what they rang for is to be found by looking through the table. */
  readonly gap?: FeedGap
}

/**
 * A feed that forgets after some time may have forgotten what nobody has read. It says so once, to one of its readers, and again
 * after a restart until the table has been looked through to its end. Feeds that do not forget never say so.
 */
export interface FeedGap {
  /** Why, in a few words. */
  readonly because: string
  /** Where an earlier look has got to (`RunTable.scanUnstarted`); undefined: begin at the beginning. */
  readonly cursor: string | undefined
  /**
   * The table is looked through to here; undefined: to its end. Called after each page, and every few minutes at least. False:
   * another reader goes on with it.
   */
  readonly seenTo: (cursor: string | undefined) => Effect.Effect<boolean, StoreUnavailable>
}

/**
 * New inbox rows, at least once each. Contract: `test/store/changeFeedContract.ts`.
 */
export class ChangeFeed extends Context.Service<
  ChangeFeed,
  {
    /** The next batch; empty, and without a gap, if nothing came in all of `waitMs`, and never earlier. One reader at a time per process. */
    readonly poll: (options: {
      readonly limit: number
      readonly waitMs: number
    }) => Effect.Effect<FeedBatch, StoreUnavailable>
    /**
     * Tells of each start that this process is about to put, before it is durable and before it is known whether there is another in its place, until the
     * scope closes. A turn that takes it up at once says so in its commit (`TurnCommit.begins`), which then stands or falls with the row. It is no
     * doorbell: a start that no commit adopts rings all the same. Left out: the first turn of a run begins with its doorbell.
     */
    readonly onStart?: (tell: (runId: string, start: StartMessage) => void) => Effect.Effect<void, never, Scope.Scope>
  }
>()("dynactor/ChangeFeed") {}
