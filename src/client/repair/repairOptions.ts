import type { CopyKind } from "../../actor/history/copying/copiedFrom.ts"

/** Of a message: its position in the history, from 0, or its key, `step/chargeCard#0`, which is the same in many runs. */
export type MessagePlace = number | string

export interface CutOptions {
  /** For people, in the history; 1,000 characters at most. Default: none. */
  readonly reason?: string
  /** Makes it idempotent: asked again with the same id it is what it was; for another message, or a reset for a retry, that is a `RepairInvalid`. Default: a fresh one. */
  readonly requestId?: string
  /** Only say what would be done. Default false. */
  readonly dryRun?: boolean
  /**
   * What if child runs are open at that message that have not ended without success? `again`: others are started for them, and those that are there are
   * left to themselves. Default: it is refused, and says which they are.
   */
  readonly children?: "again"
}

export interface RetryOptions extends CutOptions {
  /** Keep all messages before this one. Default: the one that handed out the error which the run failed with. */
  readonly at?: MessagePlace
  /**
   * What if compensations have run? `rerun`: what they have undone is dropped, and runs once more; `keep`: what it has done counts as done all the same.
   * Default: it is refused, and says which steps have run.
   */
  readonly compensated?: "rerun" | "keep"
}

export interface ResetOptions extends CutOptions {
  /** Keep all messages before this one. */
  readonly at: MessagePlace
}

export interface ForkOptions extends Omit<CutOptions, "requestId"> {
  /** Keep all messages before this one. */
  readonly at: MessagePlace
  /** Of the new run; makes it idempotent. Default: a fresh random id. */
  readonly runId?: string
  /** Of the run that is forked. Default: the newest. */
  readonly generation?: number
  /**
   * What steps, child runs and callbacks came to, instead, by the keys of their messages: `{ "step/chargeCard#0": { succeeded: "r-17" } }`. Values as their
   * schemas encode them. Only of messages that are kept.
   */
  readonly outcomes?: Readonly<Record<string, EditedOutcome>>
}

export type EditedOutcome = { readonly succeeded: unknown } | { readonly failed: unknown }

/** What a run goes on with, and what it leaves. */
export interface Repair {
  readonly how: CopyKind
  /** Of the run that goes on; of a fork the new one. */
  readonly runId: string
  /** The generation that it goes on with. */
  readonly generation: number
  /** By this `client.wait` finds the outcome of a run that had ended. */
  readonly requestId?: string
  /** False: a dry run, or it was asked for before. */
  readonly isNew: boolean
  /** Messages that are kept: all before this position. */
  readonly at: number
  /** Keys of messages that are dropped. */
  readonly dropped: ReadonlyArray<string>
  /** Keys of later messages that are kept all the same: what was open at that position has come to success since. */
  readonly taken: ReadonlyArray<string>
  /** What is asked for anew at once: `step/chargeCard#0`, `timer/5m#0`. */
  readonly asked: ReadonlyArray<string>
  /** Steps that had succeeded, and are to take effect again if the run comes to them: services know them by new keys. */
  readonly again: ReadonlyArray<string>
}
