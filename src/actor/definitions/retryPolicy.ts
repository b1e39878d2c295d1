import type * as Duration from "effect/Duration"
import { assertKnown, durationMs, show } from "./assertOptions.ts"
import { makeRetryRule, type RetryName, type RetryRule, type Triable } from "./retryRule.ts"

/**
 * When a step that failed runs again.
 *
 * Defaults: 5 attempts, first delay 1 second, factor 2, at most 1 minute, full jitter. A first delay of more than a minute needs
 * a `max`; no delay may grow beyond 366 days. What makes no policy throws when the step is defined. Typed errors, defects and timeouts
 * alike are retried, unless `retryable` or `nonRetryable` say otherwise. `RetryAfter` says itself when.
 *
 * @example
 * retry: { attempts: 5, initial: "1 second", factor: 2, max: "1 minute", jitter: 0.2, nonRetryable: ["CardDeclined"] }
 */
export interface RetryOptions<Name extends string = RetryName<never>> {
  /** Executions in all, the first included. 1 = never again. */
  readonly attempts?: number
  readonly initial?: Duration.Input
  readonly factor?: number
  readonly max?: Duration.Input
  /** Between 0 and 1: the delay is drawn from `delay * (1 - jitter)` to `delay`. Default: 1, so that those who failed together spread. */
  readonly jitter?: number
  /** What alone is tried again. Default: all. */
  readonly retryable?: Triable<Name>
  /** What ends the step at once, `retryable` or not. Default: nothing. */
  readonly nonRetryable?: Triable<Name>
}

export interface RetryPolicy {
  readonly attempts: number
  readonly initialMs: number
  readonly factor: number
  readonly maxMs: number
  readonly jitter: number
  /** Undefined: all. */
  readonly retryable: RetryRule | undefined
  readonly nonRetryable: RetryRule
}

/** Throws on values that make no policy: a definition is code, and wrong code should not load. `of` names it in the message. */
export const makeRetryPolicy = (options: RetryOptions<string> = {}, of = "retry"): RetryPolicy => {
  assertKnown(of, options, ["attempts", "initial", "factor", "max", "jitter", "retryable", "nonRetryable"])
  const maxMs = durationMs(`${of}.max`, options.max ?? "1 minute")
  const policy = {
    attempts: options.attempts ?? 5,
    // A longest delay below one second is one for the first as well.
    initialMs: options.initial === undefined ? Math.min(1_000, maxMs) : durationMs(`${of}.initial`, options.initial),
    factor: options.factor ?? 2,
    maxMs,
    jitter: options.jitter ?? 1,
    retryable: options.retryable === undefined ? undefined : makeRetryRule(`${of}.retryable`, options.retryable),
    nonRetryable: makeRetryRule(`${of}.nonRetryable`, options.nonRetryable ?? [])
  }
  const wrong = whatIsWrong(policy, options.max === undefined)
  if (wrong !== undefined) throw new RangeError(`${of}${wrong}`)
  return policy
}

/** Of delays: a step that waits longer is better written as a sleep of its workflow. */
export const longestDelayMs = 366 * 86_400_000

const whatIsWrong = (policy: RetryPolicy, isDefaultMax: boolean): string | undefined => {
  const { attempts, initialMs, factor, maxMs, jitter } = policy
  if (!Number.isInteger(attempts) || attempts < 1) return `.attempts is ${show(attempts)}: an integer of 1 or more`
  if (!(typeof factor === "number" && factor >= 1 && Number.isFinite(factor)))
    return `.factor is ${show(factor)}: 1 or more`
  if (!(typeof jitter === "number" && jitter >= 0 && jitter <= 1)) return `.jitter is ${show(jitter)}: between 0 and 1`
  if (initialMs > maxMs)
    return `.initial is ${initialMs} ms and .max ${maxMs} ms${isDefaultMax ? " (its default)" : ""}: the first delay is at most the longest; set both`
  const longest = retryDelayMs(policy, Math.max(1, attempts - 1), 0) ?? initialMs
  return longest <= longestDelayMs
    ? undefined
    : `: with these options a delay grows to ${longest} ms, the most is ${longestDelayMs} (366 days): set .max`
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
