import type { Head } from "../../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import type { StoredRun } from "../../../src/store/runTable.ts"

/** What a table holds of one generation. */
export interface Partition {
  head: Head | undefined
  readonly segments: Map<number, ReadonlyArray<string>>
  readonly rows: Map<string, Message>
  readonly marks: Map<string, number>
}

/** All that a table holds at one moment; nothing changes it any more. */
export type SavedTable = ReadonlyMap<string, Readonly<Partition>>

export const copyOf = (partitions: SavedTable): Map<string, Partition> =>
  new Map(
    [...partitions].map(([runId, { head, segments, rows, marks }]) => [
      runId,
      { head, segments: new Map(segments), rows: new Map(rows), marks: new Map(marks) }
    ])
  )

export const newPartition = (): Partition => ({
  head: undefined,
  segments: new Map(),
  rows: new Map(),
  marks: new Map()
})

export const segmentsOf = (partition: Partition | undefined): ReadonlyArray<ReadonlyArray<string>> => {
  const stored = partition?.segments
  const segments: Array<ReadonlyArray<string>> = []
  for (let index = 0; stored?.has(index) === true; index++) segments.push(stored.get(index) as ReadonlyArray<string>)
  return segments
}

export const storedRun = (partition: Partition | undefined): StoredRun => {
  if (partition === undefined) return { head: undefined, segments: [], messages: [] }
  const messages = [...partition.rows.values()].sort((a, b) => a.at - b.at || (messageKey(a) < messageKey(b) ? -1 : 1))
  return { head: partition.head, segments: segmentsOf(partition), messages }
}
