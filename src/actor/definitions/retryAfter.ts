import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import { errorPage } from "../errorPages.ts"
import { assertKnown, durationMs, show } from "./assertOptions.ts"
import { longestDelayMs } from "./retryPolicy.ts"

export interface RetryAfterOptions {
  /** How long to wait, or until when. A time that has passed means at once; 366 days are the most. */
  readonly after: Duration.Input | Date
  /** For people. */
  readonly message?: string
  /**
   * What went wrong. With the attempts used up it is what the step fails with, if it is an error that the step declares; otherwise it stands
   * in the `StepFailed`.
   */
  readonly cause?: unknown
}

/**
 * An error that says when: a step that throws it, or fails with it, is tried again then, as long as it has attempts. It need not be declared.
 * Its time takes the place of the policy's delay, without jitter, and is not bounded by `max`; lists of what is tried again and what is not do not ask about
 * it. Throws a RangeError for a time that is none.
 *
 * @example
 * if (response.status === 429) throw new RetryAfter({ after: `${Number(response.headers.get("retry-after"))} seconds` })
 * if (isClosed) return yield* new RetryAfter({ after: opensAt, cause: new Closed() })
 */
export class RetryAfter extends Data.TaggedError("RetryAfter")<{
  readonly message: string
  readonly delayMs: number | undefined
  readonly at: Date | undefined
  readonly cause?: unknown
}> {
  constructor(options: RetryAfterOptions) {
    assertKnown("RetryAfter", options, ["after", "message", "cause"], ["cause"])
    const { after, cause } = options
    const at = after instanceof Date ? checkedDate(after) : undefined
    const delayMs = after instanceof Date ? undefined : checkedDelay(after)
    const message =
      options.message ?? `to be tried again ${at === undefined ? `in ${delayMs} ms` : `at ${at.toISOString()}`}`
    super({ message, delayMs, at, ...(cause === undefined ? {} : { cause }) })
  }
  /** The section about it, in the pages that come with the package. */
  get help(): string {
    return errorPage("RetryAfter")
  }
}

const checkedDate = (at: Date): Date => {
  if (!Number.isNaN(at.getTime())) return at
  throw new RangeError("RetryAfter: after is an invalid Date")
}

const checkedDelay = (after: Duration.Input): number => {
  const delayMs = durationMs("RetryAfter: after", after)
  if (delayMs <= longestDelayMs) return delayMs
  throw new RangeError(`RetryAfter: after is ${show(after)}: 366 days are the most`)
}

/** Milliseconds from `now` on. */
export const delayOf = ({ at, delayMs }: RetryAfter, now: number): number =>
  Math.round(Math.min(longestDelayMs, Math.max(0, at === undefined ? (delayMs ?? 0) : at.getTime() - now)))
