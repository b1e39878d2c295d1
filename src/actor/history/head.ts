import type { ParkReason } from "../errors.ts"
import type { Tags } from "../tags/tags.ts"
import type { Unread } from "../values/channel.ts"
import type { Payload } from "../values/payload.ts"
import type { Unopened } from "../values/sealed.ts"
import type { CommandRecord } from "./command.ts"
import type { ParentLink } from "./message.ts"
import type { Ending, Outcome } from "./outcome.ts"
import type { EmittedRecord } from "./output/emitted.ts"

/**
 * The one mutable item of a run, written by turns alone, each time under the condition that `version` is still the one the
 * turn began with (S2).
 */
export interface Head {
  /** Commits so far: 1 after the first. */
  readonly version: number
  readonly status: HeadStatus
  readonly workflow: string
  readonly definitionVersion: string
  /** Logical times, epoch milliseconds. */
  readonly startedAt: number
  readonly updatedAt: number
  /** Messages adopted so far, in `segments` and `tail` together. Only grows (S4). */
  readonly adopted: number
  /** Order segments spilled into immutable rows, each of {@link segmentLength} keys. */
  readonly segments: number
  /** Keys of the messages adopted since the last segment, in order. */
  readonly tail: ReadonlyArray<string>
  /** Commands issued and not answered. */
  readonly open: ReadonlyArray<CommandRecord>
  /** Commands that the workflow dropped (a lost race, a timeout not needed): issued, wanted no more, not answered by then. */
  readonly abandoned: ReadonlyArray<CommandRecord>
  readonly fences: ReadonlyArray<Fence>
  /** The last commit asked for rows in other partitions; a turn that did not write it makes sure that they are there. */
  readonly notices: boolean
  /** What of the last commit's notices is not told by the commands on record: such a turn takes it from a replay. */
  readonly sends?: Sends
  readonly parent?: ParentLink
  readonly outcome?: Ending
  /** How this generation had ended, where the run goes on with a start that was asked for: with `continued` as its status. */
  readonly concluded?: Concluded
  /** The generation that what runs now was started with; absent: the first. */
  readonly since?: number
  readonly parked?: ParkReason
  /** Of a run whose status is `paused`: since when, and why. What was the matter with it before stands in `parked`. */
  readonly paused?: Paused
  /** Of one whose status is `deleted`, and of its earlier generations. */
  readonly deletion?: Deletion
  /** Signals that the workflow waits for, as `channelText` writes them, at most {@link maxSignalNames}; absent: none. For people, like `endless`. */
  readonly signals?: ReadonlyArray<string>
  /** Signals that have come and that nobody has asked for, of at most {@link maxSignalNames} channels; absent: none. Of an ended run as well. */
  readonly unread?: ReadonlyArray<Unread>
  /** It sleeps without end, until it is cancelled. */
  readonly endless?: true
  /** Names of updates that the body takes, at most {@link maxSignalNames}; absent: none. For people. */
  readonly updates?: ReadonlyArray<string>
  /**
   * What this commit answers to updates, where the replies follow it: a list of `Reply`, as JSON. They are put before the next commit, by
   * whoever makes it (S23). Absent: none, or they are of one transaction with it.
   */
  readonly replies?: Payload
  /** Updates that its commits have answered; absent: none. A replay that comes to more has come to some that nobody was told of. */
  readonly answered?: number
  /** What the body has published by now, also once the run has ended (S22). Absent: nothing. */
  readonly states?: ReadonlyArray<PublishedState>
  /** The steps that were adopted last of those that had failed before, oldest first, at most {@link mostTroubles}; absent: none. For people. */
  readonly troubles?: ReadonlyArray<StepTrouble>
  /** What it can be found by, as of this commit. Absent: there never were any; empty once there are none any more. */
  readonly tags?: Tags
  /** What its body has emitted, a record a stream; absent: nothing. */
  readonly emitted?: ReadonlyArray<EmittedRecord>
  /** What of it a codec has sealed, in one text: where that text was opened, all stands in its place, and this is absent. */
  readonly sealed?: string
  /** Set where a store has the codec, and could not open it: why, and the head as it is stored. Never stored itself. */
  readonly unopened?: Unopened & { readonly stored: Head }
}

/** Somebody has said that a run is to stand still. */
export interface Paused {
  /** Epoch milliseconds, by the clock of whoever has said so. */
  readonly since: number
  readonly reason: string | null
}

/**
 * A run that was deleted. Its head is the last of it to go: by that place a purge finds what is still to be done, and when (`startedAt` of such a head is
 * when it is to be looked at next, and `updatedAt` when the run was deleted).
 */
export interface Deletion {
  /** The newest there is: that of this head. */
  readonly generation: number
  /** Until when its id is taken, epoch milliseconds. Over: no longer than until all is gone. */
  readonly until: number
  /** As it was before, until all that it had is gone. */
  readonly was?: Was
  /** Nobody had asked for another start when it was looked for, and it is not taken back any more. */
  readonly isSettled?: true
}

export interface Was {
  readonly status: RunStatus
  readonly startedAt: number
  readonly updatedAt: number
}

