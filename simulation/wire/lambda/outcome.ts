/** What became of one invocation. */
export type Outcome =
  | { readonly tag: "answered"; readonly answer: unknown }
  /** The handler has failed, its time was up, or its environment has ended. */
  | { readonly tag: "failed"; readonly why: string }
  /** No environment was to be had. */
  | { readonly tag: "throttled" }

/** A batch that says what of it has failed. */
export type BatchOutcome =
  | { readonly tag: "done" }
  | { readonly tag: "inPart"; readonly failed: ReadonlySet<string> }
  | { readonly tag: "failed" }
  | { readonly tag: "throttled" }

/**
 * Sources: Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda" and "Handling errors for an SQS event source": an empty list, `null`
 * and no list are a success; an id that is empty, no text, or of nothing in the batch makes a failure of all of it.
 */
export const batchOutcome = (outcome: Outcome, ids: ReadonlySet<string>): BatchOutcome => {
  if (outcome.tag !== "answered") return { tag: outcome.tag }
  const failures = (outcome.answer as { readonly batchItemFailures?: unknown } | null | undefined)?.batchItemFailures
  if (failures === undefined || failures === null) return { tag: "done" }
  if (!Array.isArray(failures)) return { tag: "failed" }
  const failed = new Set<string>()
  for (const failure of failures) {
    const id: unknown = failure?.itemIdentifier
    if (typeof id !== "string" || !ids.has(id)) return { tag: "failed" }
    failed.add(id)
  }
  return failed.size === 0 ? { tag: "done" } : { tag: "inPart", failed }
}
