/** Where a run stands in every listing. It never changes: whatever becomes of the run, a page behind this place has all that is behind it. */
export interface RunPlace {
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly runId: string
}

/** The newest start first; of one millisecond, the greater run id, by its bytes in UTF-8. Negative: `a` comes first. */
export const compareRuns = (a: RunPlace, b: RunPlace): number =>
  b.startedAt - a.startedAt || (a.runId === b.runId ? 0 : Buffer.compare(Buffer.from(b.runId), Buffer.from(a.runId)))
