import type { Answer, Failure } from "../container.ts"

/** How an invocation ended, as a mapping sees it. */
export type InvocationResult =
  | { readonly kind: "answered"; readonly payload: unknown }
  /** The function threw, was killed or ran into its timeout. */
  | { readonly kind: "failed"; readonly error: string }

export const resultOf = (answer: Answer | Failure): InvocationResult =>
  "payload" in answer
    ? { kind: "answered", payload: answer.payload }
    : { kind: "failed", error: `${answer.errorType}: ${answer.errorMessage}` }

/** Which of a batch's items failed: all of them, none, or those named. */
export type Failures = "none" | "all" | ReadonlySet<string>

/**
 * Without `ReportBatchItemFailures` an answer is a success, whatever it says. With it, by
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html#streams-batchfailurereporting-conditions and
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting:
 *
 * - Success: an empty list, a list that is null, an empty answer, an answer that is null.
 * - Failure of the whole batch: an identifier that is empty, null, of another name, or of no item of this batch.
 */
export const failuresOf = (
  result: InvocationResult,
  identifiers: ReadonlyArray<string>,
  reportsFailures: boolean
): Failures => {
  if (result.kind === "failed") return "all"
  if (!reportsFailures || result.payload === null || result.payload === undefined) return "none"
  if (typeof result.payload !== "object") return "all"
  const { batchItemFailures } = result.payload as { readonly batchItemFailures?: unknown }
  if (batchItemFailures === null || batchItemFailures === undefined) return "none"
  if (!Array.isArray(batchItemFailures)) return "all"
  if (batchItemFailures.length === 0) return "none"
  const named = batchItemFailures.map((one) => one?.itemIdentifier as unknown)
  const known = new Set<unknown>(identifiers)
  return named.every((one) => known.has(one)) ? new Set(named as Array<string>) : "all"
}

/** The most that an event may come to: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
export const maxEventBytes = 6 * 1024 * 1024
