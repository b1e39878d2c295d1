import { classOf, read } from "../values/defect.ts"

/**
 * How an attempt ended that gave no answer of the step's own. `defect`: it threw something that it does not declare. `transaction`: its
 * writes were refused, or a condition of them did not hold.
 */
export type RetryReason = "defect" | "timeout" | "heartbeat" | "interrupted" | "transaction"

type BuiltInError = "Error" | "EvalError" | "RangeError" | "ReferenceError" | "SyntaxError" | "TypeError" | "URIError"

type IsAny<A> = 0 extends 1 & A ? true : false

type TagOf<Err> = Err extends { readonly _tag: infer Tag extends string } ? Tag : never

/** What a list may name: tags of the errors that the step declares, reasons, and the errors of the language. */
export type RetryName<Err> = IsAny<Err> extends true ? string : TagOf<Err> | RetryReason | BuiltInError

/**
 * Which failed attempts: by name, or by a predicate. A predicate is handed what was thrown, typed errors and defects alike; of a time-out,
 * a missed heartbeat and an interrupted attempt an Error that says so. One that throws, or answers with neither true nor false, does not count; the log of the
 * attempt says so.
 *
 * @example
 * nonRetryable: ["CardDeclined", "TypeError"]
 * retryable: (error) => error instanceof HttpError && error.status >= 500
 */
export type Triable<Name extends string> = ReadonlyArray<Name> | ((error: unknown) => boolean)

export type RetryRule = Triable<string>

/** Throws a RangeError for what is no rule. */
export const makeRetryRule = (of: string, rule: RetryRule): RetryRule => {
  if (typeof rule === "function") return rule
  if (Array.isArray(rule) && rule.every((name) => typeof name === "string")) return rule
  throw new RangeError(`${of} is neither an array of names nor a predicate`)
}

interface RetryRules {
  readonly retryable: RetryRule | undefined
  readonly nonRetryable: RetryRule
}

/** Hears of a predicate that did not count, and why. */
type OnBroken = (rule: keyof RetryRules, fault: unknown) => void

/** May an attempt that ended so be followed by another, if there are some left? */
export const isRetryable = (
  { nonRetryable, retryable }: RetryRules,
  error: unknown,
  reason?: RetryReason,
  onBroken: OnBroken = () => {}
): boolean =>
  !meets(nonRetryable, error, reason, (fault) => onBroken("nonRetryable", fault)) &&
  (retryable === undefined || meets(retryable, error, reason, (fault) => onBroken("retryable", fault)))

const meets = (
  rule: RetryRule,
  error: unknown,
  reason: RetryReason | undefined,
  onBroken: (fault: unknown) => void
): boolean => {
  if (typeof rule === "function") return asks(rule, error, onBroken)
  if (rule.length === 0) return false
  if (reason !== undefined && rule.includes(reason)) return true
  if (typeof error !== "object" || error === null) return false
  const names = [read(error, "_tag"), read(error, "name"), classOf(error)]
  return rule.some((name) => names.includes(name))
}

const asks = (predicate: (error: unknown) => unknown, error: unknown, onBroken: (fault: unknown) => void): boolean => {
  try {
    const answer = predicate(error)
    if (typeof answer === "boolean") return answer
    onBroken(
      new TypeError(`it answers with ${answer === null ? "null" : typeof answer}, which is neither true nor false`)
    )
  } catch (fault) {
    onBroken(fault)
  }
  return false
}
