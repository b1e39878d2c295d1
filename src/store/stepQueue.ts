import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { FailedTry } from "../actor/history/message.ts"
import type { Payload } from "../actor/values/payload.ts"
import type { StoreRefused, StoreUnavailable } from "./errors.ts"

/** What a queue carries: steps to run, timers of up to a quarter of an hour, and reminders to turn a run. */
export type QueueMessage = StepRequest | TimerRequest | WakeRequest

export interface StepRequest {
  readonly kind: "step"
  readonly runId: string
  readonly key: string
  readonly name: string
  readonly fingerprint: string
  /** Ties the message to the commit that issued it: see `Fence`. A null token needs no check: sent in one transaction. */
  readonly index: number
  readonly token: string | null
  readonly input: Payload
  /** 1 for the first execution. */
  readonly attempt: number
  /** How the attempt before it failed, in few words. */
  readonly lastError?: string
  /** The last few attempts that failed. Absent: none, or not known. */
  readonly tries?: ReadonlyArray<FailedTry>
  /** For the log. Absent in messages of earlier versions. */
  readonly workflow?: string
  /** Where in a trace its turn was, as in rows. Absent: in none. */
  readonly trace?: string
  /** The generation by whose address services know this step, if it is asked for once more. Absent: `runId`. */
  readonly knownAt?: string
  /** It takes the place of a message that was received: the step may have run, and have its answer. Absent: it does not. */
  readonly cameBefore?: true
  /** Epoch milliseconds; a message received earlier waits on. */
  readonly notBefore: number
}

export interface TimerRequest {
  readonly kind: "timer"
  readonly runId: string
  readonly key: string
  readonly due: number
  readonly index: number
  readonly token: string | null
  readonly notBefore: number
}

export interface WakeRequest {
  readonly kind: "wake"
  readonly runId: string
  /** The row to look at; none: all of them. */
  readonly key?: string
  readonly notBefore: number
}

/** A message in the hands of one receiver until its visibility ends. */
export interface Delivery {
  /** Opaque; of this receipt, not of the message. */
  readonly receipt: string
  readonly message: QueueMessage
  /** How often the message was received, this time included. */
  readonly receives: number
}

/**
 * A queue with delays, visibility and dead letters. At least once, in no order.
 * Contract: `test/store/stepQueueContract.ts`.
 */
export class StepQueue extends Context.Service<
  StepQueue,
  {
    /** Each message becomes visible at its `notBefore`, or at `maxDelayMs` if that is sooner. */
    readonly send: (messages: ReadonlyArray<QueueMessage>) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /**
     * Up to `limit` messages, as soon as there are some. An empty answer says that none came in all of `waitMs`: it never comes
     * earlier, though a message came that another receiver took. Each is hidden from others for `visibilityMs`.
     */
    readonly receive: (options: ReceiveOptions) => Effect.Effect<ReadonlyArray<Delivery>, StoreUnavailable>
    /** Hide it for `visibilityMs` from now on. Answers false if it is no longer ours. */
    readonly renew: (delivery: Delivery, visibilityMs: number) => Effect.Effect<boolean, StoreUnavailable>
    /** Done with: it never comes back. */
    readonly complete: (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<void, StoreUnavailable>
    /** Another message in its place, such as the next attempt. Both may come if the caller dies in between. */
    readonly replace: (
      delivery: Delivery,
      message: QueueMessage
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** Hand back: visible to all after `delayMs`. */
    readonly release: (delivery: Delivery, delayMs: number) => Effect.Effect<void, StoreUnavailable>
    /** As `receive`, for messages that were received too often without being completed. Completed by `complete` like others. */
    readonly receiveDead: (options: ReceiveOptions) => Effect.Effect<ReadonlyArray<Delivery>, StoreUnavailable>
    /** A message that a platform has received for this process, as `receive` would have handed it out. Left out: as it is. */
    readonly open?: (delivery: Delivery) => Effect.Effect<Delivery>
    /** The longest delay of one message. */
    readonly maxDelayMs: number
  }
>()("dynactor/StepQueue") {}

export interface ReceiveOptions {
  readonly limit: number
  readonly waitMs: number
  readonly visibilityMs: number
  /**
   * Where a store can tell them apart: only steps, or only what is prompt (timers and wake-ups), so that a host whose places
   * are all taken by long steps still hears its timers. A store with one queue for all answers `prompt` with nothing and
   * `steps` with everything. Default: everything.
   */
  readonly lane?: "steps" | "prompt"
}
