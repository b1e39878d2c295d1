import { createHash } from "node:crypto"
import { addressOf, parseAddress } from "../../../actor/history/generation.ts"
import { type HeadStatus, headStatuses } from "../../../actor/history/head.ts"
import { fingerprintText } from "../../../actor/values/json.ts"

/**
 * Keys of the one table.
 *
 * | partition | sort | item |
 * | --- | --- | --- |
 * | `<tenant>/<run id>/<generation>` | `messageKey(message)` | inbox row |
 * | | `head` | head; in the index `runs` |
 * | | `order/<7 digits>` | order segment |
 * | | `heartbeat/<command>` | last sign of life of whoever works on that command |
 * | | `mark/<name>` | of the first generation: what all of them share |
 * | `<tenant>/<run id>/<generation>/~replies` | `reply/<update>/<id>` | answer to an update |
 * | `<tenant>/<run id>/~<stream>` | 10 digits | chunk of an output stream, by its position |
 * | `<tenant>/<run id>/<generation>~steps` | `begun/<step key>` | who has begun a step last, and what it has told |
 * | | `tried/<step key>` | which attempt of a step comes next, and how the one before has failed |
 * | | `held/<step key>` | who has a step in hand that takes long |
 * | `<tenant>/<run id>/0~streams` | `<7 digits>/<stream>` | that a start of the run has that stream |
 * | `<tenant>/<run id>/0~tags` | `tag/<key>=<value>` | that the run may have the tag; in the index `runs` too |
 * | `#workflows/<tenant>` | workflow | names that a listing goes through |
 * | `#sweep/<tenant>` | `place` | where the sweeper has got to |
 * | `#feed/<reader>/<stream>` | shard | checkpoint of a stream reader |
 *
 * A tenant holds no "/" and does not begin with "#"; a generation is digits, and so is no stream's last part. So each run has one partition and each partition
 * is of one run, whatever the run id holds, and no run has a partition that begins with "#".
 */
export const headKey = "head"

export const indexName = "runs"

/** Of DynamoDB: bytes of a partition key, and of a sort key. */
export const maxPartitionBytes = 2048
export const maxSortBytes = 1024

/** No item has a key that is longer. */
export const isPossibleKey = (partition: string, sort = ""): boolean =>
  Buffer.byteLength(partition) <= maxPartitionBytes && Buffer.byteLength(sort) <= maxSortBytes

export interface RunPartition {
  readonly tenant: string
  readonly runId: string
  readonly generation: number
}

