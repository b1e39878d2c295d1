import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Head } from "../actor/history/head.ts"
import type { Message, StartMessage } from "../actor/history/message.ts"
import type { EmittedValues } from "../actor/history/output/emitted.ts"
import type { Reply } from "../actor/history/reply.ts"
import type { Tags } from "../actor/tags/tags.ts"
import type { StoreRefused, StoreUnavailable } from "./errors.ts"
import type { Delivery, StepRequest } from "./stepQueue.ts"
import type { ScheduledTimer, Timer } from "./timers.ts"

/**
 * All that a turn does to the world, as data. The one place where table, queue and timers meet, so that a store with
 * transactions can do it in one and a store without can do it in the order that loses nothing (`commitInOrder`).
 *
 * Contract (`test/store/commitsContract.ts`), for every store:
 * - `rows` are durable before anything else takes effect;
 * - a step or timer of the turn reaches a receiver that acts only if the head stands (S3);
 * - once the head stands, no crash loses `steps`, `timers`, `notices` or `emitted`;
 * - `StoreRefused` says that a row of `rows`, a segment or the head is over a limit of the store, or that queue or timers do not
 *   take what is for them: the head does not stand, and asking again now is of no use.
 */
export class Commits extends Context.Service<
  Commits,
  {
    readonly commit: (turn: TurnCommit) => Effect.Effect<CommitResult, StoreUnavailable | StoreRefused>
    /**
     * Head, notices and emitted values are one transaction. Where they are not, a turn that finds `head.notices` set by a commit
     * of another, or values in `head.emitted` that followed it, makes sure that they were put.
     */
    readonly atomic: boolean
  }
>()("dynactor/Commits") {}

export interface TurnCommit {
  readonly runId: string
  /** Rows in hand that are not in the inbox yet: the outcomes that set off the turn, those of its inline steps. Put if absent. */
  readonly rows: ReadonlyArray<Message>
  /** Queue messages that are done with once `rows` are durable. */
  readonly done: ReadonlyArray<Delivery>
  /**
   * What an earlier attempt at this turn has sent, kept by whoever tries again. Where messages are sent ahead of a commit, one that
   * asks for the same on the same history sends no more than what is missing; once it stands this is empty. Default: nothing is
   * known to be sent.
   */
  readonly sent?: SentAhead | undefined
  /**
   * The start that the turn was told of before it was durable (`ChangeFeed.onStart`). The head stands only if this very row is in the inbox and no
   * other is beside it, as the turn has seen none; otherwise the answer is `Conflict`. Of a store that is `atomic`; others are not given any.
   */
  readonly begins?: StartMessage | undefined
  /** Absent: the rows are all; the turn asked for nothing, and a later one adopts them. */
  readonly head?: HeadCommit
  /**
   * Of a turn without a head: the version that it stands on, 0 for none. A store whose rows do not ring again for this process
   * must answer `Conflict` if the head is at another: the turn may have asked for nothing because it was behind.
   */
  readonly basedOn?: number
}

/** The messages that attempts at one commit have sent so far, and the token that they carry. */
export interface SentAhead {
  attempt?: {
    /** What they are based on: of a commit on anything else none of them is valid. */
    readonly base: string
    readonly token: string
    /** What each message is for that may be under way: its answer may have been lost. */
    readonly begun: Set<string>
    /** Those of them that are under way for certain. */
    readonly sent: Set<string>
  }
}

export interface HeadCommit {
  /** The new head, its version one above that on which the turn was based. Its `fences` are filled in by the store. */
  readonly head: Head
  /** Keys that this commit adopts. */
  readonly adopted: ReadonlyArray<string>
  /** Index and keys of order segments that this commit spills. */
  readonly segments: ReadonlyArray<{ readonly index: number; readonly keys: ReadonlyArray<string> }>
  readonly steps: ReadonlyArray<StepRequest>
  readonly timers: ReadonlyArray<Timer & { readonly index: number }>
  /** Timers of earlier commits that were too far off to be set at once, and whose first part is over (see `Timers`). */
  readonly furtherTimers?: ReadonlyArray<ScheduledTimer>
  readonly clearTimers: ReadonlyArray<Timer>
  /**
   * Rows for other runs, put if absent after the commit: child starts, cancellations, outcomes for parents, signals, and questions for
   * the end of a run. A row is there before those that follow from it are put (`judgeNotice` says which are put at all).
   */
  readonly notices: ReadonlyArray<Notice>
  /** Answers to updates, put after the commit, or in one transaction with it. Default: none. */
  readonly replies?: ReadonlyArray<Reply>
  /** Values for output streams, appended after the commit. Default: none. */
  readonly emitted?: ReadonlyArray<EmittedValues>
  /** Tags that the head has and the one before had not, and the other way round. Default: none. */
  readonly tagged?: TagChange
  /** Set by the last commit of a generation that the run leaves behind: what the next one begins with. */
  readonly next?: NextGeneration
  /** Indexes of the steps and timers still open, each once: fences that cover none of them are dropped. */
  readonly openIndexes: ReadonlyArray<number>
}

/**
 * Where a run is found by its tags through items of their own (`RunTable.putTags`): they are put before the commit, so that there is no moment in which
 * a head has a tag and nothing leads to it, and dropped after it.
 */
export interface TagChange {
  readonly put: Tags
  readonly drop: Tags
}

/** Put after the commit in this order, each if absent; made good by the next turn of the old generation (`Head.notices`). */
export interface NextGeneration {
  readonly address: string
  /** What is carried over, and then the start row. */
  readonly rows: ReadonlyArray<Message>
}

export interface Notice {
  readonly runId: string
  readonly message: Message
  /** Of a signal or cancellation: for the sender's child run of this command key, and no other run that may have its id. */
  readonly toChild?: string
  /** Of an `await` row: the workflow that the run is to be of. */
  readonly workflow?: string
}

export type CommitResult =
  /** `head` is the head as written, fences included. */
  | { readonly _tag: "Committed"; readonly head: Head | undefined; readonly conflicts: ReadonlyArray<NoticeConflict> }
  /** Another turn was first. Rows are put; nothing else was done. */
  | { readonly _tag: "Conflict"; readonly head: Head | undefined }
  /** A row of `rows` was there before with other content or another time: the turn was computed from what did not happen. Nothing else was done. */
  | { readonly _tag: "Superseded"; readonly existing: ReadonlyArray<Message> }

/** A row for another run that was not put: a child run's id was taken by another run, or the store refuses the row. */
export type NoticeConflict =
  | { readonly notice: Notice; readonly existing: Message }
  /** A signal that nobody would receive, and why. */
  | { readonly notice: Notice; readonly dropped: string }
  | { readonly notice: Notice; readonly refused: StoreRefused }
