import { runIdOf } from "../../../src/actor/history/generation.ts"
import { decodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import { headKey } from "../../../src/store/aws/table/keys.ts"
import { objectsPrefix } from "../../../src/store/deletion/payloadNames.ts"
import type { WireTable } from "../dynamodb/table.ts"
import type { WireQueue } from "../sqs/queue.ts"

interface Services {
  readonly table: WireTable
  readonly queues: ReadonlyArray<WireQueue>
  /** Without the prefix that all have. */
  readonly objects: ReadonlyArray<string>
}

export interface Leftovers {
  /** The tombstone, and the head that says the same. */
  readonly signs: ReadonlyArray<string>
  readonly others: ReadonlyArray<string>
}

/** All that table, queues and bucket hold of a run, whatever the invariants know of it. */
export const leftoversOf = ({ objects, queues, table }: Services, runId: string): Leftovers => {
  const [signs, others]: [Array<string>, Array<string>] = [[], []]
  for (const hash of table.hashes()) {
    // All partitions of a run go on behind its id: with a slash, or with the mark of a later start.
    if (hash.startsWith("#") || runIdOf(hash.slice(1).split("/", 1)[0] as string) !== runId) continue
    for (const { range } of table.partition(hash)) {
      const item = table.item(hash, range)
      if (item === undefined) continue
      const isSign = (range === headKey && item.l !== undefined) || (range === "start" && item.du !== undefined)
      ;(isSign ? signs : others).push(`${range} in ${hash}`)
    }
  }
  for (const queue of queues)
    for (const { body, id } of queue.messages()) {
      const message = decodeQueueMessage(body)
      if (message !== undefined && runIdOf(message.runId) === runId) others.push(`message ${id}, ${message.kind}`)
    }
  for (const name of objects) if (name.startsWith(objectsPrefix(runId))) others.push(`object ${name}`)
  return { signs, others }
}
