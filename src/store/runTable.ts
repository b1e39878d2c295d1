import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Head, RunStatus } from "../actor/history/head.ts"
import type { Message, TombstoneMessage } from "../actor/history/message.ts"
import type { Tags } from "../actor/tags/tags.ts"
import type { CursorInvalid, StoreRefused, StoreUnavailable } from "./errors.ts"
import type { CountQuery, RunCounts } from "./listing/runCounts.ts"
import type { QueuedStep } from "./reading/queuedStep.ts"
import type { StepRetry } from "./reading/waitingFor.ts"
import type { QueueMessage } from "./stepQueue.ts"
import type { AsWrites } from "./transactions/asWrites.ts"
import type { PutWith } from "./transactions/putWith.ts"

/**
 * The inbox rows and heads of all runs. A `runId` here is the address of one generation (see `history/generation.ts`), but for marks, which
 * are the run's, and in listings. All reads are strong: they see every write that was answered before. A write that is
 * refused has left nothing behind, and a read of what could not be written finds nothing.
 * Contract: `test/store/runTableContract.ts`.
 */
export class RunTable extends Context.Service<
  RunTable,
  {
    /** Put if absent. A second put of the same key changes nothing and gets the row that is there. */
    readonly put: (runId: string, message: Message) => Effect.Effect<PutResult, StoreUnavailable | StoreRefused>
    /**
     * The same, in one transaction with writes of the user's own: all of it stands, or nothing does. Whoever did not hear the answer asks again, and
     * finds the row if it was taken. Left out: this store has no such transactions.
     */
    readonly putWith?: PutWith
    /** A row as part of a transaction that somebody else commits, and nothing is written by this. Left out: not of this store. */
    readonly asWrites?: AsWrites
    readonly readHead: (runId: string) => Effect.Effect<Head | undefined, StoreUnavailable>
    /** One row by its key (see `messageKey`). */
    readonly readMessage: (runId: string, key: string) => Effect.Effect<Message | undefined, StoreUnavailable>
    /**
     * Head, order segments and inbox of a run. No snapshot across items: rows may be newer than the head, and a head newer than
     * rows that were read before it. Who needs all that the head stands on asks `readWholeRun`. (SQLite reads all of one moment.)
     */
    readonly readRun: (runId: string) => Effect.Effect<StoredRun, StoreUnavailable>
    /** Put if absent: keys adopted as number `index * segmentLength` and on. The content of a segment is settled before it is written. */
    readonly putSegment: (
      runId: string,
      index: number,
      keys: ReadonlyArray<string>
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** Write the head if its version is still `head.version - 1` (no head counts as 0) (S2). A conflict hands back the winner's. */
    readonly commitHead: (runId: string, head: Head) => Effect.Effect<HeadResult, StoreUnavailable | StoreRefused>
    /**
     * From here on the run is looked for by these tags too, which its head has or is about to have: by the commit of this version. Left out, and
     * `dropTags` with it: a commit sees to it. What is found by them is what heads say, whatever was put.
     */
    readonly putTags?: (
      runId: string,
      tags: Tags,
      commit: { readonly version: number; readonly startedAt: number }
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** The head of this version does not have them: unless a later one is about to have them again, the run is not looked for by them any more. */
    readonly dropTags?: (
      runId: string,
      tags: Tags,
      version: number
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /**
     * Runs, the newest start first, of one millisecond the greater id first (`listing/runOrder.ts`), whatever the filters. A pure fold of heads
     * (S13); may lag behind by a second. Contract: `test/store/runTableListContract.ts`.
     */
    readonly list: (query: ListQuery) => Effect.Effect<RunPage, StoreUnavailable | CursorInvalid>
    /** How many runs a listing has of each status. May lag behind by a second. */
    readonly count: (query: CountQuery) => Effect.Effect<RunCounts, StoreUnavailable>
    /** Runs that were deleted and of which something is to be done before this time. May lag behind by a second. */
    readonly listDeleted: (query: {
      readonly before: number
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<DeletedPlace>, StoreUnavailable>
    /** Puts it in the place of the run's first start row, whatever is there. */
    readonly entomb: (
      runId: string,
      tombstone: TombstoneMessage
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /**
     * Addresses that were started and have no head, and generations that have ended without the start of the next, or so lately
     * (`lateRowsMs`) that rows may have come after their end, in no order: those whose doorbells are under way, and those that nobody was
     * told of. Also runs that have ended and were asked to start once more, where the store does not ring for a row until somebody has come. Goes through the whole table, a page at a time, and may name a run that has got its head meanwhile.
     */
    readonly scanUnstarted: (cursor?: string) => Effect.Effect<UnstartedPage, StoreUnavailable>
    /** A number that all generations of a run share, by its name. Undefined: never raised. */
    readonly readMark: (runId: string, name: string) => Effect.Effect<number | undefined, StoreUnavailable>
    /** Sets it `to`, unless it is greater than `above` (one never raised is less than any). Answers with the one that stands then. */
    readonly raiseMark: (
      runId: string,
      name: string,
      options: { readonly to: number; readonly above: number }
    ) => Effect.Effect<number, StoreUnavailable | StoreRefused>
    /**
     * Keys of the signals and cancellations that were sent to the run last, whoever sent them, as `lastSentWith` folds them. Left out:
     * this store cannot tell without a search.
     */
    readonly lastSent?: (runId: string) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
    /**
     * The run's steps that have failed and are tried again, or that somebody has in hand: as the step queue holds them, or, where nobody can look into it, as was noted; then
     * steps that are answered may be among them, and one that is in hand is told after some ten seconds. Undefined: nobody knows.
     */
    readonly stepRetries: (runId: string) => Effect.Effect<ReadonlyArray<StepRetry> | undefined, StoreUnavailable>
    /**
     * The run's steps as the step queue holds them now, for people: goes through the queue. Left out: this store cannot look into its queue.
     */
    readonly stepsQueued?: (runId: string) => Effect.Effect<ReadonlyArray<QueuedStep>, StoreUnavailable>
    /** Messages of the step queue that are dead letters now, up to `limit`, for people. Left out: this store cannot look into its queue. */
    readonly deadLetters?: (limit: number) => Effect.Effect<ReadonlyArray<QueueMessage>, StoreUnavailable>
    /**
     * Calls `tell` after each commit of a head with its run id, and with nothing after other processes have written, until the scope closes. It may tell of
     * too much, and leaves out nothing. Left out: this store cannot tell.
     */
    readonly onChange?: (tell: (runId: string | undefined) => void) => Effect.Effect<void, never, Scope.Scope>
    /**
     * Returns when the run may have ended or been parked, or after `timeoutMs`. A hint, to wait without polling hard: it may
     * return early, and changes of other processes may go unnoticed until the time-out. With `beyond`, a version of the head: returns
     * with the first commit after it. Answers with the head that it was told of, if it was told by who wrote it: by now there may be a newer one.
     */
    readonly headChanged: (runId: string, timeoutMs: number, beyond?: number) => Effect.Effect<Head | undefined>
  }
>()("dynactor/RunTable") {}

export type PutResult = { readonly _tag: "Inserted" } | { readonly _tag: "Exists"; readonly message: Message }

export type HeadResult = { readonly _tag: "Committed" } | { readonly _tag: "Conflict"; readonly head: Head | undefined }

export interface StoredRun {
  readonly head: Head | undefined
  /** Keys of the spilled part of the adopted order, segment by segment. At least `head.segments` of them. */
  readonly segments: ReadonlyArray<ReadonlyArray<string>>
  /** All inbox rows, adopted or not, by their time (`at`), then by key. */
  readonly messages: ReadonlyArray<Message>
}

/** Which runs: all that is given has to hold. */
export interface ListQuery {
  readonly workflow?: string
  readonly status?: RunStatus
  /** Tags that a run has, all of them. On DynamoDB the first one is looked for, and the others are looked at: give the rarest first. */
  readonly tags?: Tags
  /** Only runs that have started at this time or later, epoch milliseconds. */
  readonly since?: number
  /** Only runs that have started before this time, epoch milliseconds. */
  readonly until?: number
  /** Only runs whose id begins so. */
  readonly prefix?: string
  /** Runs of a page. Default 100, at most 1,000. */
  readonly limit?: number
  /** From the page before, which was asked for with the same filters; `limit` may be another. */
  readonly cursor?: string
}

/** The newest generation of a run that was deleted: that of the head which says so. */
export interface DeletedPlace {
  readonly runId: string
  readonly generation: number
}

export interface UnstartedPage {
  readonly runIds: ReadonlyArray<string>
  /** For the next page; absent at the end. */
  readonly cursor?: string
}

export interface RunSummary {
  readonly runId: string
  /** How often the run has continued as new. */
  readonly generation: number
  readonly workflow: string
  readonly definitionVersion: string
  readonly status: RunStatus
  readonly startedAt: number
  readonly updatedAt: number
  /** Absent: none. */
  readonly tags?: Tags
}

export interface RunPage {
  /** A page is bounded in what it reads: of filters that few runs fit it may have fewer than `limit`, or none, and there are more all the same. */
  readonly runs: ReadonlyArray<RunSummary>
  /** For the next page, which has what comes after this one, whatever has started or changed meanwhile. Absent: these were the last. */
  readonly cursor?: string
}

/** How long after its end a generation may be sent what came too late for it, with a doorbell that got lost: as records are kept for a day. */
export const lateRowsMs = 3 * 86_400_000
