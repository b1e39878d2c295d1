import { runIdOf } from "../../../src/actor/history/generation.ts"
import { objectsPrefix } from "../../../src/store/deletion/payloadNames.ts"
import { isBlank } from "../../services/deletion/graves.ts"
import type { Erasable } from "../../services/deletion/simulatedEraser.ts"
import { chunkText } from "../../services/simulatedOutput.ts"

/** All that services hold of a run that is deleted, but its tombstone, its newest head, and earlier ones that say nothing any more; by the names that are told when it is put. */
export const itemsLeft = (
  { callbacks, marks, output, payloads, replies, table }: Erasable,
  runId: string
): ReadonlyArray<string> => {
  const left: Array<string> = []
  const newest = table.graves.of(runId)?.address
  for (const [address, partition] of table.partitions) {
    if (runIdOf(address) !== runId) continue
    for (const [key, row] of partition.rows) if (row.kind !== "deleted") left.push(`rows ${key} of ${address}`)
    for (const index of partition.segments.keys()) left.push(`segments ${index} of ${address}`)
    for (const name of partition.marks.keys()) left.push(`marks ${name} of ${address}`)
    if (partition.head !== undefined && !isBlank(partition.head) && address !== newest) left.push(`head of ${address}`)
  }
  for (const name of payloads.names()) if (name.startsWith(objectsPrefix(runId))) left.push(`object ${name}`)
  for (const { chunks, stream } of output.all())
    if (runIdOf(stream.runId) === runId) for (const { position } of chunks) left.push(chunkText(stream, position))
  const add = (what: string, keys: Iterable<string>) => {
    for (const key of keys) if (runIdOf(key.split(" ", 1)[0] as string) === runId) left.push(`${what} ${key}`)
  }
  add("reply", replies.keys())
  add("mark", marks.keys())
  add("heartbeat", callbacks.beatKeys())
  return left
}
