import type { Doorbell } from "../../changeFeed.ts"

/**
 * How far the reading of one shard has come, and how far what was read is seen to. Records are handed out in order, and
 * batches are acknowledged in any: the checkpoint is the end of the longest part from the start with nothing open in it.
 */
export interface ShardRecord {
  readonly sequence: string
  /** Absent where the record rings for nobody. */
  readonly doorbell: Doorbell | undefined
}

interface Span {
  readonly sequence: string
  readonly rings: boolean
  settled: boolean
}

export class ShardProgress {
  /** Read from the stream, not handed out. */
  private records: Array<ShardRecord> = []
  /** Handed out, the oldest first. */
  private spans: Array<Span> = []
  /** The last record read. */
  readTo: string | undefined
  /** Everything up to here is seen to. */
  settledTo: string | undefined
  /** Something that rang was settled since the last checkpoint. Without it there is nothing worth a write. */
  isDirty = false
  /** The shard has come to its end, and nothing more will be read. */
  isClosed = false

  constructor(checkpoint: string | undefined) {
    this.readTo = checkpoint
    this.settledTo = checkpoint
  }

  add(records: ReadonlyArray<ShardRecord>): void {
    this.records.push(...records)
    this.readTo = records.at(-1)?.sequence ?? this.readTo
  }

  get hasRecords(): boolean {
    return this.records.length > 0
  }

  /** Read to the end and all of it seen to. */
  get isFinished(): boolean {
    return this.isClosed && this.records.length === 0 && this.spans.length === 0
  }

  /** Up to `limit` doorbells, and what marks them as seen to. Records that do not ring go along. */
  take(limit: number): { readonly doorbells: ReadonlyArray<Doorbell>; readonly settle: () => void } {
    const doorbells: Array<Doorbell> = []
    let taken = 0
    for (const { doorbell } of this.records) {
      if (doorbell !== undefined && doorbells.length === limit) break
      if (doorbell !== undefined) doorbells.push(doorbell)
      taken++
    }
    const last = this.records[taken - 1]
    if (last === undefined) return { doorbells, settle: () => undefined }
    this.records = this.records.slice(taken)
    const span: Span = { sequence: last.sequence, rings: doorbells.length > 0, settled: false }
    this.spans.push(span)
    if (!span.rings) this.settle(span)
    return { doorbells, settle: () => this.settle(span) }
  }

  private settle(span: Span): void {
    span.settled = true
    while (this.spans[0]?.settled === true) {
      const { sequence, rings } = this.spans.shift() as Span
      this.settledTo = sequence
      this.isDirty ||= rings
    }
  }
}
