import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../../errors.ts"
import { compareRuns, type RunPlace } from "../../../listing/runOrder.ts"
import { type Item, textOf } from "../attributes.ts"
import type { DynamoTable, QueryPage } from "../dynamoTable.ts"
import { indexName, listTimes, parseListSort } from "../keys.ts"

/** An entry of the index, and which of the partitions it is from. */
export interface Entry<P> extends RunPlace {
  readonly partition: P
  readonly item: Item
}

export interface MergeOptions<P> {
  readonly table: DynamoTable
  readonly operation: string
  readonly partitions: ReadonlyArray<P & { readonly gp: string }>
  /** Of the start, epoch milliseconds; `until` is not included. */
  readonly since: number
  readonly until: number
  /** Only what comes behind it. */
  readonly after: RunPlace | undefined
  /** So many entries are expected to be taken. */
  readonly expected: number
  /** Whose run an entry is of. Undefined: not one of this index's runs. */
  readonly runIdOf: (item: Item) => string | undefined
}

/**
 * Entries of many partitions as one list, the newest start first. A partition is read a page at a time, and only when it may have the next one;
 * each page is twice as long as the one before, so the reads grow with the logarithm of what is listed.
 *
 * A key ends with a hash of the run id, and the order goes by the id: of one millisecond all entries of a partition are read before one of
 * them is handed out.
 */
export const mergedEntries = <P>(options: MergeOptions<P>) => {
  const readers = options.partitions.map((partition) => new PartitionReader(options, partition))
  const fill = Effect.suspend(() =>
    Effect.forEach(
      readers.filter((reader) => !reader.isReady),
      (reader) => reader.fill,
      { concurrency, discard: true }
    )
  )
  const peek = () => {
    let first: Entry<P> | undefined
    for (const { next } of readers)
      if (next !== undefined && (first === undefined || compareRuns(next, first) < 0)) first = next
    return first
  }
  return {
    hasMore: Effect.map(fill, () => peek() !== undefined),
    /** The entries of the next run: several while the index is behind, and the run in two of its partitions. Empty: there are no more. */
    take: Effect.map(fill, (): ReadonlyArray<Entry<P>> => {
      const first = peek()
      if (first === undefined) return []
      return readers.flatMap((reader) => (reader.next?.runId === first.runId ? reader.takeOf(first) : []))
    })
  }
}

/** Queries under way at a time: as many connections as a client has, and some for others. */
const concurrency = 32

/** Half a read unit is 4 KB, some thirty entries: to ask for fewer costs the same. */
const leastPage = 30

class PartitionReader<P> {
  private readonly options: MergeOptions<P>
  private readonly partition: P & { readonly gp: string }
  /** In order. */
  private entries: Array<Entry<P>> = []
  private position = 0
  /** Of the oldest millisecond that was read, of which there may be more on the next page. */
  private open: Array<Entry<P>> = []
  private from: QueryPage["next"]
  private atEnd = false
  private limit: number

  constructor(options: MergeOptions<P>, partition: P & { readonly gp: string }) {
    this.options = options
    this.partition = partition
    this.limit = Math.max(leastPage, Math.ceil(options.expected / options.partitions.length) + 4)
  }

  get next(): Entry<P> | undefined {
    return this.entries[this.position]
  }

  /** It is known which entry is next, or that there is none. */
  get isReady(): boolean {
    return this.position < this.entries.length || this.atEnd
  }

  takeOf(place: RunPlace): ReadonlyArray<Entry<P>> {
    const next = this.next
    if (next === undefined || compareRuns(next, place) !== 0) return []
    this.position++
    return [next]
  }

  get fill(): Effect.Effect<void, StoreUnavailable> {
    return Effect.suspend(() =>
      this.isReady
        ? Effect.void
        : Effect.andThen(
            Effect.map(this.read, (page) => this.add(page)),
            this.fill
          )
    )
  }

  private get read(): Effect.Effect<QueryPage, StoreUnavailable> {
    const { table, operation, since, until, after } = this.options
    const { low, high } = listTimes(since, after === undefined ? until : Math.min(until, after.startedAt + 1))
    const query = {
      IndexName: indexName,
      KeyConditionExpression: "gp = :gp AND gs BETWEEN :low AND :high",
      values: { ":gp": this.partition.gp, ":low": low, ":high": high },
      ScanIndexForward: false,
      Limit: this.limit
    }
    return table.query(operation, this.from === undefined ? query : { ...query, ExclusiveStartKey: this.from })
  }

  private add({ items, next }: QueryPage): void {
    this.limit *= 2
    this.from = next
    this.atEnd = next === undefined
    const { after, runIdOf } = this.options
    const found: Array<Entry<P>> = []
    for (const item of items) {
      const runId = runIdOf(item)
      if (runId === undefined) continue
      const entry = { startedAt: parseListSort(textOf(item, "gs")), runId, partition: this.partition, item }
      if (after === undefined || compareRuns(after, entry) < 0) found.push(entry)
    }
    const all = [...this.open, ...found]
    const oldest = all.at(-1)?.startedAt
    const isSettled = ({ startedAt }: RunPlace) => this.atEnd || startedAt !== oldest
    this.entries = all.filter(isSettled).sort(compareRuns)
    this.open = all.filter((entry) => !isSettled(entry))
    this.position = 0
  }
}
