import * as Effect from "effect/Effect"
import { parseAddress } from "../../../../actor/history/generation.ts"
import type { Tags } from "../../../../actor/tags/tags.ts"
import type { DynamoTable } from "../dynamoTable.ts"
import { listShard, listSort, runPartition, tagKey, tagPartition, tagsPartition } from "../keys.ts"

/**
 * One item for each tag that a run has, in a partition beside those of its generations; its `gp` and `gs` are in the index. It says that the run may have
 * the tag: whoever lists looks at the head. So nothing is written when the status changes, and no order of writes shows what is not so. An item that
 * was dropped stays, in no index: `v` says as of which commit, so that neither a late put nor a late drop undoes what came after it.
 */
export const makeTagItems = ({ table, tenant }: { readonly table: DynamoTable; readonly tenant: string }) => {
  const write = (
    operation: string,
    address: string,
    tags: Tags,
    version: number,
    listed: (key: string, value: string) => { readonly [name: string]: string }
  ) => {
    const { runId, generation } = parseAddress(address)
    const pk = tagsPartition(runPartition({ tenant, runId, generation: 0 }))
    const v = generation * versionsOfGeneration + version
    return Effect.forEach(
      Object.entries(tags),
      ([key, value]) =>
        table.putIf(operation, { pk, sk: tagKey(key, value), v, ...listed(key, value) }, { attribute: "v", atMost: v }),
      { concurrency: 4, discard: true }
    )
  }
  return {
    put: (
      address: string,
      tags: Tags,
      { startedAt, version }: { readonly startedAt: number; readonly version: number }
    ) => {
      const { runId } = parseAddress(address)
      return write("RunTable.putTags", address, tags, version, (key, value) => ({
        gp: tagPartition(tenant, key, value, listShard(runId)),
        gs: listSort(startedAt, runId)
      }))
    },
    drop: (address: string, tags: Tags, version: number) =>
      write("RunTable.dropTags", address, tags, version, () => ({}))
  }
}

/** Each generation counts its commits anew. */
const versionsOfGeneration = 1_000_000