/** Throws a RangeError: a tenant comes from configuration, and a wrong one should not start. */
export const assertTenant = (tenant: string): void => {
  if (/^(?!#)[^/]{0,256}$/su.test(tenant) && tenant.isWellFormed()) return
  throw new RangeError(
    `tenant ${JSON.stringify(tenant)}: up to 256 characters, without "/", and not beginning with "#"`
  )
}

/** Each tenant's payloads are below a prefix of its own, to which a role can be limited (S15). */
export const payloadPrefixOf = (tenant: string): string => (tenant === "" ? "payloads/" : `payloads/${tenant}/`)

export const runPartition = ({ tenant, runId, generation }: RunPartition): string => `${tenant}/${runId}/${generation}`

/**
 * No generation: a stream goes on over those of its run. Its name may make of the longest key one that is too long: then the end of the
 * run id is a hash, behind a character that no run id holds.
 */
export const outputPartition = (tenant: string, runId: string, stream: string): string => {
  const partition = `${tenant}/${runId}/~${stream}`
  if (Buffer.byteLength(partition) <= maxPartitionBytes) return partition
  const hash = createHash("sha256").update(runId).digest("base64url")
  return `${tenant}/${runId.slice(0, 200).toWellFormed()}\u0000${hash}/~${stream}`
}

const outputKeyLength = 10

/** Sorts as the positions do. */
export const outputKey = (position: number): string => String(position).padStart(outputKeyLength, "0")

/** The partition of a generation, by its address. */
export const addressPartition = (tenant: string, address: string): string =>
  runPartition({ tenant, ...parseAddress(address) })

/** The address of a tenant's partition; undefined if it is another's, or no run's. */
export const partitionAddress = (tenant: string, partition: string): string | undefined => {
  const run = parseRunPartition(partition)
  return run === undefined || run.tenant !== tenant ? undefined : addressOf(run.runId, run.generation)
}

/** The run of a partition; undefined if the partition is no run's. */
export const parseRunPartition = (partition: string): RunPartition | undefined => {
  if (partition.startsWith("#")) return undefined
  const first = partition.indexOf("/")
  const last = partition.lastIndexOf("/")
  if (first < 0 || last <= first) return undefined
  const digits = partition.slice(last + 1)
  if (!/^(0|[1-9]\d{0,14})$/.test(digits)) return undefined
  return { tenant: partition.slice(0, first), runId: partition.slice(first + 1, last), generation: Number(digits) }
}

const orderPrefix = "order/"

export const orderKey = (index: number): string => `${orderPrefix}${String(index).padStart(7, "0")}`

/** The number of an order segment; undefined if the key is another's. */
export const parseOrderKey = (sort: string): number | undefined =>
  sort.startsWith(orderPrefix) ? Number(sort.slice(orderPrefix.length)) : undefined

export const heartbeatKey = (id: string): string => `heartbeat/${id}`
/** Beside the partition of the run: no generation ends like this. */
export const stepMarksPartition = (partition: string): string => `${partition}~steps`

export const stepMarkKey = (stepKey: string): string => `begun/${stepKey}`

const heldPrefix = "held/"

export const heldKey = (stepKey: string): string => `${heldPrefix}${stepKey}`
export const triedKey = (stepKey: string): string => `tried/${stepKey}`

/** The least and the greatest key of both: "0" comes after "/". Marks of steps come before. */
export const attemptKeys = { low: heldPrefix, high: "tried0" }

export const isAttemptKey = (sort: string): boolean => sort >= attemptKeys.low && sort < attemptKeys.high

export const parseAttemptKey = (sort: string): { readonly key: string; readonly isHeld: boolean } => ({
  key: sort.slice(sort.indexOf("/") + 1),
  isHeld: sort.startsWith(heldPrefix)
})

export const markKey = (name: string): string => `mark/${name}`

/** Beside the partitions of the run's generations, as for marks of steps. */
export const tagsPartition = (partition: string): string => `${partition}~tags`

/** The same: of the first generation. */
export const streamsPartition = (partition: string): string => `${partition}~streams`

/** `since`: the number of the start that the stream is of. */
export const streamKey = (since: number, stream: string): string => `${String(since).padStart(7, "0")}/${stream}`

export const parseStreamKey = (sort: string): { readonly since: number; readonly name: string } => ({
  since: Number(sort.slice(0, sort.indexOf("/"))),
  name: sort.slice(sort.indexOf("/") + 1)
})

/** A name holds no "=". */
export const tagKey = (key: string, value: string): string => `tag/${key}=${value}`

/** The run of a partition of tags; undefined if it is none. */
export const parseTagsPartition = (partition: string): RunPartition | undefined =>
  partition.endsWith("~tags") ? parseRunPartition(partition.slice(0, -"~tags".length)) : undefined

/** Is it the key of an inbox row? */
export const isInboxKey = (sort: string): boolean =>
  /^(?:start$|cancel$|terminate$|step\/|timer\/|child\/|callback\/|signal\/|await\/|update\/|restart\/|repair\/|pause\/|resume\/)/.test(
    sort
  )

/** Of its own: no turn reads the replies of a run with its rows. No run's partition ends so. */
export const repliesPartition = (run: RunPartition): string => `${runPartition(run)}/~replies`

export const replyKey = (name: string, id: string): string => `reply/${name}/${id}`

export const workflowsPartition = (tenant: string): string => `#workflows/${tenant}`

export const sweepPartition = (tenant: string): string => `#sweep/${tenant}`

export const checkpointPartition = (reader: string, streamArn: string): string => `#feed/${reader}/${streamArn}`

// The index. One partition takes 1,000 writes a second; eight of them per workflow and status carry 8,000.

export const listShards = 8

export interface ListGroup {
  readonly workflow: string
  readonly status: HeadStatus
}

export const listPartition = (tenant: string, { workflow, status }: ListGroup, shard: number): string =>
  `${tenant}/${workflow}/${status}/${shard}`

/** No workflow's name holds "~". */
export const tagPartition = (tenant: string, key: string, value: string, shard: number): string =>
  `${tenant}/~${key}=${value}/${shard}`

export const listShard = (runId: string): number => {
  let sum = 0
  for (const character of fingerprintText(runId)) sum = (sum * 31 + character.charCodeAt(0)) % 65_521
  return sum % listShards
}

export const parseListPartition = (tenant: string, partition: string): ListGroup => {
  const parts = /^(.*)\/([a-z]+)\/\d+$/su.exec(partition.slice(tenant.length + 1))
  const status = headStatuses.find((status) => status === parts?.[2])
  if (parts === null || status === undefined) throw new RangeError(`${partition} is no partition of the index`)
  return { workflow: parts[1] as string, status }
}

/** Sorts by start, and is all but unique: two runs of one millisecond differ in the hash of their ids. */
export const listSort = (startedAt: number, runId: string): string => `${timeText(startedAt)}/${fingerprintText(runId)}`

/** The least and the greatest key of runs that have started at `since` or later, and before `until`. */
export const listTimes = (since: number, until: number): { readonly low: string; readonly high: string } => ({
  low: timeText(since),
  // Behind each key of the millisecond before: "0" comes after "/".
  high: `${timeText(Math.max(until - 1, 0))}0`
})

const timeText = (time: number): string => time.toString(36).padStart(9, "0")

export const parseListSort = (sort: string): number => Number.parseInt(sort.slice(0, sort.indexOf("/")), 36)