export interface Concluded {
  readonly status: RunStatus
  readonly outcome: Outcome
}

/** Has the run ended with it, by all that is known? */
export const isEnded = ({ outcome }: Pick<Head, "outcome">): boolean =>
  outcome !== undefined && outcome.tag !== "continued"

/** How a generation ended, whatever came after it. */
export const endOf = (head: Pick<Head, "outcome" | "concluded">): Ending | undefined =>
  head.concluded?.outcome ?? head.outcome

export interface PublishedState {
  readonly name: string
  /** Beyond a small size by reference. */
  readonly payload: Payload
}

/** A step that has its answer, after attempts that failed. */
export interface StepTrouble {
  readonly key: string
  /** Executions in all. */
  readonly attempts: number
  /** How the last one that failed did, and when, epoch milliseconds. */
  readonly lastError: string
  readonly at: number
}

/** Few and short: a head is to fit into few write units, and those are written with every commit. */
export const mostTroubles = 3
export const mostTroubleText = 120

/** Signals for other runs; and of a run that has ended, the children that it leaves. */
export interface Sends {
  /** Of the signals. */
  readonly count: number
  /** Of a run that has ended: the key of the last one that went to its parent, which is to hear of its end after that. */
  readonly toParent?: string
  /** Of signals and children, empty if there are none: code that has changed, and sends something else, makes sure of nothing. */
  readonly fingerprint: string
}

/** Names are short, and a head is to fit into few write units whatever a run waits for. */
export const maxSignalNames = 32

export type RunStatus = "running" | "succeeded" | "failed" | "cancelled" | "terminated" | "parked" | "paused"

export const runStatuses: ReadonlyArray<RunStatus> = [
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "terminated",
  "parked",
  "paused"
]

/** `continued`: this generation is over, and the run goes on with the next one. `deleted`: there is no such run any more. No listing has them. */
export type HeadStatus = RunStatus | "continued" | "deleted"

/** Of a run that is there. */
export type PresentHead = Head & { readonly status: Exclude<HeadStatus, "deleted"> }

export const isPresent = (head: Head): head is PresentHead => head.status !== "deleted" && head.deletion === undefined

export const headStatuses: ReadonlyArray<HeadStatus> = [...runStatuses, "continued", "deleted"]

/**
 * The mark of the commit that issued some queue messages, where the queue is not in one transaction with the head: a message
 * may be sent just before the commit, and whoever receives it acts only if the head carries the same token for the first
 * `upTo` at or above the message's index.
 */
export interface Fence {
  readonly upTo: number
  readonly token: string
  /**
   * Epoch milliseconds, by the clock of the host that sent the messages. Not the run's time, which is that of its messages: a start that
   * waited for weeks sends its first step today. Absent in heads of earlier versions.
   */
  readonly sentAt?: number
}

/**
 * The token of a fence behind which nothing is under way: the run comes from another store. The next turn sends what it waits for, and no fence of its
 * commit has this token.
 */
export const movedToken = "moved"

export const isMoved = (head: Pick<Head, "fences"> | undefined): boolean =>
  head !== undefined && head.fences.length > 0 && head.fences.some(({ token }) => token === movedToken)

/** Keys per order segment: some 600 bytes, so that a head stays within one write unit. */
export const segmentLength = 32

/** Nothing follows in this generation (S6). */
export const isTerminal = (status: HeadStatus): boolean =>
  status === "succeeded" ||
  status === "failed" ||
  status === "cancelled" ||
  status === "terminated" ||
  status === "continued" ||
  status === "deleted"

/**
 * May the holder of a queue message act? `pending`: the commit that would have issued it is not there yet. `stale`: another
 * commit took its place, or nobody waits for the answer any more, and no other commit of this generation follows.
 */
export const checkFence = (
  head: Pick<Head, "adopted" | "fences" | "status"> | undefined,
  message: { readonly index: number; readonly token: string }
): "valid" | "pending" | "stale" => {
  // A commit that does not stand by now never will, however far it would have come.
  if (head !== undefined && isTerminal(head.status)) return "stale"
  if (head === undefined || head.adopted < message.index) return "pending"
  const fence = head.fences.find((fence) => fence.upTo >= message.index)
  if (fence === undefined) return "stale"
  // What it waits for has been asked for again, by a commit that is on its way: it is of messages that the run has adopted long since.
  if (fence.token === movedToken) return "pending"
  return fence.token === message.token ? "valid" : "stale"
}

/** Does the run wait for the step that was issued at `index`, by this head? Not known, and so yes, if the head is from before that. */
export const isStepWanted = (
  head: Pick<Head, "adopted" | "open" | "status">,
  { index, key }: { readonly index: number; readonly key: string }
): boolean =>
  !isTerminal(head.status) &&
  (head.adopted < index || head.open.some((record) => record.kind === "step" && record.key === key))

/** The most messages that one generation of a run may adopt. Past it the run is parked with `HistoryTooLong`. */
export const maxMessages = 25_000

/** From here on the host says that the run should continue as new. */
export const manyMessages = maxMessages / 2
