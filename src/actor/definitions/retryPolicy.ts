import * as Duration from "effect/Duration"

/**
 * When a step that failed runs again. Data, so that it can be sent, shown and simulated.
 *
 * Defaults: 5 attempts, first delay 1 second, factor 2, at most 1 minute, no jitter. Typed errors, defects and timeouts
 * alike are retried, except those named in `nonRetryable`.
 *
 * @example
 * retry: { attempts: 5, initial: "1 second", factor: 2, max: "1 minute", jitter: 0.2, nonRetryable: ["CardDeclined"] }
 */
export interface RetryOptions {
  /** Executions in all, the first included. 1 = never again. */
  readonly attempts?: number
  readonly initial?: Duration.Input
  readonly factor?: number
  readonly max?: Duration.Input
  /** Between 0 and 1: the delay is drawn from `delay * (1 - jitter)` to `delay`. */
  readonly jitter?: number
  /** `_tag`s (or `name`s) of errors and defects that end the step at once. */
  readonly nonRetryable?: ReadonlyArray<string>
}

export interface RetryPolicy {
  readonly attempts: number
  readonly initialMs: number
  readonly factor: number
  readonly maxMs: number
  readonly jitter: number
  readonly nonRetryable: ReadonlyArray<string>
}

/** Throws a RangeError on values that make no policy: a definition is code, and wrong code should not load. */
export const makeRetryPolicy = (options: RetryOptions = {}): RetryPolicy => {
  const policy = {
    attempts: options.attempts ?? 5,
    initialMs: Duration.toMillis(Duration.fromInputUnsafe(options.initial ?? "1 second")),
    factor: options.factor ?? 2,
    maxMs: Duration.toMillis(Duration.fromInputUnsafe(options.max ?? "1 minute")),
    jitter: options.jitter ?? 0,
    nonRetryable: options.nonRetryable ?? []
  }
  if (!Number.isInteger(policy.attempts) || policy.attempts < 1)
    throw new RangeError("retry.attempts must be an integer of 1 or more")
  if (!(policy.factor >= 1)) throw new RangeError("retry.factor must be 1 or more")
  if (!(policy.jitter >= 0 && policy.jitter <= 1)) throw new RangeError("retry.jitter must be between 0 and 1")
  if (!(policy.initialMs >= 0) || !(policy.maxMs >= 0))
    throw new RangeError("retry.initial and retry.max must be durations of 0 or more")
  return policy
}

/**
 * Milliseconds to wait after execution number `attempt` (from 1) failed, or undefined if it was the last one allowed.
 * `random` is a number in [0, 1).
 */
export const retryDelayMs = (policy: RetryPolicy, attempt: number, random: number): number | undefined => {
  if (attempt >= policy.attempts) return undefined
  // The power may be infinite after many attempts, and zero times that is no number.
  const delay = policy.initialMs === 0 ? 0 : Math.min(policy.initialMs * policy.factor ** (attempt - 1), policy.maxMs)
  return Math.round(delay * (1 - policy.jitter * random))
}

/** Does this error or defect end the step whatever the attempts left? */
export const isRetryable = (policy: RetryPolicy, error: unknown): boolean => {
  if (policy.nonRetryable.length === 0 || typeof error !== "object" || error === null) return true
  const { _tag, name } = error as { readonly _tag?: unknown; readonly name?: unknown }
  return !policy.nonRetryable.some((tag) => tag === _tag || tag === name)
}
